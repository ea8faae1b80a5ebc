/** Conversations with a language model: streaming, figures, stopping, versions, and lines that break. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { assertAccessible, becomes, eventually, launch, openWindow, screenshot } from "./support/browser.mjs";
import { startFamiliar, startUpstream } from "./support/familiar.mjs";
import { answered, answers, composer, dragIn, isCopied, lastAnswer, say } from "./support/page.mjs";

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
beforeEach(async () => {
  await upstream.script({ reset: true, models: ["gpt-4o-mini", "gpt-4o"] });
});

const words = (count) => Array.from({ length: count }, (_, index) => `word${index}`).join(" ");
const MARKDOWN =
  "Steep **oolong** for *three minutes*:\n\n| Tea | Time |\n|---|---:|\n| Green | 3 min |\n\n```rust\nfn seconds(infusion: u32) -> u32 {\n    180 + 30 * infusion // longer each time\n}\n```\n\nIt follows $c(t) = c_0 (1 - e^{-kt})$.\n\n- [x] warm the pot\n- [ ] pour";

async function start(page, question) {
  await page.goto(familiar.url);
  await say(page, question);
  await page.waitForURL(/\/c\//);
}

test("an answer streams, is rendered, and says what it took", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await upstream.script({
    queue: [
      {
        parts: [{ reasoning: "Tea is asked for." }, { text: MARKDOWN }],
        tokens_per_second: 10,
        usage: { exact: { input: 1000, output: 200, cached_input: 0 } },
      },
    ],
  });
  await start(page, "How long should I steep oolong?");
  await eventually(
    async () =>
      (await lastAnswer(page).getAttribute("aria-busy")) === "true" &&
      /oolong/.test(await lastAnswer(page).textContent()),
    "words arrive while the answer is being written",
  );
  const answer = await answered(page);
  await answer.locator("table").waitFor();
  await answer.locator(".hljs-keyword").first().waitFor();
  await answer.locator(".katex").first().waitFor();
  await answer.getByText("Reasoning").click();
  await answer.getByText("Tea is asked for.").waitFor();
  await eventually(async () => {
    const facts = await answer.locator(".meta-facts").textContent();
    assert.match(facts, /First token\d/);
    assert.match(facts, /Tokens1,000 → 200/);
    // 1,000 tokens at $0.15 and 200 at $0.60 a million.
    assert.match(facts, /\$0\.00027/);
    return true;
  }, "what it took is told");
  await answer.getByRole("button", { name: "Details of this answer" }).click();
  await page.getByText("openai/gpt-4o-mini", { exact: true }).first().waitFor();
  await assertAccessible(page, "an answer with its details");
  await page.keyboard.press("Escape");
  await answer.getByRole("button", { name: "Copy the answer" }).click();
  await isCopied(page, MARKDOWN);
  await screenshot(page, "conversation");
  await window.close();
});

test("stopping ends the call, and keeps what had arrived", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await upstream.script({ queue: [{ parts: [{ text: words(2000) }], tokens_per_second: 20 }] });
  await start(page, "Count for a while");
  await lastAnswer(page).getByText(/word3/).waitFor();
  await page.keyboard.press("Escape");
  await lastAnswer(page).getByText("You stopped this answer.").waitFor();
  assert.match(await lastAnswer(page).textContent(), /word3/);
  await eventually(
    async () => (await upstream.report()).disconnects.length === 1,
    "the provider's connection is closed",
  );
  await window.close();
});

test("regenerating, also with another model, keeps every version", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await upstream.script({
    queue: [
      { parts: [{ text: "The first version." }] },
      { parts: [{ text: "The second version." }] },
      { parts: [{ text: "The third version." }] },
    ],
  });
  await start(page, "Say something");
  await (await answered(page)).getByText("The first version.").waitFor();
  await lastAnswer(page).getByRole("button", { name: "Write the answer anew" }).click();
  await lastAnswer(page).getByText("The second version.").waitFor();
  await answered(page);
  await lastAnswer(page).getByRole("button", { name: "Write it anew with another model" }).click();
  await page.getByRole("combobox", { name: "Write it anew with another model" }).fill("gpt-4o");
  await assertAccessible(page, "the list of models");
  await page
    .getByRole("option", { name: /GPT-4o(?! mini)/i })
    .first()
    .click();
  await lastAnswer(page).getByText("The third version.").waitFor();
  await answered(page);
  await lastAnswer(page).getByText("3 of 3").waitFor();
  // It is shown at once and kept a moment later: who reloads in between has it as it was.
  await Promise.all([
    page.waitForResponse((response) => response.request().method() === "PATCH" && response.ok()),
    lastAnswer(page).getByRole("button", { name: "Previous version" }).click(),
  ]);
  await lastAnswer(page).getByText("The second version.").waitFor();
  await page.reload();
  await lastAnswer(page).getByText("The second version.").waitFor();
  const { requests } = await upstream.report();
  assert.deepEqual(
    requests.filter((request) => request.body?.messages).map((request) => request.body.model),
    ["gpt-4o-mini", "gpt-4o-mini", "gpt-4o"],
  );
  await window.close();
});

test("editing and sending again makes a branch", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await start(page, "The original question");
  await answered(page);
  const said = page.locator("article.turn-user");
  await said.hover();
  await said.getByRole("button", { name: "Edit and send again" }).click();
  const editor = page.getByRole("textbox", { name: "Edit the message" });
  await editor.fill("The edited question");
  await editor.press("Enter");
  await page.locator("article.turn-user").getByText("The edited question").waitFor();
  await (await answered(page)).getByText(/edited question/).waitFor();
  await page.locator("article.turn-user").getByText("2 of 2").waitFor();
  await page.locator("article.turn-user").getByRole("button", { name: "Previous version" }).click();
  await page.locator("article.turn-user").getByText("The original question").waitFor();
  await lastAnswer(page)
    .getByText(/original question/)
    .waitFor();
  await window.close();
});

test("a reload in mid-stream picks the answer up, and so does a second window", async () => {
  const window = await openWindow(browser);
  const other = await openWindow(browser);
  const { page } = window;
  // A slow machine loads two pages in that time.
  const text = words(300);
  await upstream.script({ queue: [{ parts: [{ text }], tokens_per_second: 20 }] });
  await start(page, "Tell me a long story");
  await lastAnswer(page).getByText(/word5/).waitFor();
  await other.page.goto(page.url());
  await page.reload();
  await lastAnswer(page).getByText(/word5/).waitFor();
  assert.equal(await lastAnswer(page).getAttribute("aria-busy"), "true", "it still streams after the reload");
  for (const watched of [page, other.page]) {
    await answered(watched);
    const shown = async () => (await lastAnswer(watched).locator(".markdown").textContent()).trim();
    await becomes(shown, text, "all of it is there, once");
  }
  await other.close();
  await window.close();
});

test("a closed window leaves the answer to be finished", async () => {
  const window = await openWindow(browser);
  const text = words(60);
  await upstream.script({ queue: [{ parts: [{ text }], tokens_per_second: 30 }] });
  await start(window.page, "Go on without me");
  await lastAnswer(window.page).getByText(/word3/).waitFor();
  const address = window.page.url();
  await window.close();
  const again = await openWindow(browser);
  await eventually(async () => {
    await again.page.goto(address);
    return (await lastAnswer(again.page).locator(".markdown").textContent({ timeout: 10_000 })).includes("word59");
  }, "the whole answer is there");
  await again.close();
});

test("a killed server keeps what had arrived, and the page says so and reconnects", async () => {
  const window = await openWindow(browser, {
    allowed: [/Failed to load resource/, /ERR_CONNECTION_REFUSED/, /ERR_INCOMPLETE_CHUNKED_ENCODING/],
  });
  const { page } = window;
  await upstream.script({
    queue: [{ parts: [{ text: words(600) }], tokens_per_second: 25 }, { parts: [{ text: "All of it this time." }] }],
  });
  await start(page, "This will be cut off");
  await lastAnswer(page)
    .getByText(/word30/)
    .waitFor();
  await Promise.all([page.getByText("Connection lost, reconnecting").waitFor(), familiar.restart("SIGKILL")]);
  await page.getByText("Connected", { exact: true }).waitFor();
  await lastAnswer(page).getByText("The program ended while this was being written").waitFor();
  assert.match(await lastAnswer(page).textContent(), /word3/);
  await lastAnswer(page).getByRole("button", { name: "Try again" }).click();
  await lastAnswer(page).getByText("All of it this time.").waitFor();
  await window.close();
});

test("a refused call says why and what to do, and can be tried again", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await upstream.script({
    queue: [
      { instead: { error: { status: 401, message: "Incorrect API key provided" } } },
      { parts: [{ text: "Here it is." }] },
    ],
  });
  await start(page, "Please answer");
  const alert = lastAnswer(page).getByRole("alert");
  await alert.getByText(/key/i).first().waitFor();
  await alert.getByText("Code: authentication").waitFor();
  await assertAccessible(page, "a failed answer");
  await alert.getByRole("button", { name: "Try again" }).click();
  await lastAnswer(page).getByText("Here it is.").waitFor();
  await window.close();
});

test("a reader who scrolled up is not pulled back", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  const long = Array.from({ length: 120 }, (_, index) => `Paragraph ${index} says a little something.`).join("\n\n");
  await upstream.script({ queue: [{ parts: [{ text: long }] }, { parts: [{ text: long }], tokens_per_second: 60 }] });
  await start(page, "First a long answer");
  await answered(page);
  const thread = page.getByRole("region", { name: "Conversation", exact: true });
  const place = () =>
    thread.evaluate((element) => ({
      top: element.scrollTop,
      fromEnd: element.scrollHeight - element.scrollTop - element.clientHeight,
    }));
  await eventually(async () => (await place()).fromEnd < 60, "the end is followed");
  await say(page, "And another");
  await eventually(
    async () => (await answers(page).count()) >= 1 && (await lastAnswer(page).getAttribute("aria-busy")) === "true",
    "the second answer streams",
  );
  await thread.hover();
  await page.mouse.wheel(0, -1500);
  await page.getByRole("button", { name: "To the latest" }).waitFor();
  // A wheel may move the page for a moment yet.
  let { top } = await place();
  await eventually(async () => {
    const before = top;
    await new Promise((done) => setTimeout(done, 150));
    ({ top } = await place());
    return top === before;
  }, "the page stands still");
  await eventually(async () => (await place()).fromEnd > 3000, "the answer grows below");
  assert.ok(Math.abs((await place()).top - top) < 40, "the reader stays where they were");
  await page.getByRole("button", { name: "To the latest" }).click();
  await eventually(async () => (await place()).fromEnd < 60, "back at the end");
  await answered(page);
  await eventually(async () => (await place()).fromEnd < 60, "the end is followed again");
  await window.close();
});

test("a diagram is drawn", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  const diagram = "```mermaid\nflowchart LR\n  kettle[Kettle] --> pot[Teapot]\n  pot --> cup[Cup]\n```";
  await upstream.script({ queue: [{ parts: [{ text: `So it goes:\n\n${diagram}` }] }] });
  await start(page, "Draw how tea is made");
  const answer = await answered(page);
  const drawing = answer.locator("figure.diagram svg");
  await drawing.waitFor();
  for (const word of ["Kettle", "Teapot", "Cup"]) await drawing.getByText(word, { exact: true }).waitFor();
  assert.equal(await answer.locator("code[data-code=mermaid]").count(), 0, "the source has made way");
  const box = await drawing.boundingBox();
  assert.ok(box.width > 100 && box.height > 30, `${box.width} by ${box.height}`);
  await assertAccessible(page, "a diagram");
  await window.close();
});

test("a picture dropped on the message goes with it, and not to the library", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  const folder = await mkdtemp(join(tmpdir(), "familiar-picture-"));
  const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";
  await writeFile(join(folder, "dropped.png"), Buffer.from(pixel, "base64"));
  await page.goto(familiar.url);
  await page.getByRole("button", { name: "Add pictures", exact: true }).waitFor();
  const box = await composer(page).boundingBox();
  await dragIn(page, [join(folder, "dropped.png")], { x: box.x + 60, y: box.y + 10 });
  await page.getByRole("button", { name: "Enlarge dropped.png" }).waitFor();
  await say(page, "What was dropped?");
  await page.waitForURL(/\/c\//);
  await answered(page);
  const { requests } = await upstream.report();
  // Drawn anew, which takes out what a camera wrote into it, but of the same size: 1 by 1.
  const head = pixel.slice(0, 24);
  assert.match(JSON.stringify(requests.at(-1).body), new RegExp(`data:image/png;base64,${head}`));
  const { documents } = await familiar.api("GET", "/api/library/documents?q=dropped.png");
  assert.deepEqual(documents, []);
  await rm(folder, { recursive: true });
  await window.close();
});

test("pictures go to a model that sees", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(familiar.url);
  const pixel = Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
    "base64",
  );
  // Whether the model sees is known once the models are there; before, pictures are refused with that reason.
  await page.getByRole("button", { name: "Add pictures", exact: true }).waitFor();
  await page
    .locator('form input[type="file"]')
    .setInputFiles([{ name: "dot.png", mimeType: "image/png", buffer: pixel }]);
  await page.getByRole("button", { name: "Enlarge dot.png" }).waitFor();
  await say(page, "What is this?");
  await page.waitForURL(/\/c\//);
  await answered(page);
  await page.locator("article.turn-user img").waitFor();
  const { requests } = await upstream.report();
  assert.match(JSON.stringify(requests.at(-1).body), /data:image\/png;base64,/);
  await composer(page).waitFor();
  await window.close();
});

test("conversations are found, renamed and deleted with undo", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await start(page, "The secret of the walnut table");
  await answered(page);
  const sidebar = page.getByRole("complementary", { name: "Sidebar" });
  await sidebar.getByRole("searchbox").fill("walnut");
  const row = sidebar.getByRole("listitem").filter({ hasText: /walnut/i });
  await row.first().waitFor();
  await eventually(
    async () =>
      (await sidebar
        .getByRole("listitem")
        .filter({ has: page.locator(".conversation-link") })
        .count()) === 1,
    "only the one is found",
  );
  await row.first().hover();
  await row
    .first()
    .getByRole("button", { name: /Commands for/ })
    .click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await page.getByRole("textbox", { name: "Title" }).fill("Walnut matters");
  await assertAccessible(page, "the dialog to rename");
  await page.getByRole("button", { name: "Save" }).click();
  await sidebar.getByRole("link", { name: /Walnut matters/ }).waitFor();
  await row.first().hover();
  await row
    .first()
    .getByRole("button", { name: /Commands for/ })
    .click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await sidebar.getByRole("link", { name: /Walnut matters/ }).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Undo" }).click();
  await sidebar.getByRole("link", { name: /Walnut matters/ }).waitFor();
  await window.close();
});
