/** Conversations of other programs are taken over, and a conversation is saved as a file. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { assertAccessible, DESKTOP, launch, openWindow, PHONE } from "./support/browser.mjs";
import { startFamiliar } from "./support/familiar.mjs";
import { answers } from "./support/page.mjs";

const FIXTURES = fileURLToPath(new URL("../../crates/transcript/fixtures/", import.meta.url));
let browser;
let familiar;

before(async () => {
  [browser, familiar] = await Promise.all([launch(), startFamiliar()]);
});
after(async () => {
  await browser?.close();
  await familiar?.stop();
});

test("exports are looked at, taken over with their branches, and saved as a file", async () => {
  const window = await openWindow(browser, { viewport: DESKTOP, theme: "light" });
  const { page } = window;
  await page.goto(`${familiar.url}/settings/conversations`);
  const importing = page.getByRole("region", { name: "Take conversations over" });
  await importing.getByLabel("Files").setInputFiles([`${FIXTURES}claude.json`, `${FIXTURES}chatgpt.json`]);
  await importing.getByText("Claude: 2 conversations in claude.json").waitFor();
  await importing.getByText("1 cannot be read: Without id: it has no `uuid`").waitFor();
  await importing.getByText("left out: 1 file, 2 tool calls").waitFor();
  await assertAccessible(page, "what would come of an import");
  assert.equal((await familiar.api("GET", "/api/conversations")).conversations.length, 0, "nothing is kept yet");
  await importing.getByRole("button", { name: "Take 3 conversations over" }).press("Enter");
  await importing.getByText("Claude: 2 conversations in claude.json").waitFor();
  const row = page.getByRole("link", { name: "Lantern oil" });
  await row.click();
  await answers(page).getByText("Paraffin.").waitFor();
  // It is shown at once and kept a moment later; what is saved as a file is what is kept.
  await Promise.all([
    page.waitForResponse((response) => response.request().method() === "PATCH" && response.ok()),
    page.getByRole("button", { name: "Previous version" }).last().press("Enter"),
  ]);
  await answers(page).getByText("Olive oil.").waitFor();

  await page.getByRole("button", { name: "Commands for “Lantern oil”" }).click();
  await page.getByRole("menuitem", { name: "Save as a file" }).click();
  const dialog = page.getByRole("dialog", { name: "Save “Lantern oil”" });
  await assertAccessible(page, "the dialog that saves a conversation");
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    dialog.getByRole("button", { name: "Save" }).click(),
  ]);
  assert.equal(file.suggestedFilename(), "Lantern oil.md");
  assert.match(await readFile(await file.path(), "utf8"), /^# Lantern oil\n[^]*Olive oil\./);
  await dialog.waitFor({ state: "detached" });
  await window.close();
});

test("what is taken over can be ended", async () => {
  const window = await openWindow(browser, { viewport: DESKTOP, theme: "dark" });
  const { page } = window;
  await page.goto(`${familiar.url}/settings/conversations`);
  const importing = page.getByRole("region", { name: "Take conversations over" });
  // The server hears of it and never answers.
  await page.route("**/api/conversations/import?dry_run=false", () => {});
  await importing.getByLabel("Files").setInputFiles([`${FIXTURES}sillytavern.jsonl`]);
  await importing.getByRole("button", { name: "Take 1 conversation over" }).click();
  await importing.getByRole("progressbar", { name: "Taking over …" }).waitFor();
  await assertAccessible(page, "an import on its way");
  await importing.getByRole("button", { name: "Cancel" }).press("Enter");
  await importing.getByText("What had been taken over stays.").waitFor();
  await page.unroute("**/api/conversations/import?dry_run=false");
  await importing.getByRole("button", { name: "Take 1 conversation over" }).click();
  await importing.getByText("1 new").waitFor();
  await window.close();
});

test("on a phone a file that is no export says what to choose", async () => {
  const window = await openWindow(browser, { viewport: PHONE, theme: "dark", touch: true });
  const { page } = window;
  await page.goto(`${familiar.url}/settings/conversations`);
  const importing = page.getByRole("region", { name: "Take conversations over" });
  const nothing = { name: "notes.json", mimeType: "application/json", buffer: Buffer.from('{"a": 1}') };
  await importing.getByLabel("Files").setInputFiles([nothing]);
  await importing.getByText("this is no export of conversations that Familiar knows").waitFor();
  assert.ok(await importing.getByRole("button", { name: "Take 0 conversations over" }).isDisabled());
  await assertAccessible(page, "a file that is refused, on a phone");
  await window.close();
});
