//! The rules: patterns of English sentences in which people say something about themselves.
// tidy: a list

/// What a match means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Means {
    /// It holds now.
    Holds,
    /// It held once.
    Held,
    /// It holds no longer.
    Ended,
}

/// A pattern. `(?P<v>...)` is the value, `(?P<a>...)` the attribute where that stands in the sentence too.
pub(super) struct Rule {
    pub(super) pattern: &'static str,
    pub(super) attribute: &'static str,
    pub(super) means: Means,
    /// What values are like.
    pub(super) value: Value,
    /// How sure it is, in hundredths.
    pub(super) sure: u8,
}

/// What a value is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    /// The match, as it is.
    Exact,
    /// A name, capital letters first; up to the end of the clause.
    Name,
    /// Some words; up to the end of the clause.
    Phrase,
    /// Several of such, in a list.
    List,
}

use Means::{Ended, Held, Holds};
use Value::{Exact, List, Name, Phrase};

const fn rule(attribute: &'static str, means: Means, value: Value, sure: u8, pattern: &'static str) -> Rule {
    Rule { pattern, attribute, means, value, sure }
}

/// In patterns, `<N>` is a name, `<R>` what somebody is to the person, `<J>` what people are by profession, `<T>` what
/// people work with, `<G>` a language.
pub(super) const RULES: &[Rule] = &[
    rule("name", Holds, Exact, 97, r"\bmy name(?:['’]s| is) (?P<v><N>)"),
    rule(
        "name",
        Holds,
        Exact,
        95,
        r"\b(?:you can |please |just |people |everyone |friends )*calls? me (?P<v><N>)",
    ),
    rule("name", Holds, Exact, 90, r"\bi(?:['’]m| am) called (?P<v><N>)"),
    rule(
        "name",
        Holds,
        Exact,
        80,
        r"^(?:(?:hi|hello|hey)(?: there)?,? )?(?:i['’]m|i am|this is) (?P<v><N>)$",
    ),
    rule("age", Holds, Exact, 90, r"\bi(?:['’]m| am) (?P<v>\d{1,3}) years (?:old|of age)"),
    rule("age", Holds, Exact, 85, r"\bi(?:['’]ve)? (?:just |recently )?turned (?P<v>\d{1,3})\b"),
    rule("birthday", Holds, Exact, 92, r"\bmy birthday(?: is|['’]s)(?: on)? (?P<v>[\w ,]*\d[\w ,]*)"),
    rule(
        "birthday",
        Holds,
        Exact,
        90,
        r"\bi was born on (?P<v>(?:the )?[\w ,]*?\d{1,2}(?:st|nd|rd|th)?(?: of)?(?: \p{L}+)?,?(?: \d{4})?)\b",
    ),
    rule("pronouns", Holds, Exact, 95, r"\bmy pronouns are (?P<v>\p{L}+/\p{L}+(?:/\p{L}+)?)"),
    rule("speaks", Holds, List, 85, r"\bi (?:also |can )?speak (?P<v>(?-i:\p{Lu}).+)"),
    rule(
        "marital status",
        Holds,
        Exact,
        85,
        r"\bi(?:['’]m| am|['’]ve| have| got| just got|['’]ve gotten)(?: now| been| recently)* (?P<v>married|divorced|engaged|single|widowed|separated)\b",
    ),
    rule(
        "lives in",
        Holds,
        Name,
        92,
        r"\b(?:i|we)(?:['’]ve| have)? (?:now |currently |still |actually )*live[d]? (?:now |currently )?(?:in|at) (?P<v>.+? since .+)",
    ),
    rule(
        "lives in",
        Holds,
        Name,
        92,
        r"\b(?:i|we) (?:now |currently |still |actually )*live (?:now |currently )?(?:in|at) (?P<v>.+)",
    ),
    rule(
        "lives in",
        Holds,
        Name,
        90,
        r"\b(?:i|we)(?:['’]ve| have)? (?:just |recently |finally |now )*(?:moved|relocated) (?:back )?(?:from .+? )?to (?P<v>.+)",
    ),
    rule(
        "lives in",
        Holds,
        Name,
        90,
        r"\bi(?:['’]m| am|['’]ve been| have been) (?:now |currently )?(?:living|based) in (?P<v>.+)",
    ),
    rule("lives in", Held, Name, 85, r"\b(?:i|we) used to live in (?P<v>.+)"),
    rule("lives in", Held, Name, 80, r"\b(?:i|we) lived in (?P<v>.+)"),
    rule("comes from", Holds, Name, 85, r"\bi(?:['’]m| am| come) (?:originally )?from (?P<v>.+)"),
    rule("comes from", Holds, Name, 85, r"\bi (?:grew up|was born|was raised) in (?P<v>.+)"),
    rule("works at", Held, Name, 85, r"\bi used to work (?:at|for) (?P<v>.+)"),
    rule("works at", Held, Name, 80, r"\bi worked (?:at|for) (?P<v>.+)"),
    rule(
        "works at",
        Holds,
        Name,
        92,
        r"\bi(?:['’]ve| have)? (?:now |currently |still )*work(?:ed)? (?:at|for) (?P<v>.+? since .+)",
    ),
    rule(
        "works at",
        Holds,
        Name,
        92,
        r"\bi (?:now |currently |still )*work (?:now )?(?:at|for|with) (?P<v>.+)",
    ),
    rule(
        "works at",
        Holds,
        Name,
        88,
        r"\bi(?:['’]m| am|['’]ve been| have been) (?:now |currently )?(?:working|employed) (?:at|for|by) (?P<v>.+)",
    ),
    rule(
        "works at",
        Holds,
        Name,
        88,
        r"\bi(?:['’]ve| have)? (?:just |recently |finally )*(?:joined|started (?:working |work |a job |a new job |my new job )?(?:at|for)) (?P<v>.+)",
    ),
    rule(
        "works at",
        Holds,
        Name,
        85,
        r"\bi(?:['’]ve)? (?:just |finally )?got (?:a|the|my) (?:new )?job (?:at|with) (?P<v>.+)",
    ),
    rule(
        "works at",
        Ended,
        Name,
        88,
        r"\bi(?:['’]ve| have)? (?:just |recently |finally )*(?:quit|left|resigned from|stopped working (?:at|for)|was fired from|got fired from) (?P<v>.+)",
    ),
    rule("works at", Ended, Name, 88, r"\bi (?:no longer|don['’]t|do not) work (?:at|for) (?P<v>.+)"),
    rule("lives in", Ended, Name, 88, r"\bi (?:no longer|don['’]t|do not) live in (?P<v>.+)"),
    rule("job", Holds, Phrase, 90, r"\bi (?:now |currently |still )*work as (?:an? |the )?(?P<v>.+)"),
    rule(
        "job",
        Holds,
        Exact,
        85,
        r"\bi(?:['’]m| am) (?:now |currently )?(?:an?|the) (?P<v>(?:[\p{L}-]+ ){0,3}(?:<J>))\b",
    ),
    rule("job", Holds, Phrase, 88, r"\bmy (?:job|profession|occupation) is (?:to be )?(?:an? )?(?P<v>.+)"),
    rule("studies", Holds, Phrase, 85, r"\bi(?:['’]m| am) (?:currently )?studying (?P<v>.+)"),
    rule("studies", Holds, Phrase, 85, r"\bi study (?P<v>.+)"),
    rule(
        "diet",
        Ended,
        Exact,
        90,
        r"\bi(?:['’]m| am) (?:no longer|not) (?:an? )?(?P<v>vegan|vegetarian|pescatarian)\b",
    ),
    rule(
        "diet",
        Holds,
        Exact,
        92,
        r"\bi(?:['’]m| am|['’]ve become|['’]ve gone| became| went| turned)(?: now| an?| strictly)* (?P<v>vegan|vegetarian|pescatarian|halal|kosher)\b",
    ),
    rule(
        "allergic to",
        Holds,
        List,
        95,
        r"\bi(?:['’]m| am) (?:\p{L}+ )?(?:allergic|intolerant) to (?P<v>.+)",
    ),
    rule(
        "allergic to",
        Holds,
        Exact,
        92,
        r"\bi have an? (?:severe |bad )?(?P<v>\p{L}+) (?:allergy|intolerance)",
    ),
    rule(
        "does not eat",
        Holds,
        List,
        85,
        r"\bi (?:don['’]t|do not|can['’]t|cannot|never) (?:eat|drink) (?P<v>.+)",
    ),
    rule(
        "answer length",
        Holds,
        Exact,
        90,
        r"\b(?:keep|make|give me|i prefer|i like|i want) (?:your |the |all )?(?:(?:answers|replies|responses|explanations) )?(?P<v>short|brief|concise|detailed|long|thorough)(?:er)?(?: (?:answers|replies|responses|explanations))\b",
    ),
    rule(
        "answer length",
        Holds,
        Exact,
        90,
        r"\b(?:keep|make) (?:your |the )?(?:answers|replies|responses) (?P<v>short|brief|concise|detailed|long)",
    ),
    rule(
        "answer length",
        Holds,
        Exact,
        75,
        r"^(?:please )?(?:always )?be (?P<v>brief|concise|detailed|thorough)\b",
    ),
    rule(
        "answer language",
        Holds,
        Exact,
        92,
        r"\b(?:answer|reply|respond|write|talk|speak)(?: to)?(?: me)?(?: always| only)? in (?P<v><G>)\b",
    ),
    rule(
        "answer manner",
        Holds,
        Exact,
        85,
        r"\b(?P<v>(?:don['’]t use|do not use|avoid|never use|no) (?:emojis?|bullet points|markdown|tables|jargon|exclamation marks))\b",
    ),
    rule(
        "answer manner",
        Holds,
        Exact,
        80,
        r"\b(?P<v>explain (?:things |it |everything )?(?:simply|like i['’]m (?:five|a beginner)|step by step|with examples))",
    ),
    rule("uses", Ended, Phrase, 85, r"\bi (?:no longer use|stopped using|don['’]t use|do not use) (?P<v>.+)"),
    rule(
        "likes",
        Ended,
        Phrase,
        85,
        r"\bi (?:no longer (?:like|love|enjoy)|don['’]t (?:like|love|enjoy)) (?P<v>.+?) any ?more",
    ),
    rule(
        "dislikes",
        Holds,
        List,
        88,
        r"\bi (?:really |absolutely |just )*(?:hate|dislike|detest|loathe|can['’]t stand|cannot stand) (?P<v>.+)",
    ),
    rule(
        "dislikes",
        Holds,
        List,
        85,
        r"\bi (?:don['’]t|do not|never) (?:really |particularly )?(?:like|liked|enjoy|love) (?P<v>.+)",
    ),
    rule(
        "likes",
        Holds,
        List,
        85,
        r"\bi (?:really |absolutely |also |still |just |do |totally |now )*(?:like|love|enjoy|adore) (?P<v>.+)",
    ),
    rule(
        "likes",
        Holds,
        List,
        82,
        r"\bi(?:['’]m| am) (?:really |totally )?(?:into|fond of|passionate about|obsessed with) (?P<v>.+)",
    ),
    rule("likes", Holds, List, 85, r"\bi(?:['’]m| am) an? (?:big |huge )?fan of (?P<v>.+)"),
    rule("prefers", Holds, Phrase, 85, r"\bi (?:usually |generally |really |now )*prefer (?P<v>.+)"),
    rule(
        "favourite {a}",
        Holds,
        Phrase,
        92,
        r"\bmy (?:all-time |new )?favou?rite (?P<a>[\p{L} -]{2,30}?) (?:is|are|was) (?:called )?(?P<v>.+)",
    ),
    rule(
        "{a}",
        Holds,
        Exact,
        92,
        r"\bmy (?P<a><R>)(?:['’]s name is| is called| is named|, called|, named|,)? (?P<v><N>)",
    ),
    rule(
        "{a}",
        Holds,
        Exact,
        92,
        r"\b(?:i|we) (?:have|got|adopted|just got)(?: an?| two| our)? (?:[\p{L}-]+ )?(?P<a><R>) (?:named|called) (?P<v><N>)",
    ),
    rule("partner", Holds, Exact, 88, r"\bi(?:['’]m| am) (?:married to|engaged to|dating|seeing) (?P<v><N>)"),
    rule(
        "uses",
        Holds,
        List,
        85,
        r"\b(?:i|we) (?:mostly |mainly |usually |now |currently |only |always )*(?:use|code in|program in|write in|develop in|work with|build with|deploy (?:on|to)|run on|switched to|moved to) (?P<v>.*\b(?:<T>)\b.*)",
    ),
    rule(
        "uses",
        Holds,
        List,
        85,
        r"\bmy (?:editor|ide|shell|os|operating system|tech stack|stack|database|distro) is (?P<v>.+)",
    ),
    rule(
        "plan",
        Holds,
        Phrase,
        75,
        r"\b(?:i|we)(?:['’]m|['’]re| am| are) (?:planning|hoping) (?:to|on) (?P<v>.+)",
    ),
    rule("plan", Holds, Phrase, 75, r"\b(?:i|we)(?:['’]m|['’]re| am| are) going to (?P<v>.+)"),
    rule("plan", Holds, Phrase, 72, r"\b(?:i|we) (?:plan|intend) to (?P<v>.+)"),
];

pub(super) const NAME: &str = r"(?-i:\p{Lu}[\p{L}'’-]*(?: \p{Lu}[\p{L}'’-]+){0,2})";
pub(super) const JOBS: &str = r"nurse|doctor|chef|cook|student|architect|lawyer|pilot|judge|coach|clerk|guide|scientist|mechanic|musician|actor|actress|barista|freelancer|consultant|accountant|assistant|analyst|dentist|vet|veterinarian|surgeon|pharmacist|therapist|psychologist|psychiatrist|journalist|artist|pianist|novelist|biologist|chemist|physicist|economist|historian|librarian|politician|electrician|physician|technician|translator|editor|author|professor|director|doctoral candidate|engineer|developer|programmer|designer|teacher|writer|manager|researcher|photographer|carpenter|plumber|farmer|driver|baker|painter|lecturer|officer|firefighter|dancer|singer|tester|administrator|gardener|founder|entrepreneur|retiree|social worker";
pub(super) const TOOLS: &str = r"rust|python|java|javascript|typescript|kotlin|swift|scala|haskell|elixir|go|golang|c\+\+|c#|ruby|php|perl|lua|zig|ocaml|clojure|react|vue|svelte|angular|next\.js|node|node\.js|deno|bun|django|flask|fastapi|rails|spring|laravel|postgres|postgresql|mysql|sqlite|mongodb|redis|kafka|docker|kubernetes|terraform|ansible|nix|nixos|linux|ubuntu|debian|fedora|arch|macos|windows|freebsd|vim|neovim|emacs|helix|vscode|vs code|intellij|pycharm|xcode|zed|bash|zsh|fish|git|github|gitlab|aws|azure|gcp|cloudflare|hetzner|pytorch|tensorflow|numpy|pandas|jupyter|blender|figma|photoshop|unity|godot|unreal|obsidian|notion";
pub(super) const LANGUAGES: &str = r"english|german|french|spanish|italian|portuguese|dutch|polish|czech|russian|ukrainian|turkish|arabic|hebrew|hindi|chinese|japanese|korean|swedish|norwegian|danish|finnish|greek|hungarian|romanian|latin";
