//! The words that speak for a task, as data.
// tidy: a list

use super::Task;

/// For what a cue speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaks {
    /// One task.
    For(Task),
    /// Anything that is about code.
    Code,
    /// Anything that is played at the table.
    Table,
}

/// Phrases (see [`super::matching::Words::count`]) that speak for something, all as strongly.
#[derive(Debug)]
pub(super) struct Cue {
    pub(super) speaks: Speaks,
    pub(super) weight: f32,
    pub(super) phrases: &'static [&'static str],
}

const fn cue(speaks: Speaks, weight: f32, phrases: &'static [&'static str]) -> Cue {
    Cue { speaks, weight, phrases }
}

const fn task(task: Task, weight: f32, phrases: &'static [&'static str]) -> Cue {
    cue(Speaks::For(task), weight, phrases)
}

/// All of them.
pub(super) const CUES: &[Cue] = &[
    // Subjects.
    cue(
        Speaks::Code,
        1.6,
        &[
            "python", "rust", "javascript", "typescript", "java", "kotlin", "golang", "c++", "c#", "sql", "postgres*",
            "mysql", "sqlite", "html", "css", "react", "vue", "angular", "django", "flask", "spring boot", "node", "npm",
            "pnpm", "pip", "cargo", "docker*", "kubernetes", "git", "bash", "regex", "json*", "yaml", "toml", "nginx",
            "crontab", "cron", "codebase", "monorepo", "backend", "frontend", "microservice*", "docstring", "unit test*",
            "compiler", "compile*", "vba", "jq", "webpack", "linter", "refactor*", "css grid", "borrow checker", "orm",
            "crud", "rest api", "jwt", "cors", "localhost", "useeffect", "usestate", "console log", "stack trace",
            "next js", "express", "swing", "async await", "excel vba", "powershell", "terraform", "github", "gitlab",
            "database schema", "source code", "pull request", "merge conflict", "commits", "go with the standard",
            "in c", "a c function", "dev server", "type hints", "typo in line", "log level", "nullpointerexception",
            "segfault*", "list comprehension", "trailing comma", "environment variable*", "env vars",
        ],
    ),
    cue(
        Speaks::Code,
        0.9,
        &[
            "function", "method", "variable*", "parameter*", "argument*", "array*", "string*", "loop", "script", "query",
            "api", "endpoint*", "database", "module*", "class", "import*", "code", "bug", "code base", "library", "server",
            "service*", "test suite", "tests", "test", "deploy*", "build", "app", "application", "component*", "config*",
            "parse*", "file", "files", "repo*", "thread*", "schema", "migration*", "crash*", "iterator", "recursive",
            "interface*", "struct", "enum", "integer", "boolean", "return type", "rückgabetyp", "funktion", "hook",
            "binary search", "linked list", "cache", "queue", "crate*", "package*", "trait", "generator", "snippet",
            "line", "lines", "button", "margin", "comment", "readme", "version", "port", "semicolon*", "log", "logs",
            "web app", "architektur", "dienste", "websocket*", "csv", "dictionar*", "intervals", "trigger function",
            "command line", "flags", "dependency", "dependencies", "memory", "process", "loc", "views", "sync*",
        ],
    ),
    cue(
        Speaks::Table,
        1.6,
        &[
            "campaign*", "dungeon*", "gm", "dm", "npc*", "5e", "pathfinder", "d d", "dnd", "call of cthulhu", "blades in the dark",
            "homebrew*", "stat block", "hit points", "hp", "saving throw*", "initiative", "cantrip*", "spell slot*",
            "wizard*", "cleric*", "rogue*", "bard", "bards", "paladin*", "ranger*", "barbarian*", "druid*", "sorcerer*",
            "warlock*", "artificer", "multiclass*", "subclass*", "goblin*", "orc", "orcs", "kobold*", "owlbear*", "ogre*",
            "troll*", "lich", "tiefling*", "half elf", "dwarf*", "elf", "elven", "gnome", "halfling*", "necromancer*",
            "vampire*", "ghoul*", "zombie*", "skeleton*", "cultist*", "bandit*", "magic item*", "attunement", "one shot",
            "player character*", "the party", "party's", "adventure", "quest*", "session 1", "thac0", "player's handbook",
            "armour class", "armor class", "rüstungsklasse", "spielabend*", "dice pool", "monk", "sorlock", "gloom stalker",
            "wild magic", "dragon*", "giants", "wererat*", "warhammer", "shadowrun", "gurps", "fate core", "osr",
        ],
    ),
    cue(
        Speaks::Table,
        0.8,
        &[
            "party", "session*", "player*", "dice", "roll", "rolls", "rolling", "rolled", "spell*", "magic*", "level",
            "levels", "monster*", "sword*", "tavern*", "king*", "queen*", "empire*", "emperor*", "castle*", "knight*",
            "villain*", "hero*", "witch*", "curse*", "loot", "treasure*", "guild*", "cult", "gods", "pantheon", "fantasy",
            "feat", "feats", "advantage", "concentration", "konzentration", "bonus action*", "attack roll*", "damage",
            "fighter*", "encounter*", "trap", "traps", "ability check*", "ability score*", "dex", "dexterity", "strength",
            "short rest", "long rest", "exhaustion", "proficiency", "pirate*", "realm*", "kingdom*", "prophecy", "oracle",
            "amulet", "sewers", "crown", "baron*", "duke*", "captain", "guard*", "blacksmith", "innkeeper", "ghost*",
            "ritual*", "temple*", "hexe", "zwerg*", "heiler", "krieger", "stufe", "zauber*", "würfle", "in my setting",
            "my world", "house rule*", "d20", "crit*", "ac", "dc", "cr", "backstory", "backstories", "in character",
            "steampunk", "horror", "sci fi", "ferryman", "smuggler", "inquisitor", "siege", "armour", "armor", "round",
            "academies", "skill challenge", "npcs", "potion*", "ring", "tempest", "mage", "brute", "wolves", "ambush",
        ],
    ),
    // Everything else.
    task(
        Task::General,
        1.6,
        &[
            "email", "e mail", "landlord", "translate ~ into", "translate", "recipe*", "cook*", "bake*", "trip to", "linkedin",
            "cover letter", "resume", "birthday", "wedding", "haiku", "poem", "insurance", "mortgage", "tax*", "budget",
            "salary", "invoice", "job", "interview*", "doctor", "ibuprofen", "headache", "sleep", "diet", "workout",
            "capital of", "who won", "football", "president", "movie*", "novel*", "book like", "guitar", "piano",
            "the weather", "election*", "electoral", "war i", "world war", "climate change", "photosynthesis", "liver",
            "seven year old", "five year old", "a joke", "jokes", "proofread", "more professional", "essay", "homework",
            "thanks", "thank you", "^hi", "^hello", "^hey", "name my", "my dad", "my mom", "my mother", "my father",
            "my boss", "my cat", "my dog", "my wife", "my husband", "my kids", "sourdough", "ounces", "kilogram*", "recommend",
            "clocks go back", "compound interest", "car", "unterschied zwischen", "eggs", "ei kochen", "grammar", "hamlet",
            "article", "city council", "savings", "leasing", "paragraph", "pancake*", "buttermilk", "vacation", "hotel*",
            "penguin*", "gift*", "present for",
        ],
    ),
    task(
        Task::General,
        0.7,
        &[
            "why is", "what is the difference between", "whats the difference between", "pros and cons", "explain",
            "erkläre", "how many", "is it safe", "what should i", "give me five ideas", "draft", "in two sentences",
            "advice", "polite*", "meeting", "plot of", "show me an example", "wie lange", "which is better",
        ],
    ),
    // Code.
    task(
        Task::CodeEdit,
        2.0,
        &[
            "rename", "typo", "bump", "docstring", "reformat", "uncomment", "sort ~ imports", "unused import*", "trailing comma",
            "tabs with", "double quotes", "single quotes", "type hints", "make ~ private", "make ~ public", "make this let",
            "semicolon*", "capitalise", "capitalize", "indent*", "whitespace", "one liner change", "f strings", "inline the",
            "remove the console", "swap the", "change the default", "return type", "rückgabetyp", "margin top", "derive",
        ],
    ),
    task(
        Task::CodeEdit,
        1.1,
        &[
            "^change", "^replace", "^remove", "^delete", "^fix the", "^add a", "^add", "^update", "^make", "^turn this",
            "^convert these", "^swap", "^put", "^ändere", "instead of", "from ~ to", "update the", "^use", "in this line",
            "in line", "the comment", "button text", "on line", "to const", "const", "a const", "can you add", "below",
            "please make", "rather than", "outdated", "everywhere in this", "version in",
        ],
    ),
    task(
        Task::CodeFunction,
        1.4,
        &[
            "write ~ function", "write ~ class", "write ~ regex", "write ~ script", "write ~ query", "write ~ method",
            "write ~ unit test", "write ~ macro", "write ~ hook", "write ~ trigger", "write ~ generator", "write ~ dockerfile",
            "write ~ iterator", "schreibe ~ funktion", "implement", "implementiere", "regex that", "sql query", "one liner",
            "o n", "o 1", "o log n", "function that", "script that", "method so that", "class with", "iterative version",
            "recursive version", "a small script", "create a react hook", "short example", "reverses", "palindrome",
            "give me a bash", "css snippet", "snippet to", "how do i read", "how can i parse", "with proper types",
            "returning option", "jq filter", "translate this ~ method", "convert this recursive", "macro in",
            "show me how to make a", "how do i parse", "how do i sort", "merge the overlapping", "debounce", "lru cache",
        ],
    ),
    task(
        Task::CodeFunction,
        0.6,
        &[
            "^write", "^schreibe", "function", "script", "regex", "^create a", "^implement", "given a", "example", "snippet",
            "query", "top 10", "returns", "algorithm", "binary search", "include unit tests", "unit test", "how do i", "how can i",
            "how to",
        ],
    ),
    task(
        Task::CodeArchitecture,
        2.0,
        &[
            "architecture*", "architect", "architektur*", "monolith", "microservices", "multi tenant", "system design",
            "across the whole project", "throughout the application", "throughout the app", "across all services",
            "all modules", "in all modules", "whole codebase", "the codebase", "monorepo", "plugin system", "end to end",
            "migration of our", "migrate", "rollback", "rfc", "project structure", "module boundaries", "circular dependencies",
            "design of this repo", "database schema and api", "offline first", "event driven", "ereignisgesteuert*",
            "database layout", "dependency injection", "repository layer", "restructure", "file by file", "outline phases",
            "no downtime", "crdt", "scal*", "authorization system", "large rust workspace", "step by step plan",
            "twelve repositories", "entwirf", "services", "main files", "test suite", "ecs", "asset pipeline",
        ],
    ),
    task(
        Task::CodeArchitecture,
        1.0,
        &[
            "^design", "design the", "design a", "how should i structure", "how should i lay out", "how would you", "structure a",
            "plan", "migrat*", "refactor*", "components", "modules", "boundaries", "which services", "suggest", "propose",
            "phases", "storage", "partitioning", "roles", "admin panel", "data flow", "interfaces", "sane way", "per document",
            "conflicts", "public api", "new table", "workspace", "packages", "replace our", "we want to", "move to", "support multiple",
            "set up a", "introduce", "port this", "separate", "at least once", "overall design",
        ],
    ),
    task(
        Task::CodeDebugging,
        2.0,
        &[
            "debug*", "traceback", "stack trace", "segfault*", "flaky", "memory leak", "the leak", "deadlock*", "race condition",
            "cors error", "oom", "exception", "nullpointerexception", "off by one", "find the bug", "spot the mistake",
            "what's wrong", "whats wrong", "what is wrong", "doesn't work", "does not work", "doesn't start", "doesn't run",
            "does not run", "doesn't compile", "not working", "isn't working", "bad gateway", "borrow checker", "panics",
            "throws", "why do i get", "why does it", "warum bekomme ich", "the cause", "fails", "fail", "failed", "rejected",
            "undefined", "crash*", "garbage", "loops forever", "infinite loop", "why is this loop so slow", "runs twice",
            "returns nan", "error*", "broke after", "build broke", "bug", "blank in production", "is not satisfied", "two times",
        ],
    ),
    task(
        Task::CodeDebugging,
        0.9,
        &[
            "why", "warum", "i can't see why", "don't understand why", "how do we fix", "how do i find", "slow", "wrong",
            "but the", "but never", "sometimes", "but got", "expected", "logs", "works by hand", "after upgrading", "since the last",
            "but works", "every hour", "help", "overflows", "duplicates", "mistake", "what do i do now", "memory",
        ],
    ),
    // The table.
    task(
        Task::RuleLookup,
        1.8,
        &[
            "raw", "rules as written", "according to the rules", "what are the rules", "the rules for", "the rules on", "rules say",
            "player's handbook", "phb", "does ~ stack", "stack", "is it allowed", "allowed to", "how many actions", "which conditions",
            "spell slots", "slots for", "attunement", "range and duration", "the text of", "is ~ usable", "cancel out",
            "short rest", "long rest", "death saving", "exhaustion", "grappl*", "readied action", "ready action", "blindsight",
            "manacles", "falling damage", "temp hp", "temporary hit points", "how far can", "two weapon", "bonus action spell",
            "what do i roll", "difference between an ability check", "how does ~ work in", "wie funktioniert", "same turn",
            "in one turn", "drop prone", "cover apply", "apply to", "what's the dc", "pushed roll", "levelled spells",
            "maximum", "see an invisible", "concentration", "opportunity attacks provoke", "regel*", "darf ich",
        ],
    ),
    task(
        Task::RuleLookup,
        0.9,
        &[
            "^can", "^does", "^do", "^is", "^what happens when", "what happens when", "^how does", "^when", "^which", "^what's the",
            "^what is the", "^what does", "^how long", "^how far", "mean exactly", "raise a shield", "rules", "duration", "bonus",
            "condition*", "feat", "5e", "7e", "2e", "end if", "how does", "according to", "list all levels", "where in the",
            "per turn", "natural 1", "natural 20", "where do i find",
        ],
    ),
    task(
        Task::Character,
        1.9,
        &[
            "build me", "help me build", "my character*", "backstory of", "a backstory", "backstory", "character sheet", "character concept",
            "pregenerated", "level up", "hit level", "which subclass", "multiclass*", "ability score improvement", "standard array",
            "point buy", "where do i put them", "what stats", "which background", "flaws", "bonds", "ideals", "personality",
            "pick spells", "spells for my", "retrain", "respec", "optimise my", "optimize my", "optimise", "starting ~ get",
            "biography", "motivates", "a rival for", "sorlock", "charakter*", "characters for", "appearance", "mannerisms",
            "a name and a personality", "prioriti*", "stay single class", "convert my ~ witch", "suits a", "level 1 with",
            "i want to play", "ich spiele", "vorschlag für eine", "equipment does a starting", "tanky",
        ],
    ),
    task(
        Task::Character,
        0.9,
        &[
            "build", "character", "characters", "my rogue", "my wizard", "my fighter", "my bard", "my ranger", "my warlock", "my paladin",
            "my cleric", "my monk", "my druid", "my sorcerer", "my gnome", "for my", "feats", "dexterity based", "focused on",
            "class", "stats", "feat for a", "should i take", "low magic setting", "investigator", "level 5", "level 4", "level 3",
            "suits", "faithfully", "stufe", "what do i pick", "each with a secret", "subclass", "discovers",
        ],
    ),
    task(
        Task::Combat,
        1.9,
        &[
            "initiative", "my turn", "their turn", "his turn", "her turn", "on their turn", "next round", "this round", "round 4",
            "to hit", "opportunity attack", "sneak attack", "legendary action", "reaction to", "run the next", "flank*", "flees",
            "tactics", "tactical*", "the fight", "ambush", "breath weapon", "hold person", "line of sight", "hit points", "target first",
            "best move", "best turn", "simulate the fight", "total party kill", "tpk", "losing badly", "surrounded", "attack with",
            "death saves", "making death", "death saves", "end of my turn", "who takes what", "round by round", "schlägt",
            "fleeing", "uses its", "i cast", "i ready", "i attack", "dirty 20", "to disengage", "fail* his save", "how would a smart",
            "up next", "is up", "start the fight", "roll initiative", "the order", "track hit", "resolve this",
        ],
    ),
    task(
        Task::Combat,
        0.9,
        &[
            "fight*", "attack*", "hp left", "round", "turn", "misses", "hits", "damage", "save", "saves", "wounded", "enemies", "enemy",
            "archer", "40 feet", "feet away", "30 feet", "25 feet", "movement", "combat", "battle", "ac", "shoot", "no spell slots",
            "würfle", "dc is", "boss", "casts", "cast", "the brute", "the healer",
        ],
    ),
    task(
        Task::Narrative,
        1.9,
        &[
            "describe the moment", "read aloud", "read ~ aloud", "continue the story", "narrate", "set the scene", "set the mood",
            "atmospheric", "creepy", "cliffhanger", "make it epic", "flashback", "flowing prose", "what do we see", "epilogue", "prologue",
            "montage", "dream sequence", "paint me a picture", "take it from there", "sense of wonder", "describe the smell",
            "beschreibe", "present tense", "second person", "opening of", "an intro", "intro for", "foreshadow*", "hint at",
            "what happens on the way", "tell us what", "the scene", "tone", "a scene", "describe it for my players", "into prose",
        ],
    ),
    task(
        Task::Narrative,
        1.0,
        &[
            "describe", "description", "story", "scene", "dusk", "fog", "storm", "sunset", "creaks", "candle", "finally", "wake up",
            "the door", "step inside", "arrival", "we walk", "walk*", "open the", "enters", "chanting", "chains", "throne room",
            "write the", "begin a", "horror", "sound and light", "flames", "death of", "begins", "reaches", "crowd", "we open",
            "sad", "dignified", "two or three sentences", "three short sentences", "dread", "anblick",
        ],
    ),
    task(
        Task::Dialogue,
        2.1,
        &[
            "speak as", "speak with", "answer in character", "in character as", "you are", "haggle", "conversation between", "taunt*",
            "one liners", "monologue", "monolog", "banter", "accent", "in his voice", "in her voice", "voice", "roleplay an", "interrogation",
            "respond as", "react as", "sprich als", "lines for", "gossip", "argue about", "what would ~ say", "what does ~ say",
            "what does he answer", "what does she answer", "what does ~ reply", "says", "greets", "greet", "speech with which", "the speech",
            "spoken", "last breath", "negotiation between", "let me talk", "dialog*", "riddles", "play the oracle", "stay in", "persuade",
            "insult", "talk to the", "reply when",
        ],
    ),
    task(
        Task::Dialogue,
        0.8,
        &[
            "i ask", "i tell", "answer", "answers", "say", "said", "reply", "talk", "nervous", "bartender", "prisoner", "ask her", "ask him",
            "what's the password", "tell them", "rude", "arrogant", "polite and", "counteroffers", "words", "npc", "urchin",
        ],
    ),
    task(
        Task::WorldBuilding,
        1.9,
        &[
            "factions", "pantheon", "economy of", "history of", "calendar", "thieves guild", "thieves' guild", "flesh out", "rumours", "rumors",
            "gerüchte*", "trade routes", "secret society", "noble houses", "religion", "sector", "star systems", "culture", "customs",
            "folk tales", "timeline of my world", "my world", "my setting", "world", "worldbuilding", "world building", "political", "politics",
            "regulated by law", "geography", "map description", "flora", "fauna", "landmarks", "inhabitants", "mottoes", "sigils",
            "erfinde", "hafenstadt", "tidally locked", "taboos", "domains and", "festivals", "ordinary people", "elven empire", "desert kingdom",
            "what lies beneath", "layers", "academies", "guild", "settlements", "planet", "creation", "tribes", "clans", "detail the tavern",
        ],
    ),
    task(
        Task::WorldBuilding,
        0.9,
        &[
            "city", "village", "kingdom", "empire", "island", "region", "capital", "nation", "town", "gods", "invent", "create a", "history",
            "ruins", "ruined", "rival", "three hundred years", "who lives there", "sky pirates", "fuel", "trade", "law", "laws", "feuds",
            "cities", "climate", "secrets", "one inn", "owner", "menu", "enemies", "structure", "develop", "generate a", "ages", "age",
            "canton*", "marsh", "festival", "harbour", "hidden",
        ],
    ),
    task(
        Task::Mechanics,
        1.9,
        &[
            "homebrew*", "balance", "balanced", "rebalance", "overpowered", "underpowered", "probabilit*", "odds", "average damage", "expected number",
            "stat block", "challenge rating", "cr 4", "encounter difficulty", "house rules", "house rule", "subsystem", "d100 table",
            "dice pool", "successes", "crafting system", "skill challenge", "treasure table", "encumbrance", "progress clock", "rules text",
            "mechanic*", "system for", "regelsystem", "new subclass", "how should i price", "price a", "mass combat", "convert this ~ monster",
            "thac0", "the maths", "the math", "too strong", "dps", "chance of success", "how much damage on average", "table of", "wild magic effects",
            "sanity", "create a trap", "disarm", "random table", "lingering injuries", "is that too",
        ],
    ),
    task(
        Task::Mechanics,
        0.9,
        &[
            "design a", "calculate", "average", "compare", "chance", "probability", "at least one", "table", "damage per round", "ac 17", "save dc",
            "including crits", "fun rather than", "create a d100", "feat that", "cursed", "magic sword", "magic item", "tier 2", "consequences",
            "recovery", "triggers", "segments", "homebrew", "hit dice", "w6", "einfaches", "level party", "how does that change", "with dcs", "2d10",
            "rounds a fight", "fifth edition", "treasure", "poisons",
        ],
    ),
    task(
        Task::Summary,
        2.2,
        &[
            "recap", "what happened so far", "so far", "previously on", "catch me up", "tl dr", "tldr", "session log", "session notes", "our last session",
            "last session", "last sessions", "last two sessions", "missed the", "open plot threads", "plot threads", "journal entry", "wrap up",
            "story so far", "the gist", "timeline of the events", "chronicle", "what did we learn", "until now", "all npcs we have met", "we have met",
            "still unfinished", "fasse", "zusammen*", "remind me", "minutes", "chat log", "transcript", "summari*", "summary", "from the notes",
            "overview of the", "condense", "compress the", "sums up", "shorten this", "from session", "my notes", "these notes", "unfinished",
        ],
    ),
    task(
        Task::Summary,
        0.8,
        &[
            "notes", "bullet points", "sessions", "who knows", "since when", "each character achieved", "loot did", "who carries", "decisions", "the events",
            "first arc", "two sentences each", "last month", "one page", "chapter 3", "promises", "this evening", "spielabende",
        ],
    ),
    // What looks like one thing and is another.
    task(Task::Summary, -1.6, &["article", "in three bullet points the", "plot of", "journal ~ in python"]),
    task(Task::Narrative, -1.2, &["turn these notes ~ summary", "describe ~ modules", "describe ~ appearance", "economy"]),
    task(Task::Dialogue, -1.5, &["email", "this sound", "translate", "error", "docker build says"]),
    task(Task::Combat, -1.0, &["average", "probability", "balance", "subsystem", "recap", "summar*", "odds", "what are the rules", "design a"]),
    task(Task::RuleLookup, -0.9, &["homebrew", "balanced", "too strong", "the odds", "my turn", "what does the", "how would", "best"]),
    task(Task::Character, -0.8, &["recap", "character traits", "so far", "each character achieved", "summar*"]),
    task(Task::CodeFunction, -0.6, &["what's wrong", "error", "fails", "why"]),
];

/// Words of demanding tasks, and by how much they raise or lower what is demanded.
pub(super) const DEMANDING: &[(&[&str], f64)] = &[
    (&["step by step", "in detail", "thorough*", "compare", "trade offs", "tradeoffs", "prove", "analy*"], 0.1),
    (&["design", "architecture", "strategy", "plan", "outline", "propose"], 0.1),
    (&["and", "und"], 0.03),
    (&["whole", "entire", "all of", "every", "across"], 0.05),
    (&["quick*", "briefly", "short", "one sentence", "just", "only", "tl dr", "simple", "kurz"], -0.1),
];

/// Words that say how soon an answer is wanted.
pub(super) const URGENT: &[(&[&str], f64)] = &[
    (&["quick*", "asap", "urgent*", "right now", "now", "hurry", "schnell", "in a hurry", "my turn", "at the table"], 0.15),
    (&["take your time", "no rush", "thorough*", "in depth", "in detail", "carefully", "step by step"], -0.25),
    (&["plan", "design", "write a report", "essay", "research", "for next week", "prepare"], -0.1),
];
