/** Parameters: set with what is typed checked, told where they come from, sent only where they are taken, and kept as presets. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, eventually, launch, openWindow, PHONE, screenshot } from "./support/browser.mjs";
import { startFamiliar, startUpstream } from "./support/familiar.mjs";
import { answered, say } from "./support/page.mjs";

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

const words = (text) => ({ parts: [{ text }] });
const dialog = (page) => page.getByRole("dialog", { name: "Parameters" });
const field = (page, name) => dialog(page).getByRole("textbox", { name, exact: true });
const open = async (page) => {
  await page.getByRole("button", { name: /^Parameters: / }).click();
  await field(page, "Temperature").waitFor();
};
const close = async (page) => {
  await dialog(page).getByRole("button", { name: "Done" }).click();
  await dialog(page).waitFor({ state: "detached" });
};
const asked = async () => (await upstream.report()).requests.findLast((request) => request.path.includes("chat"))?.body;
const choose = async (page, item) => {
  await dialog(page).getByRole("button", { name: "What to do with presets" }).click();
  await page.getByRole("menuitem", { name: item }).click();
};
const named = async (page, name) => {
  await field(page, "Name of the preset").fill(name);
  await dialog(page).getByRole("button", { name: "Save", exact: true }).click();
};

test("what is set is checked while it is typed, is sent, and is told with the answer", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(familiar.url);
  await open(page);
  await field(page, "Temperature").fill("warm");
  await dialog(page).getByText("This is not a number.").waitFor();
  await field(page, "Temperature").fill("3");
  await dialog(page).getByText("From 0 to 2.").waitFor();
  await assertAccessible(page, "a parameter that cannot be");
  await field(page, "Temperature").fill("0,7");
  await dialog(page).getByText("Holds: 0.7, set in this conversation").waitFor();
  await field(page, "Stop at").fill("END\n\\nUser:");
  await field(page, "Instructions").fill("Answer in rhyme.");
  await screenshot(page, "parameters-light");
  // Top-k is nothing that this provider's format has.
  await dialog(page)
    .getByText(/that this model does not take/)
    .click();
  await field(page, "Top-k").fill("5");
  await dialog(page).getByText("This model does not take it; it is not sent.").waitFor();
  await close(page);
  await page.getByRole("button", { name: "Parameters: 4 settings" }).waitFor();
  await upstream.script({ queue: [words("So it rhymes.")] });
  await say(page, "hello");
  const answer = await answered(page, 1);
  const body = await asked();
  assert.equal(body.temperature, 0.7);
  assert.deepEqual(body.stop, ["END", "\nUser:"]);
  assert.equal(body.top_k, undefined);
  assert.match(JSON.stringify(body.messages[0]), /Answer in rhyme/);
  await answer.getByRole("button", { name: "Details" }).click();
  const details = page.getByRole("region", { name: "Sent with it" });
  await details.getByText("0.7, set in this conversation").waitFor();
  await details.getByText("Top-k", { exact: true }).waitFor();
  await assertAccessible(page, "what was sent with an answer");
  await page.keyboard.press("Escape");
  await page.reload();
  await page.getByRole("button", { name: "Parameters: 4 settings" }).waitFor();
  await window.close();
});

test("a preset is kept, used elsewhere, changed, renamed, deleted and brought back", async () => {
  const window = await openWindow(browser, { theme: "dark" });
  const { page } = window;
  await page.goto(familiar.url);
  await open(page);
  await field(page, "Temperature").fill("0.1");
  await choose(page, "Save as a new preset");
  await named(page, "Dry");
  await page.getByText("Saved as “Dry”").waitFor();
  await dialog(page).getByText("Holds: 0.1, from the preset").waitFor();
  await field(page, "Top-p").fill("0.5");
  await choose(page, "Keep these values in “Dry”");
  await dialog(page).getByText("Holds: 0.5, from the preset").waitFor();
  await choose(page, "Rename “Dry”");
  await named(page, "Very dry");
  await dialog(page).getByRole("combobox", { name: "Preset" }).getByText("Very dry").waitFor({ state: "attached" });
  await field(page, "Temperature").fill("0.4");
  await dialog(page).getByText("Holds: 0.4, set in this conversation").waitFor();
  await dialog(page).getByRole("button", { name: "Inherit Temperature again" }).click();
  await dialog(page).getByText("Holds: 0.1, from the preset").waitFor();
  await screenshot(page, "parameters-dark");
  await assertAccessible(page, "parameters with a preset, in the dark");
  await close(page);
  await page.getByRole("button", { name: "Parameters: Very dry" }).waitFor();
  await upstream.script({ queue: [words("Dry.")] });
  await say(page, "hello");
  await answered(page, 1);
  const body = await asked();
  assert.deepEqual([body.temperature, body.top_p], [0.1, 0.5]);
  await page.getByRole("button", { name: "Parameters: Very dry" }).waitFor();
  await open(page);
  await choose(page, "Delete “Very dry”");
  await dialog(page).getByText("Temperature").first().waitFor();
  await eventually(async () => (await familiar.api("GET", "/api/presets")).presets.length === 0, "the preset is gone");
  await page.getByRole("button", { name: "Undo" }).click({ force: true });
  await eventually(async () => (await familiar.api("GET", "/api/presets")).presets.length === 1, "the preset is back");
  await window.close();
});

test("what holds everywhere is inherited, also on a phone", async () => {
  const window = await openWindow(browser, { viewport: PHONE, touch: true });
  const { page } = window;
  await page.goto(familiar.url);
  await open(page);
  await dialog(page).getByRole("radio", { name: "All conversations" }).click();
  await field(page, "Most tokens").fill("321");
  await dialog(page).getByText("The account's instructions are in the settings.").waitFor();
  await assertAccessible(page, "parameters on a phone");
  await screenshot(page, "parameters-phone");
  await close(page);
  await eventually(
    async () => (await familiar.api("GET", "/api/settings")).parameters.max_tokens === 321,
    "the account has it",
  );
  await page.reload();
  await open(page);
  await dialog(page).getByText("Holds: 321, from your account").waitFor();
  await window.close();
});

test("what cannot be fetched is said, and fetched when asked again", async () => {
  const window = await openWindow(browser, { allowed: [/status of 500/] });
  const { page } = window;
  const refuse = (route) =>
    route.fulfill({
      status: 500,
      contentType: "application/problem+json",
      body: JSON.stringify({ detail: "the presets cannot be read", hint: "look at the log" }),
    });
  await page.route("**/api/presets", refuse);
  await page.goto(familiar.url);
  await page.getByRole("button", { name: /^Parameters: / }).click();
  await dialog(page).getByRole("alert").getByText("the presets cannot be read").waitFor();
  assert.equal(await dialog(page).getByRole("status").count(), 0, "nothing is waited for");
  await assertAccessible(page, "parameters that cannot be fetched");
  await page.unroute("**/api/presets", refuse);
  await dialog(page).getByRole("button", { name: "Try again" }).click();
  await field(page, "Temperature").waitFor();
  await window.close();
});
