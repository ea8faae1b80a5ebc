/** Comparing: asked at once, read in every view, laid out by keys, voted on blind, put together, written down; prompt sets and their grid. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
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
beforeEach(async () => {
  await upstream.script({ reset: true, models: ["gpt-4o-mini", "gpt-4o"] });
});

const ONE = "# The tower\n\nIt is **330 metres** tall and was opened in 1889.\n\n- Built by Gustave Eiffel";
const OTHER = "# The tower\n\nIt is 324 metres tall and was opened in 1889.\n\n- Built of iron\n- Seen by millions";
const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
  "base64",
);
const says = (...texts) => upstream.script({ queue: texts.map((text) => ({ parts: [{ text }] })) });
const ended = (page) => page.locator('article.compare-answer[aria-busy="false"]');
const names = (page) => page.locator(".compare-name").allTextContents();

/** Begins a comparison of two by the API and waits for its end. */
async function compared(texts, more = {}) {
  await says(...texts);
  const begun = await familiar.api("POST", "/api/comparisons", {
    columns: [{ model: "openai/gpt-4o-mini" }, { model: "openai/gpt-4o" }],
    question: { text: "How tall is the tower?" },
    ...more,
  });
  const { id } = begun.head;
  await eventually(
    async () =>
      (await familiar.api("GET", `/api/comparisons/${id}`)).answers.every(({ status }) => status === "complete"),
    "both have answered",
  );
  return id;
}

test("several are asked by the form, read in every view, laid out by keys, and voted on", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(`${familiar.url}/compare`);
  await page.getByRole("heading", { name: "Nothing is compared yet" }).waitFor();
  await page.getByRole("button", { name: "New comparison" }).click();
  const form = page.getByRole("dialog", { name: "Ask several at once" });
  await form
    .getByRole("button", { name: /^Settings of / })
    .first()
    .click();
  const settings = page.getByRole("dialog", { name: /^Settings of / });
  await settings.getByLabel("Instructions").fill("Be brief.");
  await assertAccessible(page, "the settings of a column");
  await settings.getByRole("button", { name: "Done" }).click();
  await form.getByRole("textbox", { name: "Question" }).fill("How tall is the tower?");
  await assertAccessible(page, "the form of a comparison");
  await says(ONE, OTHER);
  await form.getByRole("button", { name: "Ask all" }).click();
  await eventually(async () => (await ended(page).count()) === 2, "both have answered");
  await eventually(async () => (await page.getByText(/^\$0\.0/).count()) === 2, "what both cost is shown");
  await assertAccessible(page, "two answers");

  // Widths, folding, one alone, order: all by keys.
  const edge = page.getByRole("separator").first();
  const width = async () => Number(await edge.getAttribute("aria-valuenow"));
  await edge.press("ArrowRight");
  await eventually(async () => (await width()) > 320, "the column is wider");
  const [first] = await names(page);
  await page.getByRole("button", { name: `Fold ${first}` }).press("Enter");
  await eventually(async () => (await ended(page).count()) === 1, "one is folded");
  await page.getByRole("button", { name: `Unfold ${first}` }).press("Enter");
  await page.getByRole("button", { name: "Show only this one" }).first().press("Enter");
  await eventually(async () => (await names(page)).join() === first, "one alone is shown");
  await page.getByRole("button", { name: "Show all" }).press("Enter");
  await page.getByRole("button", { name: `Commands for ${first}` }).press("Enter");
  await page.getByRole("menuitem", { name: "Move towards the end" }).press("Enter");
  await eventually(async () => (await names(page)).at(-1) === first, "the column has moved");

  const view = (name) => page.getByRole("navigation", { name: "Views of the answers" }).getByText(name).click();
  await view("Aligned");
  await eventually(async () => (await page.locator(".compare-cell h1").count()) === 2, "the headings stand in one row");
  const tops = await page
    .locator(".compare-cell h1")
    .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().top));
  assert.equal(tops[0], tops[1]);
  await view("Differences");
  await page.locator(".compare-pieces ins").first().waitFor();
  // Without markup the figures alone differ at that place; with it the stars do, too.
  assert.equal(await page.locator(".compare-pieces").getByText("**", { exact: true }).count(), 0);
  await page.getByRole("switch", { name: "Ignore markup" }).click();
  await eventually(
    async () => (await page.locator(".compare-pieces :is(ins, del)").filter({ hasText: "*" }).count()) > 0,
    "markup makes a difference",
  );
  await page.getByLabel("Held against").selectOption({ index: 1 });
  await eventually(
    async () => (await page.locator(".compare-cell").last().getByText("The others are held").count()) === 1,
    "another answer is the base",
  );
  await view("Figures");
  const apart = page.getByRole("region", { name: "Different numbers for the same thing" }).first();
  await apart.getByText("324").waitFor();
  await assertAccessible(page, "figures");

  await page.getByRole("button", { name: "Equally good" }).click();
  await page.getByText("You said: Equally good.").waitFor();
  await becomes(async () => (await familiar.api("GET", "/api/ratings")).votes, 1, "it is counted");
  await page.getByRole("button", { name: "Report" }).click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("menuitem", { name: "Download as Markdown" }).click(),
  ]);
  assert.match(download.suggestedFilename(), /\.md$/);

  // The next question goes to all.
  await view("Answers");
  await says("Yes.", "No.");
  const more = page.getByRole("form", { name: "Ask all of them something more" });
  await more.getByRole("textbox").fill("Sure?");
  await more.getByRole("textbox").press("Enter");
  await eventually(async () => (await ended(page).count()) === 4, "both have answered again");
  await page.reload();
  await eventually(async () => (await ended(page).count()) === 4, "all of it is kept");
  await page.getByRole("link", { name: "All comparisons" }).click();
  await page.getByRole("searchbox", { name: "Search comparisons" }).fill("iron");
  await page.getByRole("link", { name: "How tall is the tower?" }).waitFor();
  await page.getByRole("button", { name: /^Delete: / }).click();
  await page.getByRole("heading", { name: "No comparison has these words" }).waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("link", { name: "How tall is the tower?" }).waitFor();
  await window.close();
});

test("a picture goes to all that are asked, and stands with the question", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(`${familiar.url}/compare`);
  await page.getByRole("button", { name: "New comparison" }).click();
  const form = page.getByRole("dialog", { name: "Ask several at once" });
  await form.locator('input[type="file"]').setInputFiles([{ name: "dot.png", mimeType: "image/png", buffer: PIXEL }]);
  await form.getByRole("button", { name: "Enlarge dot.png" }).waitFor();
  await form.getByRole("textbox", { name: "Question" }).fill("What is this?");
  await assertAccessible(page, "a question with a picture");
  await says("A dot.", "A point.");
  await form.getByRole("button", { name: "Ask all" }).click();
  await eventually(async () => (await ended(page).count()) === 2, "both have answered");
  const asked = (await upstream.report()).requests.filter(({ path }) => path.endsWith("/chat/completions")).slice(-2);
  assert.deepEqual(asked.map(({ body }) => body.model).toSorted(), ["gpt-4o", "gpt-4o-mini"]);
  for (const { body } of asked) assert.match(JSON.stringify(body.messages.at(-1)), /data:image\/png;base64,/);
  await page.reload();
  const picture = page.locator(".image-open");
  await picture.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").locator("img").waitFor();
  await page.keyboard.press("Escape");
  await eventually(() => picture.evaluate((button) => button === document.activeElement), "the focus is back");
  await assertAccessible(page, "answers about a picture");
  await window.close();
});

test("names stay hidden until there is a vote", async () => {
  const id = await compared([ONE, OTHER], { blind: true });
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(`${familiar.url}/compare/${id}`);
  await eventually(async () => (await ended(page).count()) === 2, "both answers are shown");
  assert.deepEqual(await names(page), ["A", "B"]);
  assert.equal(await page.getByText("gpt-4o").count(), 0);
  await page.getByRole("button", { name: "A is better" }).click();
  await eventually(async () => (await names(page)).every((name) => name.includes("gpt-4o")), "the names are shown");
  await page.getByText("The names are shown now.").waitFor();
  await window.close();
});

test("answers are put together by a model: fused, by a checklist, scored", async () => {
  const id = await compared([ONE, OTHER]);
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(`${familiar.url}/compare/${id}?view=together`);
  await says("It is about **330 metres** tall.");
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByRole("region", { name: "One answer of all" }).getByText("330 metres").waitFor();
  await says('{"items": ["Take over the year", "Take over the iron"]}');
  await page.getByLabel("A checklist").check();
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByRole("checkbox", { name: "Take over the iron" }).uncheck();
  await says("It was opened in 1889.");
  await page.getByRole("button", { name: "Write one answer of what is ticked" }).click();
  const guided = page.getByRole("region", { name: "One answer of what I tick" });
  await guided.getByText("It was opened in 1889.").waitFor();
  assert.equal(await guided.getByText("Take over the iron").count(), 0);
  await says(
    '{"criteria": [{"name": "Depth", "scores": {"A": 91, "B": 42}}], "best": "A", "because": "It says more."}',
  );
  await page.getByLabel("A table of scores").check();
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByRole("cell", { name: "91" }).waitFor();
  await assertAccessible(page, "what was put together");
  await page.goto(`${familiar.url}/compare/${id}?view=figures`);
  await says('{"aspects": [{"name": "tone", "each": {"A": "dry as dust", "B": "warm"}}]}');
  await page.getByRole("button", { name: "Ask a model" }).click();
  await page.getByText("dry as dust").waitFor();
  await window.close();
});

test("a prompt set is written, put to models, and read as a grid", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(`${familiar.url}/compare?place=sets`);
  await page.getByRole("button", { name: "New prompt set" }).click();
  const dialog = page.getByRole("dialog", { name: "New prompt set" });
  await dialog.getByLabel("Title").fill("Capitals");
  await dialog.getByLabel("Prompt 1", { exact: true }).fill("Capital of France?");
  await dialog.getByRole("button", { name: "Add a condition to prompt 1" }).click();
  await dialog.getByLabel("Condition of prompt 1").fill("Paris");
  await assertAccessible(page, "writing a prompt set");
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { name: "Capitals" }).waitFor();
  await page.getByRole("button", { name: "Put to models" }).click();
  const run = page.getByRole("dialog", { name: "Put “Capitals” to models" });
  await run.getByText(/^2 answers, at most \$/).waitFor();
  await run.getByLabel("Costs at most, in dollars").fill("1");
  await assertAccessible(page, "putting a set to models");
  await says("It is Paris.", "It is Rome.");
  await run.getByRole("button", { name: "Begin" }).click();
  await page.getByText("1 of 2 passed", { exact: false }).waitFor();
  await eventually(async () => (await page.getByText("Finished").count()) === 1, "the run is over");
  await page.getByRole("button", { name: /: Not passed/ }).click();
  await page.getByRole("dialog").getByText("it is not there").waitFor();
  await assertAccessible(page, "a cell of the grid");
  await page.keyboard.press("Escape");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download as CSV" }).click(),
  ]);
  assert.match(download.suggestedFilename(), /\.csv$/);
  await window.close();
});

for (const theme of ["light", "dark"]) {
  for (const viewport of [DESKTOP, PHONE]) {
    test(`axe finds nothing where answers are compared: ${theme}, ${viewport.width} px`, async () => {
      const id = await compared([ONE, OTHER]);
      const window = await openWindow(browser, { viewport, theme, touch: viewport === PHONE });
      const { page } = window;
      const places = [
        ["/compare", ".compare-listed"],
        [`/compare/${id}`, 'article.compare-answer[aria-busy="false"]'],
        [`/compare/${id}?view=aligned`, ".compare-cell .markdown"],
        [`/compare/${id}?view=words`, ".compare-pieces ins"],
        [`/compare/${id}?view=figures`, ".compare-card td"],
        [`/compare/${id}?view=together`, ".compare-merge-bar"],
        ["/compare?place=runs", ".compare-listed"],
      ];
      for (const [place, shown] of places) {
        await page.goto(`${familiar.url}${place}`);
        await page.locator(shown).first().waitFor();
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= viewport.width, `${place} is wider than the screen: ${wide}`);
        await assertAccessible(page, `${place} (${theme}, ${viewport.width} px)`);
        if (place.endsWith("view=words") && viewport === DESKTOP) await screenshot(page, `compare-${theme}`);
      }
      // The last control of the page can be reached.
      await page.goto(`${familiar.url}/compare/${id}?view=figures`);
      const field = page.getByRole("textbox", { name: "Question" });
      await field.scrollIntoViewIfNeeded();
      await eventually(async () => {
        const box = await field.boundingBox();
        return box !== null && box.y >= 0 && box.y + box.height <= viewport.height;
      }, "the next question can be written");
      await window.close();
    });
  }
}
