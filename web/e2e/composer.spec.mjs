/** What the composer offers while one writes: commands, models, personas, documents, and what sending would take. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { assertAccessible, becomes, eventually, launch, openWindow, PHONE, screenshot } from "./support/browser.mjs";
import { startFamiliar, startUpstream } from "./support/familiar.mjs";
import { answered, composer, lastAnswer, say } from "./support/page.mjs";

let browser;
let familiar;
let upstream;

before(async () => {
  [browser, familiar, upstream] = await Promise.all([launch(), startFamiliar(), startUpstream()]);
  await familiar.useUpstream(upstream);
  await familiar.handbookIsRead();
});
after(async () => {
  await browser?.close();
  await familiar?.stop();
  await upstream?.stop();
});
beforeEach(async () => {
  await upstream.script({ reset: true, models: ["gpt-4o-mini", "gpt-4o"] });
});

const options = (page) => page.getByRole("listbox", { name: "What can be picked" }).getByRole("option");

async function start(page, question) {
  await page.goto(familiar.url);
  await say(page, question);
  await page.waitForURL(/\/c\//);
  await answered(page);
}

test("a model is picked by its name, and a document by its title", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await start(page, "First, something small");
  await composer(page).pressSequentially("Now ask @gpt-4o");
  await eventually(async () => (await options(page).count()) >= 2, "models are offered");
  await assertAccessible(page, "suggestions in the composer");
  await screenshot(page, "composer-suggestions");
  const chosen = options(page).filter({ hasNotText: /mini/i }).first();
  while ((await chosen.getAttribute("aria-selected")) !== "true") await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await becomes(() => composer(page).inputValue(), "Now ask ", "the name is taken out");
  await page.getByRole("button", { name: /^Model: GPT-4o$/i }).waitFor();
  await composer(page).pressSequentially("with #");
  await eventually(async () => (await options(page).count()) >= 1, "documents are offered");
  const title = await options(page).first().locator(".pick-label").textContent();
  await page.keyboard.press("Tab");
  await page.getByRole("button", { name: "Sources: Only in 1 document" }).waitFor();
  await page.keyboard.press("Enter");
  await answered(page, 2);
  const conversation = await familiar.api("GET", `/api/conversations/${page.url().split("/").at(-1)}`);
  assert.equal(conversation.model, "openai/gpt-4o");
  assert.equal(conversation.grounding.document_ids.length, 1, title);
  await window.close();
});

test("a command is typed, and Escape leaves it as text", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await upstream.script({ queue: [{ parts: [{ text: "One." }] }, { parts: [{ text: "Another one." }] }] });
  await start(page, "Say something");
  await composer(page).pressSequentially("/anew");
  await options(page).getByText("Write the answer anew", { exact: true }).waitFor();
  await page.keyboard.press("Enter");
  await lastAnswer(page).getByText("Another one.").waitFor();
  await becomes(() => composer(page).inputValue(), "", "the command is taken out");
  await composer(page).pressSequentially("/new");
  await options(page).first().waitFor();
  await page.keyboard.press("Escape");
  await options(page).first().waitFor({ state: "detached" });
  assert.equal(await composer(page).inputValue(), "/new");
  await window.close();
});

test("what sending takes is told while one writes", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(familiar.url);
  const counted = [];
  page.on("request", (request) => {
    if (request.url().endsWith("/api/tokens/count")) counted.push(request.postDataJSON().text);
  });
  await composer(page).pressSequentially("How long does oolong tea steep?", { delay: 15 });
  const estimate = page.locator(".composer-estimate");
  await estimate.getByText(/^\d+ tokens$/).waitFor();
  await estimate.getByText(/\$0\.0000/).waitFor();
  // Where typing was held up the first estimate is one of less.
  await becomes(() => counted.at(-1), "How long does oolong tea steep?", "all of it is counted");
  // Not for every letter.
  assert.ok(counted.length <= 3, counted.join(" | "));
  await assertAccessible(page, "an estimate under the composer");
  await composer(page).fill("");
  await estimate.waitFor({ state: "detached" });
  await window.close();
});

test("on a phone everything that is pressed is large enough, and what has the focus is in sight", async () => {
  const window = await openWindow(browser, { viewport: PHONE, touch: true });
  const { page } = window;
  await page.goto(familiar.url);
  await composer(page).fill("Something to press");
  await page.getByRole("button", { name: "Send", exact: true }).tap();
  await page.waitForURL(/\/c\//);
  await answered(page);
  const small = await page.evaluate(() =>
    [...document.querySelectorAll("main button, main a[href], main input, main summary, main [role=option]")]
      .filter(
        (element) =>
          element.checkVisibility({ visibilityProperty: true }) && !element.closest(".markdown p, .visually-hidden"),
      )
      .map((element) => ({
        box: element.getBoundingClientRect(),
        name: element.getAttribute("aria-label") ?? element.textContent,
      }))
      .filter(({ box }) => box.width > 0 && (box.width < 44 || box.height < 44))
      .map(({ box, name }) => `${name}: ${Math.round(box.width)} by ${Math.round(box.height)}`),
  );
  assert.deepEqual(small, [], "smaller than 44 pixels");
  const viewport = await page.locator('meta[name="viewport"]').getAttribute("content");
  assert.doesNotMatch(viewport, /maximum-scale|user-scalable/, "zooming is never forbidden");
  await window.close();
});

test("the composer never hides what has the focus", async () => {
  const window = await openWindow(browser, { viewport: { width: 900, height: 500 } });
  const { page } = window;
  const list = Array.from({ length: 30 }, (_, index) => `- [Link ${index}](https://example.org/${index})`).join("\n");
  await upstream.script({ queue: [{ parts: [{ text: list }] }] });
  await start(page, "Many links, please");
  const bar = await page.locator(".composer-place").boundingBox();
  await lastAnswer(page).getByRole("link").first().focus();
  for (let step = 0; step < 29; step += 1) {
    await page.keyboard.press("Tab");
    const box = await page.evaluate(() => document.activeElement.getBoundingClientRect().toJSON());
    assert.ok(
      box.top >= 0 && box.bottom <= bar.y + 1,
      `link ${step} at ${box.top} to ${box.bottom}, composer at ${bar.y}`,
    );
  }
  await window.close();
});
