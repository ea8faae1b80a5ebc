//! XML by its schema.

use expect_test::expect_file;
use persona::{PersonaError, xml};

#[test]
fn the_schema_is_published_as_it_is() {
    expect_file!["../../../../docs/persona.xsd"].assert_eq(&xml::schema::xsd());
}

#[test]
fn a_persona_written_by_hand_is_read() {
    let text = r#"<?xml version="1.0"?>
<!-- by hand -->
<persona xmlns="urn:familiar:persona:1" name="Mira" kind="character" version="2">
  <description>
    Keeps a lighthouse &amp; a <![CDATA[<cat>]]>.
  </description>
  <traits>
    <trait name="patient" intensity="80">waits for the tide</trait>
    <trait name="shy"/>
  </traits>
  <style formality="20" humour="60"/>
  <goals><goal>find the map</goal></goals>
  <greetings>
    <greeting>Hello.</greeting>
    <greeting>You again!</greeting>
    <greeting kind="group">All of you?</greeting>
  </greetings>
  <lorebook token-budget="200">
    <entry name="Reef" order="5" constant="true"><key>reef</key><content xml:space="preserve"> The Teeth. </content></entry>
  </lorebook>
</persona>"#;
    let persona = xml::read(text).unwrap();
    assert_eq!((persona.name.as_str(), persona.character_version.as_str()), ("Mira", "2"));
    assert_eq!(persona.description, "Keeps a lighthouse & a <cat>.");
    assert_eq!((persona.traits.len(), persona.traits[1].intensity, persona.style.humour), (2, 50, Some(60)));
    assert_eq!((persona.greeting.as_str(), persona.alternate_greetings.len()), ("Hello.", 1));
    let book = persona.lorebook.as_ref().unwrap();
    assert_eq!((book.token_budget, book.entries[0].content.as_str()), (Some(200), " The Teeth. "));
    assert_eq!(xml::read(&xml::write(&persona).unwrap()).unwrap(), persona);
}

#[test]
fn mistakes_have_a_place() {
    let text = "<persona kind=\"beast\" nmae=\"M\">\n  <traits>\n    <trait name=\"kind\" intensity=\"101\"/>\n    stray words\n  \
                </traits>\n  <traits/>\n  <style formality=\"é\" shine=\"1\"/>\n  <mood>good</mood>\n</persona>";
    let PersonaError::Schema(mistakes) = xml::read(text).unwrap_err() else {
        panic!("a schema's error is wanted")
    };
    let told: Vec<String> =
        mistakes.iter().map(|(position, message)| format!("{position}: {message}")).collect();
    assert_eq!(
        told,
        [
            "line 1, column 1: `<persona>` has no `name`",
            "line 1, column 10: `kind` is `beast`, which is not one of character, user",
            "line 1, column 23: `<persona>` has no attribute `nmae`; it has name, kind, nickname, creator, version, voice, model",
            "line 2, column 3: text (`stray words`) stands directly in `<traits>`",
            "line 3, column 24: `intensity` is `101`, which is not a number from 0 to 100",
            "line 6, column 3: a second `<traits>` in `<persona>`",
            "line 7, column 10: `formality` is `é`, which is not a number from 0 to 100",
            "line 7, column 24: `<style>` has no attribute `shine`; it has formality, warmth, humour, verbosity, directness, empathy, imagery, assertiveness",
            "line 8, column 3: `<mood>` cannot stand in `<persona>`; these can: description, personality, scenario, backstory, traits, style, goals, knowledge, boundaries, greetings, examples, system-prompt, post-history-instructions, creator-notes, tags, lorebook, extra",
        ]
    );
}

#[test]
fn what_is_no_xml_has_a_place() {
    for (text, wanted) in [
        ("<persona name=\"M\">\n<description></personality>\n</persona>", "line 2"),
        ("<persona name=\"M\">\n", "line 1, column 1: `<persona>` is not closed"),
        ("<persona name=\"M\">\n &bomb;</persona>", "line 2, column 2: an entity"),
        ("<!DOCTYPE x [<!ENTITY a \"b\">]><persona name=\"M\"/>", "line 1, column 1: a document type"),
        ("<persona name=\"M\"/><persona name=\"N\"/>", "line 1, column 1: a document has one element"),
        ("<card name=\"M\"/>", "line 1, column 1: the document is `<card>`"),
        (
            "<persona name=\"M\"><extra>[1]</extra></persona>",
            "line 1, column 19: `<extra>` holds no JSON object",
        ),
        (
            "<persona name=\"M\"><extra>{\"tags\": 1}</extra></persona>",
            "line 1, column 19: `<extra>` is not what",
        ),
    ] {
        let error = persona::read(text.as_bytes()).unwrap_err();
        assert!(error.to_string().starts_with(wanted), "{error} for {text}");
    }
    let deep = format!("<persona name=\"M\">{}", "<a>".repeat(100_000));
    assert!(matches!(persona::read(deep.as_bytes()).unwrap_err(), PersonaError::Syntax { .. }));
}
