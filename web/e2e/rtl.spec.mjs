/** The page in Arabic: what a person does in it, which way it runs, and that what is written in another direction keeps its own. */
import assert from "node:assert/strict";
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
import { furnish } from "./support/furnish.mjs";
import { overlays, plainRoutes } from "./support/overlays.mjs";

let browser;
let familiar;
let upstream;
let made;

before(async () => {
  [browser, familiar, upstream] = await Promise.all([launch(), startFamiliar(), startUpstream()]);
  await familiar.useUpstream(upstream);
  made = await furnish(familiar, upstream);
});
after(async () => {
  await browser?.close();
  await familiar?.stop();
  await upstream?.stop();
});

/** A window of somebody whose browser speaks Arabic. */
async function arabicWindow(options = {}) {
  const window = await openWindow(browser, options);
  await window.page.addInitScript(() => localStorage.setItem("familiar.language", "ar"));
  await familiar.api("PATCH", "/api/settings", { language: "ar" });
  return window;
}
const root = (page) => page.evaluate(() => [document.documentElement.lang, document.documentElement.dir]);
const box = (locator) => locator.boundingBox();
const direction = (locator) => locator.evaluate((element) => getComputedStyle(element).direction);

test("Arabic is chosen in the settings, and stands before the first paint", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(`${familiar.url}/settings/appearance`);
  await page.getByRole("combobox", { name: "Language" }).selectOption({ label: "العربية" });
  await page.getByRole("combobox", { name: "اللغة" }).waitFor();
  await becomes(() => root(page), ["ar", "rtl"], "the page says which way it runs");
  await eventually(async () => (await familiar.api("GET", "/api/settings")).language === "ar", "kept on the server");
  await screenshot(page, "settings-arabic");
  // Held back, so that nothing but the blocking script can have set it.
  await page.route(/\/assets\/.*\.js/, () => undefined);
  await page.reload({ waitUntil: "commit" });
  await eventually(async () => (await root(page)).join() === "ar,rtl", "right to left before the page's own code");
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await window.close();
  // Where nothing is chosen the browser says so.
  await familiar.api("PATCH", "/api/settings", { language: "" });
  const context = await browser.newContext({ locale: "ar-EG", reducedMotion: "reduce" });
  const other = await context.newPage();
  await other.goto(familiar.url);
  await other.getByRole("textbox", { name: "الرسالة", exact: true }).waitFor();
  await becomes(() => root(other), ["ar", "rtl"], "the page says which way it runs");
  await context.close();
});

test("a conversation runs from right to left, and what is in it each its own way", async () => {
  const window = await arabicWindow();
  const { page } = window;
  await page.goto(familiar.url);
  const field = page.getByRole("textbox", { name: "الرسالة", exact: true });
  await field.waitFor();
  const [sidebar, main] = [await box(page.locator("aside.sidebar")), await box(page.locator("main"))];
  assert.ok(sidebar.x > main.x, "the sidebar stands at the right");
  await upstream.script({
    reset: true,
    models: ["gpt-4o-mini", "gpt-4o"],
    queue: [{ parts: [{ text: "The tower is `330 m` tall.\n\nوافتُتح عام 1889.\n\n```js\nlet x = 1;\n```" }] }],
  });
  await field.fill("كم يبلغ ارتفاع البرج؟");
  await field.press("Enter");
  const answer = page.locator('article.turn-answer[aria-busy="false"]');
  await answer.waitFor();
  const blocks = answer.locator(".markdown > div");
  assert.deepEqual(await Promise.all([0, 1].map((index) => direction(blocks.nth(index)))), ["ltr", "rtl"]);
  assert.equal(await direction(answer.locator(".code pre")), "ltr");
  assert.equal(await direction(page.locator("article.turn-user .said > div").first()), "rtl");
  // What is said stands at the end of the line, which is the left one.
  const [said, row] = [await box(page.locator(".said")), await box(page.locator(".thread-row").first())];
  assert.ok(said.x - row.x < row.x + row.width - (said.x + said.width), "what is said stands at the left");
  // The arrows lead where they point: the version before is to the right.
  await upstream.script({ queue: [{ parts: [{ text: "إجابة أخرى" }] }] });
  await page.getByRole("button", { name: "كتابة الإجابة من جديد" }).click();
  await answer.getByText("إجابة أخرى").waitFor();
  await answer.getByText("2 من 2").waitFor();
  await answer.focus();
  await page.keyboard.press("ArrowRight");
  await answer.getByText("1 من 2").waitFor();
  await answer.focus();
  await page.keyboard.press("ArrowLeft");
  await answer.getByText("2 من 2").waitFor();
  const [older, newer] = [
    await box(page.getByRole("button", { name: "النسخة السابقة" })),
    await box(page.getByRole("button", { name: "النسخة التالية" })),
  ];
  assert.ok(older.x > newer.x, "the version before stands to the right");
  assert.equal(
    await page
      .getByRole("button", { name: "النسخة السابقة" })
      .locator("svg")
      .evaluate((icon) => getComputedStyle(icon).scale),
    "-1 1",
  );
  await assertAccessible(page, "a conversation in Arabic");
  await screenshot(page, "conversation-arabic");
  await window.close();
});

test("an Arabic message reads its own way in the English page", async () => {
  await familiar.api("PATCH", "/api/settings", { language: "en" });
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(`${familiar.url}/c/${made.arabic}`);
  await page.locator("article.turn-answer").waitFor();
  assert.equal(await direction(page.locator("article.turn-user .said > div").first()), "rtl");
  assert.equal(await direction(page.locator(".turn-answer .markdown > div").first()), "rtl");
  const [list, mark] = [page.locator(".turn-answer ol"), page.locator(".turn-answer ol > li").first()];
  assert.equal(await direction(list), "rtl");
  assert.ok(
    (await box(mark)).x + (await box(mark)).width < (await box(list)).x + (await box(list)).width,
    "its numbers stand at the right",
  );
  const field = page.getByRole("textbox", { name: "Message", exact: true });
  assert.equal(await field.evaluate((element) => getComputedStyle(element).unicodeBidi), "plaintext");
  await window.close();
});

test("two are compared: columns from the right, widths and order by keys", async () => {
  const window = await arabicWindow();
  const { page } = window;
  await page.goto(`${familiar.url}/compare/${made.comparison}`);
  const heads = page.locator(".compare-head");
  await eventually(async () => (await heads.count()) === 2, "two columns");
  assert.ok((await box(heads.nth(0))).x > (await box(heads.nth(1))).x, "the first column stands at the right");
  const edge = page.getByRole("separator").first();
  const [grip, head] = [await box(edge), await box(heads.nth(0))];
  assert.ok(grip.x < head.x + head.width / 2, "a column is resized at its left edge");
  const width = async () => (await box(heads.nth(0))).width;
  const before = await width();
  await edge.press("ArrowLeft");
  await eventually(async () => (await width()) > before, "the arrow to the left makes it wider");
  const wider = await width();
  await edge.press("ArrowRight");
  await eventually(async () => (await width()) < wider, "the arrow to the right makes it narrower");
  await assertAccessible(page, "a comparison in Arabic");
  await window.close();
});

test("tabs and menus follow the arrows of the page", async () => {
  const window = await arabicWindow();
  const { page } = window;
  await page.goto(`${familiar.url}/experiments`);
  const tabs = page.getByRole("tab");
  await tabs.first().focus();
  await page.keyboard.press("ArrowLeft");
  await eventually(() => tabs.nth(1).evaluate((tab) => tab === document.activeElement), "the left arrow goes on");
  await page.keyboard.press("ArrowRight");
  await eventually(() => tabs.nth(0).evaluate((tab) => tab === document.activeElement), "the right arrow goes back");
  await window.close();
});

test("on a phone the drawer comes from the right, by the keyboard", async () => {
  const window = await arabicWindow({ viewport: PHONE, touch: true });
  const { page } = window;
  await page.goto(familiar.url);
  const opener = page.getByRole("button", { name: "فتح الشريط الجانبي" });
  await opener.focus();
  await page.keyboard.press("Enter");
  const drawer = page.getByRole("dialog", { name: "الشريط الجانبي" });
  await drawer.waitFor();
  const place = await box(drawer);
  assert.equal(Math.round(place.x + place.width), PHONE.width, "it stands at the right edge");
  await assertAccessible(page, "the drawer in Arabic");
  await page.keyboard.press("Escape");
  await drawer.waitFor({ state: "detached" });
  await eventually(() => opener.evaluate((button) => button === document.activeElement), "the focus is back");
  await window.close();
});

for (const viewport of [DESKTOP, PHONE]) {
  test(`no screen is wider than the window, and axe finds nothing: ${viewport.width} px`, async () => {
    const window = await arabicWindow({ viewport, touch: viewport === PHONE });
    const { page } = window;
    for (const route of [...overlays(made).map(([name]) => name), ...plainRoutes(made)]) {
      await page.goto(`${familiar.url}${route}`);
      await page.locator("main h1, main h2").first().waitFor({ state: "attached" });
      await eventually(
        async () => (await page.locator("main .skeleton:not(.design-states *)").count()) === 0,
        `${route} has loaded`,
      );
      const [width, start] = await page.evaluate(() => [document.documentElement.scrollWidth, window.scrollX]);
      assert.ok(width <= viewport.width && start === 0, `${route} is wider than the screen`);
      await assertAccessible(page, `${route} in Arabic`);
    }
    await window.close();
  });
}
