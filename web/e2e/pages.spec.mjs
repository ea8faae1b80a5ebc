/** Every screen in both themes at both sizes, the palette, the keyboard, and what the first load weighs. */
import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
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
import { answered, composer } from "./support/page.mjs";

const DIST = resolve(import.meta.dirname, "../dist");
let browser;
let familiar;
let upstream;
let conversation;

before(async () => {
  [browser, familiar, upstream] = await Promise.all([launch(), startFamiliar(), startUpstream()]);
  await familiar.useUpstream(upstream);
  // While it is read, the page asks for more than it does otherwise.
  await familiar.handbookIsRead();
  const made = await familiar.api("POST", "/api/conversations", { model: "openai/gpt-4o-mini" });
  await familiar.api("POST", `/api/conversations/${made.id}/turns`, { text: "A question for every screen" });
  await eventually(
    async () =>
      (await familiar.api("GET", `/api/conversations/${made.id}/messages`)).messages.at(-1).status === "complete",
    "the answer is there",
  );
  conversation = `/c/${made.id}`;
});
after(async () => {
  await browser?.close();
  await familiar?.stop();
  await upstream?.stop();
});

const routes = () => [
  "/",
  conversation,
  "/library",
  "/library?q=provider",
  "/models",
  "/money",
  "/experiments",
  "/help",
  "/settings/general",
  "/settings/providers",
  "/settings/tools",
  "/settings/appearance",
  "/settings/advanced",
  "/nowhere/at/all",
  "/c/unknown",
];

for (const theme of ["light", "dark"]) {
  for (const viewport of [DESKTOP, PHONE]) {
    test(`axe finds nothing: ${theme}, ${viewport.width} px`, async () => {
      const window = await openWindow(browser, {
        viewport,
        theme,
        touch: viewport === PHONE,
        allowed: [/status of 404/],
      });
      const { page } = window;
      for (const route of routes()) {
        await page.goto(`${familiar.url}${route}`);
        await page.locator("main h1, main h2").first().waitFor({ state: "attached" });
        await eventually(async () => (await page.locator(".skeleton").count()) === 0, `${route} has loaded`);
        assert.equal(await page.locator("html").getAttribute("data-theme"), theme);
        assert.ok(
          (await page.evaluate(() => document.documentElement.scrollWidth)) <= viewport.width,
          `${route} is wider than the screen`,
        );
        await assertAccessible(page, `${route} (${theme}, ${viewport.width} px)`);
      }
      await page.goto(`${familiar.url}/models`);
      await page.getByRole("heading", { name: "Models" }).waitFor();
      await page.keyboard.press("Control+k");
      await page.getByRole("combobox", { name: "Command palette" }).waitFor();
      await assertAccessible(page, `the palette (${theme}, ${viewport.width} px)`);
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await page.keyboard.press("?");
      await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
      await assertAccessible(page, `the shortcuts (${theme}, ${viewport.width} px)`);
      await window.close();
    });
  }
}

test("a chosen theme is kept, and stands before the first paint", async () => {
  const window = await openWindow(browser, { theme: "light" });
  const { page } = window;
  await page.goto(`${familiar.url}/settings/appearance`);
  await page.getByRole("radio", { name: "Dark" }).click();
  await eventually(async () => (await page.locator("html").getAttribute("data-theme")) === "dark", "dark at once");
  await eventually(async () => (await familiar.api("GET", "/api/settings")).theme === "dark", "kept on the server");
  await screenshot(page, "settings-dark");
  const rootSize = () => page.evaluate(() => getComputedStyle(document.documentElement).fontSize);
  await page.getByRole("radio", { name: "Larger", exact: true }).click();
  await eventually(async () => (await rootSize()) === "20px", "all is larger at once");
  await eventually(async () => (await familiar.api("GET", "/api/settings")).text_size === "larger", "kept, too");
  // Held back, so that nothing but the blocking script can have set it.
  await page.route(/\/assets\/.*\.js/, () => undefined);
  await page.reload({ waitUntil: "commit" });
  await eventually(
    async () => (await page.locator("html").getAttribute("data-theme")) === "dark",
    "dark before the page's own code",
  );
  await becomes(rootSize, "20px", "large before the page's own code");
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await page.getByText("no such text").waitFor({ state: "detached" });
  await familiar.api("PATCH", "/api/settings", { theme: "system" });
  await window.close();
  const phone = await openWindow(browser, { viewport: PHONE, touch: true, allowed: [/status of 404/] });
  for (const route of routes()) {
    await phone.page.goto(`${familiar.url}${route}`);
    await phone.page.locator("main h1, main h2").first().waitFor({ state: "attached" });
    await eventually(async () => (await phone.page.locator(".skeleton").count()) === 0, `${route} has loaded`);
    assert.ok(
      (await phone.page.evaluate(() => document.documentElement.scrollWidth)) <= PHONE.width,
      `${route} is wider than the screen where all is larger`,
    );
  }
  await familiar.api("PATCH", "/api/settings", { text_size: "normal" });
  await phone.close();
});

test("the palette finds commands and conversations", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(familiar.url);
  await composer(page).focus();
  await page.keyboard.press("Control+k");
  const field = page.getByRole("combobox", { name: "Command palette" });
  await field.fill("mon");
  await page.getByRole("option", { name: /Money/ }).waitFor();
  await screenshot(page, "palette");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/money/);
  await page.keyboard.press("Control+k");
  await field.fill("every screen");
  await page.getByRole("option", { name: /A question for every screen/ }).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/c\//);
  await window.close();
});

test("everything can be done with the keyboard alone", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(`${familiar.url}/money`);
  await page.getByRole("heading", { name: "Money", level: 1 }).waitFor();
  await page.keyboard.press("Tab");
  await becomes(
    () => page.evaluate(() => document.activeElement?.textContent),
    "Skip to the content",
    "the first Tab leads over what every page has",
  );
  await page.keyboard.press("n");
  await composer(page).waitFor();
  await eventually(
    () => composer(page).evaluate((field) => field === document.activeElement),
    "the field has the focus",
  );
  // While typing, letters are letters.
  await page.keyboard.type("n, a question?");
  await becomes(() => composer(page).inputValue(), "n, a question?", "letters are letters");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/c\//);
  await answered(page);
  await eventually(
    () => composer(page).evaluate((field) => field === document.activeElement),
    "the next question can be written at once",
  );
  await page.getByRole("button", { name: "Copy the answer" }).waitFor();
  // Backwards from the field to the answer's own buttons.
  const passed = [];
  while (passed.length < 12 && passed.at(-1) !== "Copy the answer") {
    await page.keyboard.press("Shift+Tab");
    passed.push(
      await page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.tagName),
    );
  }
  assert.equal(passed.at(-1), "Copy the answer", `Tab leads over ${passed.join(", ")}`);
  await page.keyboard.press("/");
  await eventually(
    () => page.evaluate(() => document.activeElement?.id === "conversation-search"),
    "the search has the focus",
  );
  await page.evaluate(() => document.activeElement?.blur());
  await page.keyboard.press(",");
  await page.waitForURL(/\/settings\/general/);
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.keyboard.press("m");
  await page.waitForURL(/\/compare$/);
  await eventually(async () => (await page.title()) === "Compare · Familiar", "the window is named after the screen");
  await page.goto(`${familiar.url}${conversation}`);
  await eventually(
    async () => (await page.title()).startsWith("A question for every screen"),
    "the window is named after the conversation",
  );
  await window.close();
});

test("the first load stays within its weight", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  const seen = [];
  page.on("request", (request) => seen.push(new URL(request.url()).pathname));
  await page.goto(familiar.url);
  await composer(page).waitFor();
  await page.waitForLoadState("load");
  await new Promise((done) => setTimeout(done, 500));
  const weight = (path) => {
    const file = join(DIST, path);
    return statSync(existsSync(`${file}.br`) ? `${file}.br` : file).size;
  };
  const scripts = seen.filter((path) => path.endsWith(".js"));
  const bytes = scripts.reduce((sum, path) => sum + weight(path), 0);
  const calls = seen.filter((path) => path.startsWith("/api/"));
  process.stdout.write(
    `# first load: ${seen.length} requests, ${scripts.length} scripts of ${bytes} bytes, calls: ${calls.join(" ")}\n`,
  );
  assert.ok(bytes <= 250_000, `${bytes} bytes of compressed JavaScript`);
  assert.ok(seen.length <= 25, `${seen.length} requests: ${seen.join(" ")}`);
  // The list of models belongs to the route, the event stream is no call.
  const before = calls.filter((path) => !["/api/models", "/api/events"].includes(path));
  assert.ok(new Set(before).size <= 3 && before.length <= 3, `calls before the route's own: ${before.join(" ")}`);
  await window.close();
});

test("ten thousand messages keep the page small, and are fetched by the piece", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  const made = await familiar.api("POST", "/api/conversations", { title: "Long" });
  const message = (index) => ({
    id: `m${index}`,
    conversation_id: made.id,
    parent_id: index === 0 ? null : `m${index - 1}`,
    role: index % 2 === 0 ? "user" : "assistant",
    text: index % 2 === 0 ? `Question ${index}` : `Answer ${index} with **some** words.\n\n- one\n- two`,
    status: "complete",
    model: "openai/gpt-4o-mini",
    language_model: index % 2 === 1,
    created_at: new Date(0).toISOString(),
  });
  // Only the size is played; making so many real turns would take the test an hour.
  let sent = 0;
  await page.route(`**/api/conversations/${made.id}/messages?*`, (route) => {
    const query = new URL(route.request().url()).searchParams;
    const end = Number((query.get("before") ?? "m10000").slice(1));
    const from = Math.max(0, end - Number(query.get("limit")));
    sent += end - from;
    return route.fulfill({
      json: {
        messages: Array.from({ length: end - from }, (_, index) => message(from + index)),
        leaf_id: "m9999",
        end_id: `m${end - 1}`,
      },
    });
  });
  await page.goto(`${familiar.url}/c/${made.id}`);
  await page.getByText("Answer 9999 with").waitFor();
  assert.ok(sent <= 120, `${sent} messages fetched`);
  const elements = () => page.evaluate(() => document.querySelectorAll("*").length);
  assert.ok((await elements()) < 4_000, `${await elements()} elements`);
  const thread = page.getByRole("region", { name: "Conversation", exact: true });
  await thread.hover();
  await eventually(async () => {
    await page.mouse.wheel(0, -2_500);
    return sent >= 300;
  }, "more is fetched by scrolling");
  assert.ok((await elements()) < 4_000, `${await elements()} elements after scrolling`);
  await composer(page).pressSequentially("typing stays possible");
  await becomes(() => composer(page).inputValue(), "typing stays possible", "every letter is there");
  await window.close();
});

test("the design page shows itself without a fault", async () => {
  for (const viewport of [DESKTOP, PHONE])
    for (const theme of ["light", "dark"]) {
      const window = await openWindow(browser, { viewport, theme });
      const { page } = window;
      await page.goto(`${familiar.url}/design`);
      await page.getByRole("heading", { name: "Design", level: 1 }).waitFor();
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= viewport.width);
      await assertAccessible(page, `/design (${theme}, ${viewport.width} px)`);
      await window.close();
    }
});
