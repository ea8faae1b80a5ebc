//! What may stand where in a persona's XML: one table, for the check and for the published schema.

use super::tree::Node;
use std::fmt::Write as _;

/// The name space of the schema.
pub const NAMESPACE: &str = "urn:familiar:persona:1";

/// What an attribute holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// Any text.
    Text,
    /// Text that is not empty.
    Name,
    /// A whole number from 0 to 100.
    Percent,
    /// A whole number from 0.
    Count,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Flag,
    /// One of these words.
    OneOf(&'static [&'static str]),
}

/// An attribute of an element.
#[derive(Debug, Clone, Copy)]
pub struct Attribute {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub value: Value,
    /// Whether it has to be there.
    pub required: bool,
}

/// What stands in an element.
#[derive(Debug, Clone, Copy)]
pub enum Content {
    /// Nothing.
    Empty,
    /// Text.
    Text,
    /// These elements, each at most once, in any order.
    Once(&'static [&'static str]),
    /// These elements, as often as wanted, in any order.
    Any(&'static [&'static str]),
}

/// An element.
#[derive(Debug, Clone, Copy)]
pub struct Element {
    /// Its name; each name has one meaning.
    pub name: &'static str,
    /// What it is, for the schema.
    pub about: &'static str,
    /// Its attributes.
    pub attributes: &'static [Attribute],
    /// What stands in it.
    pub content: Content,
}

const fn may(name: &'static str, value: Value) -> Attribute {
    Attribute { name, value, required: false }
}

const fn must(name: &'static str, value: Value) -> Attribute {
    Attribute { name, value, required: true }
}

const fn text(name: &'static str, about: &'static str) -> Element {
    Element { name, about, attributes: &[], content: Content::Text }
}

const fn list(name: &'static str, about: &'static str, of: &'static [&'static str]) -> Element {
    Element { name, about, attributes: &[], content: Content::Any(of) }
}

/// All elements; the first is the document's.
pub const ELEMENTS: &[Element] = &[
    Element {
        name: "persona",
        about: "Somebody who talks.",
        attributes: &[
            must("name", Value::Name),
            may("kind", Value::OneOf(&["character", "user"])),
            may("nickname", Value::Text),
            may("creator", Value::Text),
            may("version", Value::Text),
            may("voice", Value::Text),
            may("model", Value::Text),
        ],
        content: Content::Once(&[
            "description",
            "personality",
            "scenario",
            "backstory",
            "traits",
            "style",
            "goals",
            "knowledge",
            "boundaries",
            "greetings",
            "examples",
            "system-prompt",
            "post-history-instructions",
            "creator-notes",
            "tags",
            "lorebook",
            "extra",
        ]),
    },
    text("description", "Who they are and how they look."),
    text("personality", "What they are like, in a few words."),
    text("scenario", "Where the conversation takes place."),
    text("backstory", "What happened before."),
    list("traits", "Traits of character.", &["trait"]),
    Element {
        name: "trait",
        about: "A trait; the text says how it shows.",
        attributes: &[must("name", Value::Name), may("intensity", Value::Percent)],
        content: Content::Text,
    },
    Element {
        name: "style",
        about: "How they talk, each from 0 to 100; what is missing is not said.",
        attributes: &[
            may("formality", Value::Percent),
            may("warmth", Value::Percent),
            may("humour", Value::Percent),
            may("verbosity", Value::Percent),
            may("directness", Value::Percent),
            may("empathy", Value::Percent),
            may("imagery", Value::Percent),
            may("assertiveness", Value::Percent),
        ],
        content: Content::Empty,
    },
    list("goals", "What they want.", &["goal"]),
    text("goal", "Something they want."),
    list("knowledge", "What they know.", &["fact"]),
    text("fact", "Something they know."),
    list("boundaries", "What they never do.", &["boundary"]),
    text("boundary", "Something they never do."),
    list("greetings", "What they may say first.", &["greeting"]),
    Element {
        name: "greeting",
        about: "Something they may say first: the usual, an alternate one, or one for groups only.",
        attributes: &[may("kind", Value::OneOf(&["first", "alternate", "group"]))],
        content: Content::Text,
    },
    text("examples", "Example dialogue: blocks that begin with <START>."),
    text("system-prompt", "Instructions in the place of the usual ones, which {{original}} stands for."),
    text("post-history-instructions", "Instructions that come after what was said."),
    text("creator-notes", "What the maker wants people to know; never part of a prompt."),
    list("tags", "Words to find them by.", &["tag"]),
    text("tag", "A word to find them by."),
    Element {
        name: "lorebook",
        about: "What they know when it comes up.",
        attributes: &[
            may("name", Value::Text),
            may("description", Value::Text),
            may("scan-depth", Value::Count),
            may("token-budget", Value::Count),
            may("recursive", Value::Flag),
        ],
        content: Content::Any(&["entry", "extra"]),
    },
    Element {
        name: "entry",
        about: "What is told when one of its keys is found.",
        attributes: &[
            may("name", Value::Text),
            may("comment", Value::Text),
            may("enabled", Value::Flag),
            may("constant", Value::Flag),
            may("selective", Value::Flag),
            may("regex", Value::Flag),
            may("case-sensitive", Value::Flag),
            may("order", Value::Integer),
            may("priority", Value::Integer),
            may("position", Value::OneOf(&["before_char", "after_char"])),
        ],
        content: Content::Any(&["key", "secondary-key", "content", "extra"]),
    },
    text("key", "A word or pattern of which one has to be found."),
    text("secondary-key", "A word or pattern that counts as well, in a selective entry."),
    text("content", "What is told, with decorators (@@depth 4) at its top."),
    text("extra", "A JSON object of what no element says; for programs."),
];

fn element(name: &str) -> Option<&'static Element> {
    ELEMENTS.iter().find(|element| element.name == name)
}

/// Finds everything that the table does not allow, with the byte it stands at.
pub(super) fn check(root: &Node, mistakes: &mut Vec<(usize, String)>) {
    let Some(document) = ELEMENTS.first() else { return };
    if root.name != document.name {
        mistakes.push((root.offset, format!("the document is `<{}>`, not `<persona>`", root.name)));
        return;
    }
    check_element(root, document, mistakes);
}

fn check_element(node: &Node, element: &Element, mistakes: &mut Vec<(usize, String)>) {
    for attribute in &node.attributes {
        let general = attribute.name == "xmlns"
            || attribute.name.starts_with("xml:")
            || attribute.name.starts_with("xmlns:");
        if attribute.name == "xmlns" && attribute.value != NAMESPACE {
            mistakes.push((
                attribute.offset,
                format!("the name space is `{}`, not `{NAMESPACE}`", attribute.value),
            ));
        }
        if general || attribute.name.starts_with("xsi:") {
            continue;
        }
        match element.attributes.iter().find(|known| known.name == attribute.name) {
            Some(known) => {
                if let Some(wanted) = wrong(&attribute.value, known.value) {
                    let message =
                        format!("`{}` is `{}`, which is not {wanted}", attribute.name, attribute.value);
                    mistakes.push((attribute.offset, message));
                }
            }
            None => mistakes.push((attribute.offset, unknown_attribute(&attribute.name, element))),
        }
    }
    for required in element.attributes.iter().filter(|attribute| attribute.required) {
        if node.attribute(required.name).is_none() {
            mistakes.push((node.offset, format!("`<{}>` has no `{}`", node.name, required.name)));
        }
    }
    check_content(node, element, mistakes);
}

fn check_content(node: &Node, element: &Element, mistakes: &mut Vec<(usize, String)>) {
    let allowed: &[&str] = match element.content {
        Content::Empty | Content::Text => &[],
        Content::Once(names) | Content::Any(names) => names,
    };
    let takes_text = matches!(element.content, Content::Text);
    if !takes_text && !node.text.trim().is_empty() {
        let words: String = node.text.trim().chars().take(40).collect();
        mistakes.push((node.offset, format!("text (`{words}`) stands directly in `<{}>`", node.name)));
    }
    let mut seen: Vec<&str> = Vec::new();
    for child in &node.children {
        if !allowed.contains(&child.name.as_str()) {
            let hint = match allowed {
                [] => "no elements can".to_owned(),
                names => format!("these can: {}", names.join(", ")),
            };
            mistakes.push((
                child.offset,
                format!("`<{}>` cannot stand in `<{}>`; {hint}", child.name, node.name),
            ));
            continue;
        }
        let once = matches!(element.content, Content::Once(_)) || child.name == "extra";
        if once && seen.contains(&child.name.as_str()) {
            mistakes.push((child.offset, format!("a second `<{}>` in `<{}>`", child.name, node.name)));
        }
        seen.push(&child.name);
        if let Some(known) = self::element(&child.name) {
            check_element(child, known, mistakes);
        }
    }
}

fn unknown_attribute(name: &str, element: &Element) -> String {
    let known: Vec<&str> = element.attributes.iter().map(|attribute| attribute.name).collect();
    let hint =
        if known.is_empty() { "it has none".to_owned() } else { format!("it has {}", known.join(", ")) };
    format!("`<{}>` has no attribute `{name}`; {hint}", element.name)
}

/// What was wanted, where the value is something else.
fn wrong(value: &str, wanted: Value) -> Option<String> {
    let (good, wanted) = match wanted {
        Value::Text => (true, String::new()),
        Value::Name => (!value.trim().is_empty(), "a name".to_owned()),
        Value::Percent => {
            (value.parse::<u8>().is_ok_and(|value| value <= 100), "a number from 0 to 100".to_owned())
        }
        Value::Count => (value.parse::<u32>().is_ok(), "a whole number from 0".to_owned()),
        Value::Integer => (value.parse::<i64>().is_ok(), "a whole number".to_owned()),
        Value::Flag => (matches!(value, "true" | "false"), "`true` or `false`".to_owned()),
        Value::OneOf(words) => (words.contains(&value), format!("one of {}", words.join(", "))),
    };
    (!good).then_some(wanted)
}

/// The schema as XML Schema 1.0.
pub fn xsd() -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!-- A persona of Familiar. Made of the table in crates/persona/src/xml/schema.rs. -->\n",
    );
    let _infallible = writeln!(
        out,
        "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns=\"{NAMESPACE}\" targetNamespace=\"{NAMESPACE}\" elementFormDefault=\"qualified\">\n  \
         <xs:import namespace=\"http://www.w3.org/XML/1998/namespace\" schemaLocation=\"http://www.w3.org/2001/xml.xsd\"/>\n  \
         <xs:simpleType name=\"percent\"><xs:restriction base=\"xs:nonNegativeInteger\"><xs:maxInclusive value=\"100\"/></xs:restriction></xs:simpleType>\n  \
         <xs:simpleType name=\"flag\"><xs:restriction base=\"xs:string\"><xs:enumeration value=\"true\"/><xs:enumeration value=\"false\"/></xs:restriction></xs:simpleType>\n  \
         <xs:simpleType name=\"name\"><xs:restriction base=\"xs:string\"><xs:pattern value=\"[\\s\\S]*\\S[\\s\\S]*\"/></xs:restriction></xs:simpleType>"
    );
    for element in ELEMENTS {
        write_element(&mut out, element);
    }
    out.push_str("</xs:schema>\n");
    out
}

fn write_element(out: &mut String, element: &Element) {
    let about = element.about.replace('&', "&amp;").replace('<', "&lt;");
    let mixed = if matches!(element.content, Content::Text) { " mixed=\"true\"" } else { "" };
    let _infallible = write!(
        out,
        "  <xs:element name=\"{}\">\n    <xs:annotation><xs:documentation>{about}</xs:documentation></xs:annotation>\n    <xs:complexType{mixed}>\n",
        element.name
    );
    let particle = match element.content {
        Content::Empty | Content::Text => None,
        Content::Once(names) => Some(("xs:all", "minOccurs=\"0\"", names, " minOccurs=\"0\"")),
        Content::Any(names) => Some(("xs:choice", "minOccurs=\"0\" maxOccurs=\"unbounded\"", names, "")),
    };
    if let Some((kind, occurs, names, each)) = particle {
        let _infallible = writeln!(out, "      <{kind} {occurs}>");
        for name in names {
            let _infallible = writeln!(out, "        <xs:element ref=\"{name}\"{each}/>");
        }
        let _infallible = writeln!(out, "      </{kind}>");
    }
    for attribute in element.attributes {
        write_attribute(out, attribute);
    }
    if matches!(element.content, Content::Text) {
        out.push_str("      <xs:attribute ref=\"xml:space\"/>\n");
    }
    out.push_str("    </xs:complexType>\n  </xs:element>\n");
}

fn write_attribute(out: &mut String, attribute: &Attribute) {
    let name = attribute.name;
    let required = if attribute.required { " use=\"required\"" } else { "" };
    let kind = match attribute.value {
        Value::Text => "xs:string",
        Value::Name => "name",
        Value::Percent => "percent",
        Value::Count => "xs:unsignedInt",
        Value::Integer => "xs:long",
        Value::Flag => "flag",
        Value::OneOf(words) => {
            let words: String =
                words.iter().map(|word| format!("<xs:enumeration value=\"{word}\"/>")).collect();
            let _infallible = writeln!(
                out,
                "      <xs:attribute name=\"{name}\"{required}><xs:simpleType><xs:restriction base=\"xs:string\">{words}</xs:restriction></xs:simpleType></xs:attribute>"
            );
            return;
        }
    };
    let _infallible = writeln!(out, "      <xs:attribute name=\"{name}\" type=\"{kind}\"{required}/>");
}
