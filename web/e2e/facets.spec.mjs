/** Narrowing a search down by what passages tell of, and putting right what was found of a spell. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, becomes, eventually, launch, openWindow, PHONE, screenshot } from "./support/browser.mjs";
import { startFamiliar } from "./support/familiar.mjs";

let browser;
let familiar;

const spell = (name, head, time) =>
  `### ${name}\n\n${head}\n\nCasting Time: ${time}\n\nRange: 60 feet\n\nComponents: V, S\n\nDuration: 1 hour\n\nA lamp burns where you point.\n\n`;
const BOOK = [
  "# Lamps and Beasts\n\n## Spells\n\n",
  spell("Far Lamp", "3rd-level evocation", "1 action"),
  spell("Dim Lamp", "1st-level illusion", "1 action"),
  spell("Odd Lamp", "Of the second circle", "1 minute"),
  "## Beasts\n\n### Mire Hound\n\nLarge monstrosity, chaotic evil\n\nArmor Class 14\n\nHit Points 52 (7d10+14)\n\nSpeed 40 ft.\n\n",
  "Challenge 1/4 (50 XP)\n\nIt eats every lamp.\n",
].join("");

before(async () => {
  browser = await launch();
  familiar = await startFamiliar();
  const form = new FormData();
  form.append("file", new Blob([BOOK]), "lamps.md");
  const response = await fetch(`${familiar.url}/api/library/documents`, { method: "POST", body: form });
  assert.equal(response.status, 201);
  await familiar.handbookIsRead();
  await becomes(
    async () => (await familiar.api("GET", "/api/library/documents?status=ready&q=lamps.md")).total,
    1,
    "the lamps are in the library",
  );
});
after(async () => {
  await browser?.close();
  await familiar?.stop();
});

const names = (page) => page.locator(".entry-card .entry-name").allTextContents();
const shows = async (page, expected) =>
  eventually(async () => (await names(page)).toSorted().join() === expected.toSorted().join(), expected.join(", "));

test("a search is narrowed down, by several values at once, and widened again", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(`${familiar.url}/library?q=lamp`);
  const panel = page.getByRole("complementary", { name: "Narrow down" });
  await panel.getByRole("checkbox", { name: "Spell (3)" }).click();
  await shows(page, ["Far Lamp", "Dim Lamp", "Odd Lamp"]);
  // What is chosen of a facet does not count for itself.
  await panel.getByRole("checkbox", { name: "Monster (1)" }).waitFor();
  await panel.getByRole("checkbox", { name: "Evocation (1)" }).click();
  await shows(page, ["Far Lamp"]);
  await panel.getByRole("checkbox", { name: "Illusion (1)" }).click();
  await shows(page, ["Far Lamp", "Dim Lamp"]);
  await page.locator(".entry-card", { hasText: "Level 3 · evocation" }).waitFor();
  await panel.getByLabel("To").selectOption("1");
  await shows(page, ["Dim Lamp"]);
  await assertAccessible(page, "facets");
  await screenshot(page, "facets");
  await page.reload();
  await shows(page, ["Dim Lamp"]);
  await panel.getByRole("button", { name: "Clear all" }).click();
  await shows(page, ["Far Lamp", "Dim Lamp", "Odd Lamp", "Mire Hound"]);
  await window.close();
});

test("contents are browsed without words, with the keyboard too", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(`${familiar.url}/library`);
  await page.getByRole("button", { name: "Browse contents" }).press("Enter");
  await page.getByRole("checkbox", { name: "Monster (1)" }).press("Space");
  await shows(page, ["Mire Hound"]);
  await page.locator(".entry-card", { hasText: "Challenge 1/4" }).waitFor();
  await page.getByRole("button", { name: "Back to documents" }).click();
  await page.getByText("lamps.md").waitFor();
  await window.close();
});

test("a document’s details tell what kind it is, and that is put right", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(`${familiar.url}/library`);
  await page.getByRole("button", { name: "Commands for Lamps and Beasts" }).click();
  await page.getByRole("menuitem", { name: "Details" }).click();
  const dialog = page.getByRole("dialog", { name: "Lamps and Beasts" });
  await dialog.getByText("lamps.md").waitFor();
  await assertAccessible(page, "details of a document");
  await screenshot(page, "document-details");
  await dialog.getByLabel("Kind of document").selectOption("adventure");
  const kind = async () => (await familiar.api("GET", "/api/library/documents?q=lamps.md")).documents[0].kind;
  await eventually(async () => (await kind()) === "adventure", "the kind is kept");
  await page.keyboard.press("Escape");
  await page.locator(".document-row", { hasText: "lamps.md" }).getByText("Adventure").waitFor();
  await window.close();
});

test("an entry is shown, put right, and that is taken back", async () => {
  const window = await openWindow(browser, { allowed: [/status of 422/] });
  const { page } = window;
  await page.goto(`${familiar.url}/library?q=lamp&type=spell`);
  await page.locator(".entry-card", { hasText: "Odd Lamp" }).click();
  const dialog = page.getByRole("dialog", { name: "Odd Lamp" });
  await dialog.getByText("67 % of what is expected was found").waitFor();
  await assertAccessible(page, "an entry");
  await screenshot(page, "entry");
  await dialog.getByRole("button", { name: "Correct" }).click();
  await dialog.getByLabel("Level").fill("many");
  await dialog.getByLabel("School").selectOption("conjuration");
  await assertAccessible(page, "an entry that is put right");
  await screenshot(page, "entry-correction");
  await dialog.getByRole("button", { name: "Save corrections" }).click();
  await dialog.getByText(/`?many`? is no value/).waitFor();
  await dialog.getByLabel("Level").fill("2");
  await dialog.getByRole("button", { name: "Save corrections" }).click();
  await dialog.getByText("100 % of what is expected was found").waitFor();
  await dialog.getByRole("button", { name: "Close" }).click();
  await page.getByRole("checkbox", { name: "Conjuration (1)" }).click();
  await shows(page, ["Odd Lamp"]);
  await page.locator(".entry-card", { hasText: "Level 2 · conjuration" }).click();
  await dialog.getByRole("button", { name: "Take corrections back" }).click();
  await dialog.getByText("67 % of what is expected was found").waitFor();
  await window.close();
});

test("on a phone the facets are a sheet", async () => {
  const window = await openWindow(browser, { viewport: PHONE, touch: true, theme: "dark" });
  const { page } = window;
  await page.goto(`${familiar.url}/library?q=lamp`);
  await page.getByRole("button", { name: "Filters", exact: true }).click();
  const sheet = page.getByRole("dialog", { name: "Narrow down" });
  await sheet.getByRole("checkbox", { name: "Monster (1)" }).click();
  await assertAccessible(page, "facets on a phone");
  await screenshot(page, "facets-phone");
  await sheet.getByRole("button", { name: "Close" }).click();
  await page.getByRole("button", { name: "Filters (1)" }).waitFor();
  await shows(page, ["Mire Hound"]);
  await window.close();
});
