/** The sidebar with thousands of conversations: few rows in the page, all within reach of wheel and keys, ranges over pages. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, becomes, eventually, launch, openWindow, PHONE } from "./support/browser.mjs";
import { startFamiliar, startUpstream } from "./support/familiar.mjs";
import { addConversations } from "./support/many.mjs";

const COUNT = 5_000;
/** A window of rows and what is kept ready around it; of those that were fetched it is no part. */
const MOST_ROWS = 120;

let browser;
let familiar;
let upstream;

before(async () => {
  [browser, familiar, upstream] = await Promise.all([launch(), startFamiliar(), startUpstream()]);
  await familiar.useUpstream(upstream);
  const { id } = await familiar.api("POST", "/api/conversations", { title: "Latest" });
  addConversations(familiar.data, id, COUNT);
});
after(async () => {
  await browser?.close();
  await familiar?.stop();
  await upstream?.stop();
});

const sidebar = (page) => page.getByRole("navigation", { name: "Conversations" });
const rows = (page) => sidebar(page).locator(".conversation-row");
const link = (page, title) => sidebar(page).getByRole("link", { name: title, exact: true });
const scrollTo = (page, end) =>
  page.locator(".conversation-scroll").evaluate((area, down) => (area.scrollTop = down ? area.scrollHeight : 0), end);
/** Which row of how many it is. */
const place = (page, title) =>
  link(page, title).evaluate((element) => {
    const item = element.closest("li");
    return [item.ariaPosInSet, item.ariaSetSize].map(Number);
  });

/** Goes down until the last is there; answers how many rows were in the page at most. */
async function toEnd(page) {
  let [most, reached] = [0, 0];
  const further = async (before) => {
    await scrollTo(page, true);
    most = Math.max(most, await rows(page).count());
    reached = await rows(page)
      .last()
      .evaluate((row) => Number(row.closest("li").ariaPosInSet));
    return reached > before;
  };
  const atEnd = () => reached > COUNT;
  while (!atEnd()) {
    const before = reached;
    await eventually(() => further(before), `more than ${before} conversations are listed`);
  }
  return most;
}

test("of thousands only those near the window are in the page, and all can be reached", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  const asked = [];
  page.on("request", (request) => {
    if (new URL(request.url()).pathname === "/api/conversations") asked.push(request.url());
  });
  await page.goto(familiar.url);
  await link(page, "Latest").waitFor();
  assert.ok(asked.length <= 2, `${asked.length} requests for what is seen first`);
  assert.deepEqual(await place(page, "Latest"), [1, -1], "how many there are is not known yet");
  assert.ok((await rows(page).count()) <= MOST_ROWS);
  const most = await toEnd(page);
  assert.ok(most <= MOST_ROWS, `${most} rows in the page`);
  assert.ok(asked.length <= 30, `${asked.length} requests`);
  assert.deepEqual(await place(page, `Number ${COUNT}`), [COUNT + 1, COUNT + 1]);
  await sidebar(page).getByRole("button", { name: "Show more" }).waitFor({ state: "detached" });
  const elements = await page.evaluate(() => document.querySelectorAll("*").length);
  assert.ok(elements <= 1_500, `${elements} elements`);
  await assertAccessible(page, "the end of a long sidebar");

  // A range from the last one to one of another page; the box that has the focus stays where keys reach it.
  await sidebar(page)
    .getByRole("button", { name: `Commands for “Number ${COUNT}”` })
    .click();
  await page.getByRole("menuitem", { name: "Select", exact: true }).click();
  const first = sidebar(page).getByRole("checkbox", { name: `Select “Number ${COUNT}”` });
  await eventually(() => first.evaluate((box) => box === document.activeElement), "the box has the focus");
  await page.locator(".conversation-scroll").evaluate((area) => (area.scrollTop -= 30_000));
  await eventually(
    async () => (await rows(page).count()) > 5 && (await link(page, `Number ${COUNT - 10}`).count()) === 0,
    "others are shown",
  );
  assert.ok(await first.evaluate((box) => box === document.activeElement), "the focus is not lost");
  await assertAccessible(page, "the middle of a long sidebar");
  const title = await page.locator(".conversation-scroll").evaluate((area) => {
    const { left, top, width, height } = area.getBoundingClientRect();
    const middle = document.elementFromPoint(left + width / 2, top + height / 2);
    return middle.closest("li").querySelector(".conversation-title").textContent;
  });
  const number = Number(title.split(" ")[1]);
  assert.ok(number < COUNT - 400, `${title} is on another page`);
  await link(page, title).click({ modifiers: ["Shift"] });
  const count = (COUNT - number + 1).toLocaleString("en");
  await sidebar(page).getByText(`${count} conversations selected`).waitFor();
  await page.keyboard.press("Escape");
  await window.close();
});

test("a list that is looked for begins at its top; the keys go on to what is not fetched yet", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(familiar.url);
  await link(page, "Latest").waitFor();
  await scrollTo(page, true);
  await link(page, "Latest").waitFor({ state: "detached" });
  await page.getByRole("searchbox", { name: "Search conversations" }).fill("Number");
  await link(page, "Number 1").waitFor();
  const scrolled = () => page.locator(".conversation-scroll").evaluate((area) => area.scrollTop);
  await becomes(scrolled, 0, "the list begins at its top");
  await page.getByRole("searchbox", { name: "Search conversations" }).fill("");
  await link(page, "Latest").waitFor();
  await link(page, "Latest").focus();
  // From row to row and from menu to menu, further than the first page.
  let reached = 0;
  for (let key = 0; key < 200 && reached <= 70; key += 1) {
    await page.keyboard.press("Tab");
    reached = await page.evaluate(() => Number(document.activeElement.closest("li")?.ariaPosInSet));
    assert.ok(reached > key / 2 && reached <= key / 2 + 2, `key ${key} led to row ${reached}`);
  }
  await window.close();
});

test("what cannot be fetched is said where the list ends, and fetched when asked again", async () => {
  const window = await openWindow(browser, { viewport: PHONE, theme: "dark", touch: true, allowed: [/status of 500/] });
  const { page } = window;
  const refuse = (route) =>
    route.fulfill({
      status: 500,
      contentType: "application/problem+json",
      body: JSON.stringify({ detail: "the list cannot be read" }),
    });
  await page.route(/\/api\/conversations\?.*cursor=/, refuse);
  await page.goto(familiar.url);
  await page.getByRole("button", { name: "Open the sidebar" }).tap();
  await link(page, "Latest").waitFor();
  await scrollTo(page, true);
  await sidebar(page).getByRole("alert").getByText("the list cannot be read").waitFor();
  await scrollTo(page, true);
  await assertAccessible(page, "a list that could not be fetched");
  await page.unroute(/\/api\/conversations\?.*cursor=/, refuse);
  await sidebar(page).getByRole("button", { name: "Try again" }).tap();
  await sidebar(page).getByRole("alert").waitFor({ state: "detached" });
  await eventually(async () => {
    await scrollTo(page, true);
    return (
      (await rows(page)
        .last()
        .evaluate((row) => Number(row.closest("li").ariaPosInSet))) > 200
    );
  }, "the next page is there");
  await window.close();
});
