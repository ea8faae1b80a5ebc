/** Every dialog, menu, popover and sheet of the page: on which route, and what is pressed to open it. */

/** Opened by keys instead of a button. */
export const keys = (combination) => ({ keys: combination });
/** Only where the screen is as narrow as a phone's, or only where it is not. */
const narrow = (...steps) => ({ steps, only: "narrow" });
const wide = (...steps) => ({ steps, only: "wide" });
const everywhere = (...steps) => ({ steps });

/** Routes with what opens on them; of several steps the last one opens what is looked at. */
export const overlays = (made) => [
  [
    "/",
    [
      everywhere(keys("Control+k")),
      wide(keys("?")),
      wide(keys("F1")),
      narrow("Open the sidebar"),
      everywhere(/^Model: /),
      everywhere(/^Sources: /),
      everywhere(/^Tools: /),
      everywhere(/^Who talks: /),
      everywhere("Talk with several"),
    ],
  ],
  [
    `/c/${made.conversation}`,
    [
      wide(/^Commands for “/),
      wide(/^Commands for “/, "Rename"),
      wide(/^Commands for “/, "Save as a file"),
      narrow("Open the sidebar", /^Commands for “/),
      everywhere(/^Memory: /),
      everywhere("Details of this answer"),
      everywhere("More for this message"),
      everywhere("Write it anew with another model"),
      everywhere("Say more about this answer"),
      narrow("Show what answers rest on"),
    ],
  ],
  [
    "/compare",
    [
      everywhere("New comparison"),
      everywhere("New comparison", /^Settings of /),
      everywhere("New comparison", "Add a model or persona"),
    ],
  ],
  [
    "/compare?place=sets",
    ["New prompt set", "Put to models", "Edit: Capitals", "Delete: Capitals"].map((name) => everywhere(name)),
  ],
  [
    `/compare/${made.comparison}`,
    [everywhere("Report"), everywhere("Add a model or persona"), everywhere(/^Commands for openai/)],
  ],
  [`/compare/runs/${made.run}`, [everywhere(/^Answer of /)]],
  ["/library", [everywhere(/^Commands for Handover/), everywhere("Bookmarks"), everywhere("Watched folders")]],
  ["/library?q=provider", [everywhere("Synonyms"), everywhere("More like this")]],
  ["/personas", ["Import", "From a template", "Export all"].map((name) => everywhere(name))],
  [`/personas/${made.persona}`, [everywhere("History"), everywhere(/^Commands for Mira/)]],
  ["/memory", [everywhere("Remember something"), everywhere(/^Edit and history of /)]],
  ["/memory?view=privacy", [everywhere("Erase everything")]],
  ["/models", [everywhere(/gpt-4o-mini|GPT-4o mini/)]],
  ["/routes", [everywhere("New route"), everywhere("Change main")]],
  [
    "/keys",
    [
      everywhere("Create a key"),
      everywhere("Examples"),
      everywhere("Edit"),
      everywhere(/^Commands for “editor/),
      everywhere(/^Commands for “editor/, "Replace the secret"),
      everywhere(/^Commands for “editor/, "Revoke"),
    ],
  ],
  ["/exchanges", [everywhere("What is kept"), everywhere(/gpt-4o/)]],
  ["/experiments", [everywhere("New experiment"), everywhere("Watch pace"), everywhere("Change length")]],
  ["/money", [everywhere("Add a budget"), everywhere("Who is told"), everywhere(/^Delete /)]],
  ["/settings/advanced", [everywhere("Empty")]],
  ["/settings/providers", [everywhere("Add a provider"), everywhere("Edit")]],
];

/** Routes without an overlay of their own, which are measured as well. */
export const plainRoutes = (made) => [
  "/design",
  "/help",
  "/settings/general",
  "/settings/appearance",
  "/settings/conversations",
  `/c/${made.arabic}`,
];
