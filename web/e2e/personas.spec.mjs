/** Personas: cards in and out, the form with its way back, the trial beside it, and conversations that they take part in. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import {
  assertAccessible,
  becomes,
  DESKTOP,
  eventually,
  launch,
  openWindow,
  PHONE,
  screenshot,
} from "./support/browser.mjs";
import { startFamiliar, startUpstream } from "./support/familiar.mjs";
import { answered, answers, composer } from "./support/page.mjs";

const CARDS = resolve(import.meta.dirname, "../../crates/persona/tests/fixtures");
let browser;
let familiar;
let upstream;

before(async () => {
  [browser, upstream] = await Promise.all([launch(), startUpstream()]);
  familiar = await startFamiliar();
  await familiar.useUpstream(upstream);
});
after(async () => {
  await browser?.close();
  await familiar?.stop();
  await upstream?.stop();
});

const saved = (page) => page.locator('[data-state="saved"]').waitFor();

test("an empty gallery says so, at every width and in every theme", async () => {
  for (const theme of ["light", "dark"]) {
    for (const viewport of [DESKTOP, PHONE]) {
      const window = await openWindow(browser, { viewport, theme, touch: viewport === PHONE });
      const { page } = window;
      await page.goto(`${familiar.url}/personas`);
      await page.getByRole("heading", { name: "Nobody here yet" }).waitFor();
      await assertAccessible(page, `personas, empty (${theme}, ${viewport.width} px)`);
      await window.close();
    }
  }
});

test("cards come in after a look at them, and go out whole", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(`${familiar.url}/personas`);
  await page.getByRole("button", { name: "Import" }).first().click();
  const dialog = page.getByRole("dialog", { name: "Import cards" });
  const bad = {
    name: "bad.xml",
    mimeType: "text/xml",
    buffer: Buffer.from('<persona name="x">\n  <mood/>\n</persona>'),
  };
  const card = await readFile(join(CARDS, "v2.json"));
  const files = [{ name: "mira.json", mimeType: "application/json", buffer: card }, bad];
  await dialog.getByLabel("Choose files").setInputFiles(files);
  await dialog.getByText("Mira (v2)").waitFor();
  await dialog.getByText(/line 2, column 3: `<mood>` cannot stand in `<persona>`/).waitFor();
  await assertAccessible(page, "import of cards");
  assert.equal((await familiar.api("GET", "/api/personas")).personas.length, 0, "nothing is kept by looking");
  await dialog.getByRole("button", { name: "Take in 1 persona" }).click();
  await page.getByRole("link", { name: /Mira calm, watchful/ }).click();
  await page.getByRole("heading", { name: "Mira", level: 1 }).waitFor();
  const [{ id }] = (await familiar.api("GET", "/api/personas")).personas;
  const out = await fetch(`${familiar.url}/api/personas/${id}/export?form=v2`).then((response) => response.json());
  const given = JSON.parse(card.toString());
  assert.deepEqual(out.data.extensions, given.data.extensions);
  assert.deepEqual(out.data.character_book, given.data.character_book);
  assert.equal(out.data.made_by, given.data.made_by);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    (async () => {
      await page.getByRole("button", { name: "Commands for Mira" }).click();
      await page.getByRole("menuitem", { name: /Picture with the card/ }).click();
    })(),
  ]);
  assert.equal(download.suggestedFilename(), "Mira.png");
  await window.close();
});

test("what is written keeps itself, goes back and forth, and has a history", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(`${familiar.url}/personas`);
  await page.getByRole("button", { name: "New persona" }).click();
  const name = page.getByRole("textbox", { name: "Name", exact: true });
  await name.fill("Nera");
  await page
    .getByRole("textbox", { name: "Description" })
    .fill("Nera explores caves, curious and brave, and never lies.");
  await saved(page);
  await page.getByRole("heading", { name: "Nera", level: 1 }).waitFor();
  await eventually(
    async () => Number(await page.locator("[data-tokens]").getAttribute("data-tokens")) > 20,
    "tokens are counted",
  );

  await page.getByRole("tab", { name: "How they talk" }).click();
  await page.getByRole("button", { name: "Suggest by the story" }).click();
  await page.getByRole("button", { name: /^curious, \d+ % sure$/ }).click();
  await page.getByRole("slider", { name: "How curious" }).fill("80");
  await page.getByRole("slider", { name: "Formality" }).fill("10");
  await saved(page);
  await assertAccessible(page, "how they talk");
  const { id } = await eventually(
    async () => (await familiar.api("GET", "/api/personas?q=nera")).personas[0],
    "what was written is kept",
  );
  const kept = async () => (await familiar.api("GET", `/api/personas/${id}`)).persona;
  await eventually(async () => (await kept()).style.formality === 10, "the slider is kept");
  await becomes(async () => (await kept()).traits, [{ name: "curious", intensity: 80 }], "and so is what they are");

  await page.keyboard.press("Control+z");
  await eventually(async () => (await kept()).style.formality === undefined, "the slider is undone");
  await page.keyboard.press("Control+Shift+z");
  await eventually(async () => (await kept()).style.formality === 10, "and done again");

  await page.getByRole("tab", { name: "Who", exact: true }).click();
  await name.fill("");
  await page.getByText("a persona has a name").first().waitFor();
  await assertAccessible(page, "a mistake in the form");
  assert.equal((await kept()).name, "Nera", "a mistake is not kept");
  await page.getByRole("button", { name: "Undo" }).click();
  await saved(page);

  await page.getByRole("button", { name: "History" }).click();
  const history = page.getByRole("dialog", { name: "History" });
  await history.getByText("Version 1").waitFor();
  await assertAccessible(page, "history");
  await history.getByRole("listitem").filter({ hasText: "Version 1 Somebody new" }).getByRole("button").click();
  await page.getByRole("heading", { name: "Somebody new", level: 1 }).waitFor();
  await eventually(async () => (await kept()).name === "Somebody new", "it is what it was");
  await page.getByRole("button", { name: /^Commands for/ }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("link", { name: /Somebody new/ }).waitFor();
  await window.close();
});

test("two windows do not overwrite each other", async () => {
  const kept = await familiar.api("POST", "/api/personas", { persona: { name: "Twice", description: "x" } });
  const window = await openWindow(browser, { allowed: [/409/] });
  const { page } = window;
  await page.goto(`${familiar.url}/personas/${kept.id}`);
  await page.getByRole("textbox", { name: "Name", exact: true }).waitFor();
  const theirs = { version: kept.version, persona: { ...kept.persona, scenario: "theirs" } };
  await familiar.api("PUT", `/api/personas/${kept.id}`, theirs);
  await page.getByRole("textbox", { name: "Scene" }).fill("mine");
  await page.getByText("Somebody else changed this persona meanwhile").waitFor();
  await assertAccessible(page, "a conflict");
  await page.getByRole("button", { name: "Keep mine" }).click();
  await saved(page);
  const scene = async () => (await familiar.api("GET", `/api/personas/${kept.id}`)).persona.scenario;
  await becomes(scene, "mine", "mine is kept");
  await window.close();
});

test("a trial answers and nothing of it is kept", async () => {
  const [{ id }] = (await familiar.api("GET", "/api/personas?q=mira")).personas;
  const before = (await familiar.api("GET", "/api/conversations")).conversations.length;
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(`${familiar.url}/personas/${id}`);
  await page.getByRole("log", { name: "Try them out" }).getByText("You are late, User.").waitFor();
  await page.getByLabel("Model of the trial").selectOption({ label: "GPT-4o mini" });
  await upstream.script({ queue: [{ parts: [{ text: "Mind the Teeth." }] }] });
  await page.getByRole("textbox", { name: "Say something" }).fill("Where is the reef, by ship?");
  await page.keyboard.press("Enter");
  await page.getByRole("log").getByText("Mind the Teeth.").waitFor();
  await assertAccessible(page, "a trial");
  await screenshot(page, "persona");
  assert.equal((await familiar.api("GET", "/api/conversations")).conversations.length, before);
  await window.close();
});

test("a persona greets, steps through greetings, and answers with what it knows", async () => {
  for (const { viewport, theme } of [
    { viewport: DESKTOP, theme: "light" },
    { viewport: PHONE, theme: "dark" },
  ]) {
    const window = await openWindow(browser, { viewport, theme, touch: viewport === PHONE });
    const { page } = window;
    await page.goto(familiar.url);
    await composer(page).waitFor();
    await page.getByRole("button", { name: /^Who talks:/ }).click();
    await page.getByRole("combobox", { name: "Who talks" }).fill("mira");
    await page.getByRole("option", { name: /^Mira/ }).click();
    await answers(page).getByText("You are late, User.").waitFor();
    // The card has a second greeting that says something.
    await page.getByRole("button", { name: "Next version" }).click();
    await answers(page).getByText("waves").waitFor();
    await page.getByRole("button", { name: "Previous version" }).click();
    await upstream.script({ queue: [{ parts: [{ text: "The Teeth are out tonight." }] }] });
    await composer(page).fill("My ship is on the reef!");
    await page.getByRole("button", { name: "Send", exact: true }).click();
    const answer = await answered(page, 2);
    await answer.getByText("The Teeth are out tonight.").waitFor();
    await answer.getByText("Mira", { exact: true }).waitFor();
    await answer.getByText("1 entry of the lorebook").click();
    await answer.getByText("`reef` was said").waitFor();
    await assertAccessible(page, `a conversation with a persona (${theme}, ${viewport.width} px)`);
    await window.close();
  }
  const [{ id }] = (await familiar.api("GET", "/api/personas?q=mira")).personas;
  const statistics = await familiar.api("GET", `/api/personas/${id}/statistics`);
  assert.equal(statistics.messages, 2);
});

test("a gallery of 5,000 stays quick and keeps few cards in the page", async () => {
  const base = { description: "x ".repeat(200), tags: ["crowd"] };
  const make = (number) =>
    familiar.api("POST", "/api/personas", { persona: { ...base, name: `Person ${String(number).padStart(4, "0")}` } });
  for (let from = 0; from < 5_000; from += 50) {
    await Promise.all(Array.from({ length: 50 }, (_, index) => make(from + index)));
  }
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(`${familiar.url}/personas`);
  const gallery = page.getByRole("region", { name: "Gallery" });
  await gallery.getByRole("link").first().waitFor();
  const cards = () => page.locator(".persona-card").count();
  for (let step = 0; step < 12; step += 1) {
    await gallery.evaluate((element) => element.scrollBy(0, element.scrollHeight));
    await page.waitForTimeout(50);
    assert.ok((await cards()) < 200, "only what is near the screen exists");
  }
  await page.getByRole("searchbox", { name: "Search personas" }).fill("person 0007");
  await page.getByRole("link", { name: /Person 0007/ }).waitFor();
  await eventually(async () => (await cards()) === 1, "the server finds it among 5,000");
  await page.getByRole("searchbox", { name: "Search personas" }).fill("");
  // A list that still grows has rows that are hidden until they are measured.
  await eventually(async () => {
    const shown = await cards();
    await new Promise((done) => setTimeout(done, 250));
    return shown > 20 && shown === (await cards());
  }, "all are there again, and at rest");
  await assertAccessible(page, "a full gallery");
  await screenshot(page, "personas");
  await window.close();
});
