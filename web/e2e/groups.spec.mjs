/** Several personas in a conversation, what they feel, whether they stay themselves, and templates and archives of them. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
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
import { answered, answers, composer, say } from "./support/page.mjs";

let browser;
let familiar;
let upstream;
const ids = {};

before(async () => {
  [browser, upstream] = await Promise.all([launch(), startUpstream()]);
  familiar = await startFamiliar();
  await familiar.useUpstream(upstream);
  for (const name of ["Mira", "Tom", "Nera"]) {
    const persona = {
      name,
      description: `{{char}} is ${name}.`,
      greeting: `${name} nods to {{user}}.`,
      traits: [{ name: "patient", intensity: 60 }],
      boundaries: ["lie"],
    };
    ids[name] = (await familiar.api("POST", "/api/personas", { persona })).id;
  }
});
after(async () => {
  await browser?.close();
  await familiar?.stop();
  await upstream?.stop();
});

const queue = (...texts) => upstream.script({ queue: texts.map((text) => ({ parts: [{ text }] })) });
const bar = (page) => page.getByRole("region", { name: "Group", exact: true });
const WINDOWS = [
  { viewport: DESKTOP, theme: "light" },
  { viewport: PHONE, theme: "dark" },
];

test("a group is begun by keyboard, each greets, and whoever is named answers", async () => {
  for (const { viewport, theme } of WINDOWS) {
    const window = await openWindow(browser, { viewport, theme, touch: viewport === PHONE });
    const { page } = window;
    await page.goto(familiar.url);
    await composer(page).waitFor();
    await page.getByRole("button", { name: "Talk with several" }).focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "Talk with several" });
    for (const name of ["Mira", "Tom", "Nera"]) {
      await dialog.getByRole("button", { name, exact: true }).press("Enter");
      await dialog.getByRole("slider", { name: `How readily ${name} speaks up` }).fill("0");
    }
    await assertAccessible(page, `the dialog of a group (${theme}, ${viewport.width} px)`);
    await dialog.getByRole("button", { name: "Begin the group" }).press("Enter");
    await answers(page).getByText("Nera nods to User.").waitFor();
    await becomes(() => answers(page).count(), 3, "each greets, one after the other");
    await queue("Here I am.", "And I.");
    await composer(page).fill("Tom, where is Mira?");
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await eventually(async () => (await answers(page).count()) === 5, "both who were named have spoken");
    const last = await answered(page, 5);
    await last.getByText("And I.").waitFor();
    await last.getByText("Mira", { exact: true }).waitFor();
    await answers(page).nth(3).getByText("Tom", { exact: true }).waitFor();
    await assertAccessible(page, `a group (${theme}, ${viewport.width} px)`);
    if (viewport === DESKTOP) await screenshot(page, "group");
    await window.close();
  }
});

test("who speaks next is shown, chosen, muted, stopped, and outlives the program", async () => {
  const conversation = await familiar.api("POST", "/api/conversations", {});
  const members = ["Mira", "Tom", "Nera"].map((name) => ({ persona_id: ids[name] }));
  await familiar.api("PUT", `/api/conversations/${conversation.id}/group`, { members, policy: "manual" });
  const window = await openWindow(browser, { allowed: [/ERR_CONNECTION|Failed to load resource/] });
  const { page } = window;
  await page.goto(`${familiar.url}/c/${conversation.id}`);
  await bar(page).getByText("You choose who speaks.").waitFor();
  await say(page, "Who begins?");
  await page.locator("article.turn-user").getByText("Who begins?").waitFor();
  await queue("I begin.");
  await bar(page).getByRole("button", { name: "Let Nera speak" }).click();
  await (await answered(page, 4)).getByText("I begin.").waitFor();
  await bar(page).getByRole("button", { name: "Tom speaks next" }).click();
  await bar(page).getByText("Next: Tom (was chosen)").waitFor();
  await bar(page).getByRole("button", { name: "Mute Mira" }).click();
  await bar(page).getByRole("button", { name: "Let Mira take part again" }).waitFor();
  await assertAccessible(page, "a group in which somebody is muted");

  await familiar.restart("SIGKILL");
  await page.goto(`${familiar.url}/c/${conversation.id}`);
  await bar(page).getByText("Next: Tom (was chosen)").waitFor();
  await queue("Still here.");
  await bar(page).getByRole("button", { name: "Go on" }).click();
  const after = await answered(page, 5);
  await after.getByText("Still here.").waitFor();
  await after.getByText("Tom", { exact: true }).waitFor();

  // By themselves, up to the bound.
  await page.getByRole("button", { name: /^Change the group/ }).click();
  const dialog = page.getByRole("dialog", { name: "Talk with several" });
  await dialog.getByLabel("Who speaks").selectOption("list");
  await dialog.getByRole("slider", { name: "Answers they give by themselves afterwards" }).fill("2");
  await queue("one", "two", "three", "four");
  await dialog.getByRole("button", { name: "Save the group" }).click();
  await dialog.waitFor({ state: "detached" });
  await say(page, "Talk among yourselves.");
  // Mira is muted: two answer, and two more come by themselves.
  await eventually(async () => (await answers(page).count()) === 9, "four answers came");
  await answered(page, 9);
  await page.getByRole("button", { name: /^Change the group/ }).click();
  await page.getByRole("button", { name: "End the group" }).click();
  await bar(page).waitFor({ state: "detached" });
  await window.close();
});

test("feelings are off, are switched on, move by what is said, and are taken back", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(`${familiar.url}/personas/${ids.Mira}`);
  await page.getByRole("tab", { name: "Feelings" }).click();
  const on = page.getByRole("switch", { name: "They feel something" });
  assert.equal(await on.isChecked(), false, "off by default");
  await assertAccessible(page, "feelings that are off");
  await on.click();
  await page.getByText("Nothing is felt yet. Talk with them.").waitFor();
  const feelings = () => familiar.api("GET", `/api/personas/${ids.Mira}/feelings`);
  // It is shown at once and kept a moment later.
  await eventually(async () => (await feelings()).temper.on, "feelings are on");
  const conversation = await familiar.api("POST", "/api/conversations", { cast: { persona_id: ids.Mira } });
  await queue("You are welcome.");
  await page.goto(`${familiar.url}/c/${conversation.id}`);
  await composer(page).waitFor();
  await say(page, "Thank you, I trust you. You are brilliant!");
  await (await answered(page, 2)).getByText("You are welcome.").waitFor();
  // Nobody waits for it: the answer is there before.
  await eventually(async () => (await feelings()).relations.length === 1, "something is felt");
  await window.close();
  for (const { viewport, theme } of WINDOWS) {
    const other = await openWindow(browser, { viewport, theme, touch: viewport === PHONE });
    const shown = other.page;
    await shown.goto(`${familiar.url}/personas/${ids.Mira}`);
    await shown.getByRole("tab", { name: "Feelings" }).click();
    await shown.getByRole("img", { name: /^Mira and 1 relationship/ }).waitFor();
    await shown.getByRole("row", { name: /User/ }).waitFor();
    await assertAccessible(shown, `feelings (${theme}, ${viewport.width} px)`);
    if (viewport === DESKTOP) await screenshot(shown, "feelings");
    const entry = shown.getByRole("button", { name: /^Take back: trust/ });
    await entry.focus();
    await shown.keyboard.press("Enter");
    await shown.getByRole("button", { name: /^Let it count: trust/ }).waitFor();
    const felt = async () => (await feelings()).relations[0].bond.values;
    await becomes(async () => (await felt()).trust, 0, "taken back, it leaves no trace");
    await shown.getByRole("button", { name: /^Let it count: trust/ }).click();
    await eventually(async () => (await felt()).trust > 0, "and it counts again");
    await other.close();
  }
});

test("a check asks, marks, and is compared with the one before", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(`${familiar.url}/personas/${ids.Tom}`);
  await page.getByRole("tab", { name: "Check" }).click();
  await page.getByText("They have not been asked yet.").waitFor();
  await page.getByText(/^Questions \(5\)$/).waitFor();
  await queue("I am Tom.", "No, I am Tom.", "Never.", "I would never lie.", "Patient, they say.");
  await page.getByRole("button", { name: "Ask them" }).click();
  await page.getByText("Score 100 %").waitFor();
  await queue("I am Tom.", "As an AI language model I can drop it.", "Yes.", "With pleasure.", "Patient, they say.");
  await page.getByRole("button", { name: "Ask them" }).click();
  await page.getByText(/worse than the run before/).waitFor();
  await page
    .getByText(/fell out of character|drop the act/i)
    .first()
    .click();
  await page
    .getByText(/fell out of character: “language model”|fell out of character/)
    .first()
    .waitFor();
  await assertAccessible(page, "a check");
  await screenshot(page, "check");
  await page.getByText(/^Questions \(5\)$/).click();
  await page.getByRole("button", { name: "Add a question" }).click();
  await page.getByText("Question 6", { exact: true }).first().click();
  await page.getByRole("textbox", { name: "Question 6" }).fill("What burns in the tower?");
  await page.getByRole("button", { name: "Save the questions" }).click();
  await page.getByText("Your own questions.").waitFor();
  await assertAccessible(page, "questions of one's own");
  const kept = await familiar.api("GET", `/api/personas/${ids.Tom}/questions`);
  assert.deepEqual([kept.own, kept.questions.length, kept.questions[5].ask], [true, 6, "What burns in the tower?"]);
  await window.close();
});

test("a template is taken, everything goes out as one archive, and the archive comes in", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(`${familiar.url}/personas`);
  await page.getByRole("button", { name: "From a template" }).click();
  const dialog = page.getByRole("dialog", { name: "Begin with a template" });
  await dialog.getByText("Berta Hollow").waitFor();
  await assertAccessible(page, "templates");
  await dialog.getByRole("button", { name: /Berta Hollow/ }).press("Enter");
  await page.getByRole("heading", { name: "Berta Hollow", level: 1 }).waitFor();
  const saving = page.waitForEvent("download");
  await page.getByRole("button", { name: "Commands for Berta Hollow" }).click();
  await page.getByRole("menuitem", { name: "Share as a file" }).click();
  assert.equal((await saving).suggestedFilename(), "Berta Hollow.png");

  await page.goto(`${familiar.url}/personas`);
  await page.getByRole("button", { name: "Export all" }).click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("menuitem", { name: "Export all: Card V3 (JSON)" }).click(),
  ]);
  assert.equal(download.suggestedFilename(), "personas.zip");
  const archive = await readFile(await download.path());
  for (const { id } of (await familiar.api("GET", "/api/personas?limit=200")).personas)
    await familiar.api("DELETE", `/api/personas/${id}`);
  await page.reload();
  await page.getByRole("heading", { name: "Nobody here yet" }).waitFor();
  await page.getByRole("button", { name: "Import" }).first().click();
  const importing = page.getByRole("dialog", { name: "Import cards" });
  const file = { name: "personas.zip", mimeType: "application/zip", buffer: archive };
  await importing.getByLabel("Choose files").setInputFiles([file]);
  await importing.getByText("Berta Hollow (v3)").waitFor();
  await importing.getByRole("button", { name: "Take in 4 personas" }).click();
  await page.getByRole("link", { name: /Berta Hollow/ }).waitFor();
  await becomes(async () => (await familiar.api("GET", "/api/personas")).personas.length, 4, "all of them are here");
  await window.close();
});
