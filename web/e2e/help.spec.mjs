/** The handbook on the page: found by keys, command and link, searched, read, and left again. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, becomes, DESKTOP, eventually, launch, openWindow, PHONE } from "./support/browser.mjs";
import { startFamiliar, startUpstream } from "./support/familiar.mjs";
import { composer } from "./support/page.mjs";

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

const search = (page) => page.getByRole("searchbox", { name: "Search the handbook" });
const focused = (page) => page.evaluate(() => document.activeElement?.textContent?.trim());

test("F1 opens what the handbook says of the screen, links and the address lead on, Escape leads back", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(`${familiar.url}/memory`);
  await page.getByRole("heading", { name: "Memory", level: 1 }).waitFor();
  // A button that comes later may stand before it.
  await eventually(async () => (await page.locator("main .skeleton").count()) === 0, "the memory is loaded");
  const opener = page.locator("main").getByRole("button").first();
  await opener.focus();
  await page.keyboard.press("F1");
  const panel = page.getByRole("dialog", { name: "Help" });
  await panel.getByRole("heading", { name: "Memory", level: 2 }).waitFor();
  await panel.getByRole("article").getByRole("link", { name: "configuration" }).first().press("Enter");
  await panel.getByRole("heading", { name: "Configuration", level: 2 }).waitFor();
  await eventually(async () => (await focused(page)) === "Configuration", "the focus is where the link led");
  await page.keyboard.press("Escape");
  await panel.waitFor({ state: "detached" });
  await eventually(() => opener.evaluate((had) => document.activeElement === had), "the focus comes back");

  await page.keyboard.press("F1");
  await panel.getByRole("button", { name: "Open as a page" }).click();
  await page.waitForURL(/\/help\?page=memory/);
  await page.getByRole("heading", { name: "Help", level: 1 }).waitFor();
  await page
    .getByRole("navigation", { name: "Pages of the handbook" })
    .getByRole("link", { name: "What's new" })
    .click();
  await page.waitForURL(/page=whats-new/);
  await page.getByText(/^This is Familiar \d/).waitFor();
  await page.goBack();
  await page.getByRole("article").getByRole("heading", { name: "Memory", level: 2 }).waitFor();
  await page.goto(`${familiar.url}/help?page=chat&section=templates`);
  await eventually(
    () =>
      page
        .getByRole("heading", { name: "Templates", exact: true })
        .evaluate((heading) => heading.getBoundingClientRect().top < innerHeight),
    "the heading is in sight",
  );
  await page.goto(`${familiar.url}/help?page=nowhere`);
  await page.getByText("The handbook has no page “nowhere”.").waitFor();
  await window.close();
});

test("it is searched by keys alone, and says when nothing is found", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(familiar.url);
  // As a command of the composer.
  await composer(page).pressSequentially("/help");
  await page.getByRole("option", { name: /Help/ }).first().waitFor();
  await page.keyboard.press("Enter");
  const panel = page.getByRole("dialog", { name: "Help" });
  await panel.getByRole("heading", { name: "Conversations", level: 2 }).waitFor();
  await search(panel).fill("revoke key");
  const hits = panel.getByRole("region", { name: "What was found in the handbook" });
  await hits.getByRole("link", { name: /Revoke a key/ }).waitFor();
  assert.match(await hits.locator("mark").first().textContent(), /revoke|key/i);
  await search(panel).press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  const inField = () => search(panel).evaluate((field) => document.activeElement === field);
  await eventually(inField, "back in the field");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await panel.getByRole("article").getByRole("heading", { name: "Revoke a key", level: 3 }).waitFor();
  await becomes(() => search(panel).inputValue(), "", "the search is over");
  await search(panel).fill("xyzzy");
  await panel.getByRole("heading", { name: "The handbook says nothing of “xyzzy”." }).waitFor();
  await panel.getByRole("button", { name: "Clear the search" }).click();
  await eventually(inField, "the field has the focus");
  await panel.getByRole("button", { name: /^Keyboard shortcuts/ }).click();
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
  await window.close();
});

test("without an answer it says so, and tries again", async () => {
  const window = await openWindow(browser, { allowed: [/status of 500/] });
  const { page } = window;
  let broken = true;
  await page.route("**/api/help", (route) =>
    broken
      ? route.fulfill({ status: 500, json: { title: "Broken", status: 500, detail: "broken" } })
      : route.continue(),
  );
  await page.goto(`${familiar.url}/help`);
  const again = page.getByRole("button", { name: "Try again" });
  await again.waitFor();
  broken = false;
  await again.click();
  await page.getByRole("article").getByRole("heading", { name: "Getting started", level: 2 }).waitFor();
  await window.close();
});

for (const theme of ["light", "dark"]) {
  for (const viewport of [DESKTOP, PHONE]) {
    test(`every page of it is clean: ${theme}, ${viewport.width} px`, async () => {
      const window = await openWindow(browser, { viewport, theme, touch: viewport === PHONE });
      const { page } = window;
      for (const name of ["getting-started", "chat", "translation", "whats-new"]) {
        await page.goto(`${familiar.url}/help?page=${name}`);
        await page.getByRole("article").waitFor();
        assert.ok(
          (await page.evaluate(() => document.documentElement.scrollWidth)) <= viewport.width,
          `${name} is wider than the screen`,
        );
        await assertAccessible(page, `${name} (${theme}, ${viewport.width} px)`);
      }
      await search(page).fill("key");
      await page.getByRole("region", { name: "What was found in the handbook" }).waitFor();
      await assertAccessible(page, `what is found (${theme}, ${viewport.width} px)`);
      await window.close();
    });
  }
}
