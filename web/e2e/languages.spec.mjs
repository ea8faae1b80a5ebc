/** The page in other languages: chosen in the settings, kept, and following the browser where nothing is chosen. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, becomes, eventually, launch, openWindow } from "./support/browser.mjs";
import { startFamiliar, startUpstream } from "./support/familiar.mjs";

let browser;
let familiar;
let upstream;

before(async () => {
  [browser, familiar, upstream] = await Promise.all([launch(), startFamiliar(), startUpstream()]);
  await familiar.useUpstream(upstream);
});
after(async () => {
  await browser?.close();
  await familiar?.stop();
  await upstream?.stop();
});

const language = (page) => page.evaluate(() => document.documentElement.lang);

test("a language is chosen in the settings, and kept for every window", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  const loaded = [];
  page.on("request", (request) => loaded.push(new URL(request.url()).pathname));
  await page.goto(`${familiar.url}/settings/appearance`);
  await page.getByRole("combobox", { name: "Language" }).waitFor();
  assert.equal(
    loaded.filter((path) => /\/(de|es|zh|ar)-[\w-]+\.js$/.test(path)).length,
    0,
    "no language is loaded unasked",
  );
  await page.getByRole("combobox", { name: "Language" }).selectOption("de");
  await page.getByRole("combobox", { name: "Sprache" }).waitFor();
  await becomes(() => language(page), "de", "the page says which");
  await eventually(async () => (await familiar.api("GET", "/api/settings")).language === "de", "kept on the server");
  // A window that has never heard of it learns it from the server.
  const other = await openWindow(browser);
  await other.page.goto(familiar.url);
  await other.page.getByRole("textbox", { name: "Nachricht" }).waitFor();
  await assertAccessible(other.page, "the page in German");
  await other.close();
  await page.getByRole("combobox", { name: "Sprache" }).selectOption("");
  await page.getByRole("combobox", { name: "Language" }).waitFor();
  await eventually(async () => !(await familiar.api("GET", "/api/settings")).language, "nothing is chosen any more");
  await window.close();
});

test("where nothing is chosen the browser says which", async () => {
  const context = await browser.newContext({ locale: "es-MX", reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.goto(familiar.url);
  await page.getByRole("textbox", { name: "Mensaje" }).waitFor();
  await becomes(() => language(page), "es", "the page says which");
  await context.close();
});
