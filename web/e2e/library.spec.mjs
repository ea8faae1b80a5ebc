/** Searching the library: what is made of words is shown, switched off and on, and one's own synonyms are kept. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, becomes, DESKTOP, launch, openWindow, PHONE, screenshot } from "./support/browser.mjs";
import { startFamiliar } from "./support/familiar.mjs";

let browser;
let familiar;

before(async () => {
  browser = await launch();
  familiar = await startFamiliar();
  const form = new FormData();
  const rules =
    "# Rules\n\n## Experience Points\n\nExperience points say how far one has come.\n\n## Cataclysm\n\nA bright streak.";
  form.append("file", new Blob([rules]), "rules.md");
  const response = await fetch(`${familiar.url}/api/library/documents`, { method: "POST", body: form });
  assert.equal(response.status, 201);
  await familiar.handbookIsRead();
  await becomes(
    async () => (await familiar.api("GET", "/api/library/documents?status=ready&q=rules.md")).total,
    1,
    "the rules are in the library",
  );
});
after(async () => {
  await browser?.close();
  await familiar?.stop();
});

const search = (page) => page.getByRole("searchbox", { name: "Search in all documents" });
const hit = (page) => page.locator(".hit", { hasText: "how far one has come" });

test("a synonym and a correction are shown, switched off, and on again", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(`${familiar.url}/library`);
  await search(page).fill("XP");
  const synonym = page.getByRole("button", { name: "“XP”, also as experience points" });
  await synonym.and(page.locator("[aria-pressed=true]")).waitFor();
  await hit(page).waitFor();
  await assertAccessible(page, "a synonym");
  await synonym.press("Enter");
  await synonym.and(page.locator("[aria-pressed=false]")).waitFor();
  await page.getByText("Nothing found for “XP”").waitFor();
  await assertAccessible(page, "a synonym that is switched off");
  await synonym.press("Enter");
  await hit(page).waitFor();
  await search(page).fill("catacylsm");
  const correction = page.getByRole("button", { name: "“catacylsm” taken for cataclysm" });
  await correction.and(page.locator("[aria-pressed=true]")).waitFor();
  await page.locator(".hit", { hasText: "A bright streak" }).waitFor();
  await correction.click();
  await page.getByText("Nothing found for “catacylsm”").waitFor();
  await window.close();
});

test("synonyms of one's own are refused with their line, and kept", async () => {
  const window = await openWindow(browser, { allowed: [/status of 422/] });
  const { page } = window;
  await page.goto(`${familiar.url}/library?q=LP`);
  await page.getByText("Nothing found for “LP”").waitFor();
  await page.getByRole("button", { name: "Synonyms", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Synonyms" });
  const own = dialog.getByLabel("Words that mean the same");
  await own.fill("lp");
  await dialog.getByRole("button", { name: "Save", exact: true }).click();
  await dialog.getByText(/line 1/).waitFor();
  await own.fill("lp, experience points");
  await assertAccessible(page, "synonyms of one's own");
  await dialog.getByRole("button", { name: "Save", exact: true }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "“LP”, also as experience points" }).waitFor();
  await hit(page).waitFor();
  assert.equal((await familiar.api("GET", "/api/library/synonyms")).own, "lp, experience points");
  await window.close();
});

for (const theme of ["light", "dark"]) {
  for (const viewport of [DESKTOP, PHONE]) {
    test(`chips and synonyms look right: ${theme}, ${viewport.width} px`, async () => {
      const window = await openWindow(browser, { viewport, theme, touch: viewport === PHONE });
      const { page } = window;
      await page.goto(`${familiar.url}/library?q=${encodeURIComponent("XP of a catacylsm")}`);
      await page.getByRole("button", { name: "“catacylsm” taken for cataclysm" }).click();
      await page.getByRole("button", { pressed: false, name: "“catacylsm” taken for cataclysm" }).waitFor();
      await hit(page).waitFor();
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= viewport.width);
      await assertAccessible(page, `chips (${theme}, ${viewport.width} px)`);
      await screenshot(page, `library-chips-${theme}-${viewport.width}`);
      await page.getByRole("button", { name: "Synonyms", exact: true }).click();
      await page.getByRole("dialog", { name: "Synonyms" }).getByLabel("Words that mean the same").waitFor();
      await assertAccessible(page, `synonyms (${theme}, ${viewport.width} px)`);
      await screenshot(page, `library-synonyms-${theme}-${viewport.width}`);
      await window.close();
    });
  }
}
