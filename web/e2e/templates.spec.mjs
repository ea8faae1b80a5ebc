/** Prompt templates: written with a live preview, kept with versions, used from the composer, taken in and out as files. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { assertAccessible, becomes, eventually, launch, openWindow, PHONE } from "./support/browser.mjs";
import { startFamiliar, startUpstream } from "./support/familiar.mjs";
import { answered, composer } from "./support/page.mjs";

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

const box = (page, name) => page.getByRole("textbox", { name, exact: true });
const preview = (page) => page.getByRole("region", { name: "How it is used" });
const rendered = (page) => page.getByLabel("What becomes of it");
const options = (page) => page.getByRole("listbox", { name: "What can be picked" }).getByRole("option");
const SUM =
  'Sum up in {{count | number:min=1:max=9:default=3:label="Sentences"}} sentences for {{who | select:options=["children","experts"]:required}}:\n\n{{text | textarea:required}}';

test("a template is written while what becomes of it is shown, and every saving is a version", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(`${familiar.url}/templates`);
  await page.getByText("No templates yet").waitFor();
  await assertAccessible(page, "no templates");
  await page.getByRole("button", { name: "New template" }).first().click();
  await box(page, "Title").fill("Sum up");
  await box(page, "Command").fill("summarise");
  await page.getByRole("combobox", { name: "Category" }).fill("Reading");
  await box(page, "Text").fill("Sum up:\n{{text of it}}");
  await preview(page).getByText("Line 2, column 3").waitFor();
  await assertAccessible(page, "a template with a mistake");
  await box(page, "Text").fill(SUM);
  await preview(page).getByRole("textbox", { name: "text" }).fill("A long story.");
  await preview(page).getByRole("spinbutton", { name: "Sentences" }).fill("12");
  await preview(page).getByText("it is from 1 to 9").waitFor();
  await preview(page).getByRole("spinbutton", { name: "Sentences" }).fill("2");
  await preview(page).getByRole("combobox", { name: "who" }).selectOption("experts");
  await eventually(
    async () => (await rendered(page).textContent()) === "Sum up in 2 sentences for experts:\n\nA long story.",
    "the preview follows",
  );
  await box(page, "Text").evaluate((field) => (field.dataset.form = "new"));
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Saved as version 1").waitFor();
  await page.waitForURL(/\/templates\/(?!new)/);
  // The address changes before the form does, and what is written in the form that goes is not in the one that comes.
  await eventually(
    () => box(page, "Text").evaluate((field) => field.dataset.form === undefined),
    "the form of the template that is kept is there",
  );
  await box(page, "Text").fill(SUM.replace("Sum up", "Please sum up"));
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Saved as version 2").waitFor();
  await page.getByRole("button", { name: "Versions" }).click();
  await page.getByRole("button", { name: "Compare with version 1" }).click();
  await page.getByRole("region", { name: "Since version 1" }).locator("ins").first().waitFor();
  await assertAccessible(page, "versions of a template");
  await page.getByRole("button", { name: "Go back to version 1" }).click();
  await page.getByText("It is as it was in version 1").waitFor();
  await becomes(() => box(page, "Text").inputValue(), SUM, "the words are those of version 1");
  await window.close();
});

test("a command in the composer asks for what is needed, and the words land in the message", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(familiar.url);
  await composer(page).pressSequentially("/summ");
  await eventually(
    async () => (await options(page).count()) >= 1 && /\/summarise/.test(await options(page).first().textContent()),
    "the template is offered",
  );
  await page.keyboard.press("Enter");
  const form = page.getByRole("dialog", { name: "Sum up" });
  await form.waitFor();
  await assertAccessible(page, "the form of a template");
  await form.getByRole("button", { name: "Put into the message" }).click();
  await form.getByText("it has to be given").waitFor();
  await form.getByRole("textbox", { name: "text" }).fill("The {{story}}.");
  await form.getByRole("button", { name: "Put into the message" }).click();
  await form.waitFor({ state: "detached" });
  await eventually(
    async () => (await composer(page).inputValue()) === "Sum up in 3 sentences for children:\n\nThe {{story}}.",
    "the words are in the message",
  );
  await upstream.script({ queue: [{ parts: [{ text: "Summed up." }] }] });
  await page.keyboard.press("Enter");
  await answered(page, 1);
  const { requests } = await upstream.report();
  assert.match(JSON.stringify(requests.at(-1).body.messages.at(-1)), /3 sentences for children/);
  await window.close();
});

test("a template that asks for nothing is put in at once", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  const body = { title: "Today", command: "today", text: "It is {{CURRENT_DATE}}." };
  await familiar.api("POST", "/api/templates", body);
  await page.goto(familiar.url);
  await composer(page).pressSequentially("/today");
  await eventually(
    async () => (await options(page).count()) >= 1 && /\/today/.test(await options(page).first().textContent()),
    "the template is offered",
  );
  await page.keyboard.press("Enter");
  await eventually(
    async () => /^It is \d{4}-\d\d-\d\d\.$/.test(await composer(page).inputValue()),
    "the day is put in",
  );
  await window.close();
});

test("templates go out as a file and come in from Open WebUI, also on a phone in the dark", async () => {
  const window = await openWindow(browser, { viewport: PHONE, touch: true, theme: "dark" });
  const { page } = window;
  await page.goto(`${familiar.url}/templates`);
  await page.getByRole("link", { name: /Sum up/ }).waitFor();
  await assertAccessible(page, "templates on a phone");
  await page.getByRole("button", { name: "Save all as a file" }).click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("menuitem", { name: "As Familiar's own file" }).click(),
  ]);
  const file = JSON.parse(await readFile(await download.path(), "utf8"));
  assert.deepEqual(
    file.templates.map((template) => template.command),
    ["summarise", "today"],
  );
  await page.getByRole("button", { name: "Import" }).click();
  const theirs = [
    { command: "/blog", user_id: "u", title: "Blog", content: "Write about {{topic}}", timestamp: 1 },
    { command: "/broken", user_id: "u", title: "Broken", content: "{{", timestamp: 1 },
  ];
  await page
    .getByLabel("Choose a file")
    .last()
    .setInputFiles({ name: "prompts.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(theirs)) });
  await page.getByText("not possible").waitFor();
  await assertAccessible(page, "what would come of a file");
  await page.getByRole("button", { name: "Import 1 template" }).click();
  await page.getByText("1 template imported").waitFor();
  await page.getByRole("link", { name: /Blog/ }).waitFor();
  await page.getByRole("button", { name: "What can be done with “Blog”" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByText("“Blog” is deleted").waitFor();
  await page.getByRole("link", { name: /Blog/ }).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("link", { name: /Blog/ }).click();
  await box(page, "Text").waitFor();
  await assertAccessible(page, "the editor on a phone");
  await window.close();
});
