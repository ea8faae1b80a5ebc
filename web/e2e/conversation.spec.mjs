/** Long conversations, and what can be done with the messages of one. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { assertAccessible, becomes, eventually, launch, openWindow } from "./support/browser.mjs";
import { startFamiliar, startUpstream } from "./support/familiar.mjs";
import { answered, answers, composer, lastAnswer, say } from "./support/page.mjs";

const TURNS = 50;
let browser;
let familiar;
let upstream;
/** A conversation of a hundred messages: more than is fetched at once. */
let long;

async function turn(conversation, text, parent_id = undefined) {
  const started = await familiar.api("POST", `/api/conversations/${conversation}/turns`, { text, parent_id });
  const { id } = started.reply;
  await eventually(async () => {
    const { messages } = await familiar.api("GET", `/api/conversations/${conversation}/messages?limit=1`);
    return messages.some((message) => message.id === id && message.status === "complete");
  }, `“${text}” is answered`);
  return { asked: started.user_message, answer: id };
}

before(async () => {
  [browser, familiar, upstream] = await Promise.all([launch(), startFamiliar(), startUpstream()]);
  await familiar.useUpstream(upstream);
  const made = await familiar.api("POST", "/api/conversations", { model: "openai/gpt-4o-mini", title: "A long one" });
  const turns = [];
  for (let index = 0; index < TURNS; index += 1)
    turns.push(await turn(made.id, `Question number ${index}.`, turns.at(-1)?.answer));
  long = { id: made.id, turns };
});
after(async () => {
  await browser?.close();
  await familiar?.stop();
  await upstream?.stop();
});
beforeEach(async () => {
  await upstream.script({ reset: true, models: ["gpt-4o-mini", "gpt-4o"] });
});

const region = (page) => page.getByRole("region", { name: "Conversation", exact: true });
const users = (page) => page.locator("article.turn-user");

async function start(page, question) {
  await page.goto(familiar.url);
  await say(page, question);
  await page.waitForURL(/\/c\//);
}

/** The message nearest to the top of the window, and where it stands. */
const firstShown = (page) =>
  region(page).evaluate((area) => {
    const { top } = area.getBoundingClientRect();
    const shown = [...area.querySelectorAll("[data-message]")]
      .map((element) => ({ id: element.dataset.message, at: element.getBoundingClientRect().top - top }))
      .filter(({ at }) => at >= 0)
      .toSorted((one, other) => one.at - other.at);
    return shown[0];
  });

test("a long conversation opens at its end, and the rest comes as one reads up", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  const fetched = [];
  page.on("request", (request) => {
    if (/messages\?/.test(request.url())) fetched.push(new URL(request.url()).search);
  });
  await page.goto(`${familiar.url}/c/${long.id}`);
  await users(page)
    .getByText(`Question number ${TURNS - 1}.`)
    .waitFor();
  assert.deepEqual(fetched, ["?limit=60"]);
  await region(page).hover();
  await eventually(async () => {
    const before = await firstShown(page);
    await page.mouse.wheel(0, -400);
    await new Promise((done) => setTimeout(done, 50));
    const after = await page.evaluate(
      (id) => document.querySelector(`[data-message="${id}"]`)?.getBoundingClientRect().top,
      before?.id,
    );
    // What is read moves with the wheel, whatever is added above it.
    if (before && after !== undefined) assert.ok(after < 900 + before.at, "the page jumped");
    return users(page).getByText("Question number 0.", { exact: true }).isVisible();
  }, "the first question is reached");
  assert.ok(fetched.length >= 2 && fetched.length <= 4, fetched.join(" "));
  assert.ok((await page.evaluate(() => document.querySelectorAll("*").length)) < 4_000);
  await page.getByRole("button", { name: "To the latest" }).click();
  await users(page)
    .getByText(`Question number ${TURNS - 1}.`)
    .waitFor();
  await window.close();
});

test("a link leads to a message, and from there to the end", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  const { asked } = long.turns[3];
  await page.goto(`${familiar.url}/c/${long.id}?message=${asked.id}`);
  await users(page).getByText("Question number 3.", { exact: true }).waitFor();
  await eventually(
    () => page.evaluate((id) => document.activeElement?.dataset.message === id, asked.id),
    "the message has the focus",
  );
  await assertAccessible(page, "a message that is linked to");
  await page.getByRole("button", { name: "To the latest" }).click();
  await users(page)
    .getByText(`Question number ${TURNS - 1}.`)
    .waitFor();
  // What is said beside an old message goes on from the end, not from there.
  await upstream.script({ queue: [{ parts: [{ text: "Said at the end." }] }] });
  const copy = await familiar.api("POST", `/api/conversations/${long.id}/fork`, { message_id: long.turns[39].answer });
  const { messages } = await familiar.api("GET", `/api/conversations/${copy.id}/messages`);
  await page.goto(`${familiar.url}/c/${copy.id}?message=${messages[2].id}`);
  await users(page).getByText("Question number 1.", { exact: true }).waitFor();
  await say(page, "And now at the end?");
  await answers(page).getByText("Said at the end.").waitFor();
  const after = await familiar.api("GET", `/api/conversations/${copy.id}/messages?limit=2`);
  assert.equal(after.messages[0].parent_id, messages.at(-1).id);
  await window.close();
});

test("an answer is edited where it stands, and what it was at first is kept", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await upstream.script({
    queue: [
      { parts: [{ text: "The capital is Sydney." }] },
      { parts: [{ text: "Then Sydney." }] },
      { parts: [{ text: "Then Canberra." }] },
    ],
  });
  await start(page, "What is the capital?");
  await answered(page);
  await say(page, "Where should I go, then?");
  await answers(page).getByText("Then Sydney.").waitFor();
  await answered(page, 2);
  const first = answers(page).first();
  await first.hover();
  await first.getByRole("button", { name: "More for this message" }).click();
  await assertAccessible(page, "the menu of a message");
  await page.getByRole("menuitem", { name: "Edit the answer" }).click();
  const editor = page.getByRole("textbox", { name: "Edit the answer" });
  await editor.fill("The capital is Canberra.");
  await assertAccessible(page, "an answer being edited");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await first.getByText("The capital is Canberra.").waitFor();
  await first.getByText("· edited").waitFor();
  await first.getByText("Before it was edited").click();
  await first.getByText("The capital is Sydney.").waitFor();
  assert.equal(await answers(page).count(), 2, "what followed is still there");
  // Once more, with what followed from it.
  await first.getByRole("button", { name: "More for this message" }).click();
  await page.getByRole("menuitem", { name: "Edit the answer" }).click();
  await editor.fill("It is Canberra.");
  await editor.press("Control+Enter");
  await lastAnswer(page).getByText("Then Canberra.").waitFor();
  const { requests } = await upstream.report();
  assert.match(JSON.stringify(requests.at(-1).body.messages), /It is Canberra\./);
  assert.doesNotMatch(JSON.stringify(requests.at(-1).body.messages), /Sydney/);
  await users(page).last().getByText("2 of 2").waitFor();
  await window.close();
});

test("a question is edited without being asked again", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await start(page, "A qestion");
  await answered(page);
  const asked = (await upstream.report()).requests.length;
  await users(page).hover();
  await users(page).getByRole("button", { name: "Edit and send again" }).click();
  const editor = page.getByRole("textbox", { name: "Edit the message" });
  await editor.fill("A question");
  await editor.press("Control+s");
  await users(page).getByText("A question", { exact: true }).waitFor();
  assert.equal((await upstream.report()).requests.length, asked);
  await page.reload();
  await users(page).getByText("A question", { exact: true }).waitFor();
  await window.close();
});

test("a conversation is gone on with apart from the first", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await start(page, "The first thing");
  await answered(page);
  await say(page, "The second thing");
  await answered(page, 2);
  const original = page.url();
  const first = answers(page).first();
  await first.getByRole("button", { name: "More for this message" }).click();
  await page.getByRole("menuitem", { name: "New conversation up to here", exact: true }).click();
  await page.waitForURL((url) => /\/c\//.test(url.href) && url.href !== original);
  // The address changes before the page does.
  await becomes(() => users(page).count(), 1, "only the first thing is in the copy");
  await users(page).getByText("The first thing").waitFor();
  await say(page, "Another thing");
  await answered(page, 2);
  await page.goto(original);
  await users(page).getByText("The second thing").waitFor();
  await becomes(() => users(page).count(), 2, "the first conversation has both");
  await window.close();
});

test("a message is deleted with what follows it, in every window, and brought back", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await start(page, "The first thing");
  await answered(page);
  await say(page, "The second thing");
  await answered(page, 2);
  const other = await openWindow(browser);
  await other.page.goto(page.url());
  await users(other.page).getByText("The second thing").waitFor();

  const more = users(page).last().getByRole("button", { name: "More for this message" });
  await more.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "Delete from here on" }).waitFor();
  await assertAccessible(page, "the menu of a message");
  await page.getByRole("menuitem", { name: "Delete from here on" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("2 messages deleted").waitFor();
  for (const shown of [page, other.page])
    await eventually(async () => (await users(shown).count()) === 1, "the second thing is gone");
  const focused = () => page.evaluate(() => document.activeElement?.className);
  await eventually(async () => /turn-answer/.test(await focused()), "the answer before it has the focus");

  await page.getByRole("button", { name: "Undo" }).click();
  for (const shown of [page, other.page]) await users(shown).getByText("The second thing").waitFor();
  await becomes(() => answers(page).count(), 2, "both answers are back");
  await page.reload();
  await users(page).getByText("The second thing").waitFor();
  await other.close();
  await window.close();
});

test("what is said while an answer is written waits for its end", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  // It is still being written when a slow machine has gone through all of what follows.
  const words = Array.from({ length: 360 }, (_, index) => `word${index}`).join(" ");
  await upstream.script({
    queue: [{ parts: [{ text: words }], tokens_per_second: 20 }, { parts: [{ text: "To the second." }] }],
  });
  await start(page, "Take your time");
  await lastAnswer(page).getByText(/word3/).waitFor();
  await composer(page).fill("A thought for later");
  await composer(page).press("Enter");
  const queue = page.getByRole("list", { name: "Said after this answer" });
  await queue.getByText("A thought for later").waitFor();
  await assertAccessible(page, "a message that waits");
  // It can be taken back, changed and put there again.
  await queue.getByRole("button", { name: "Take it back to edit it" }).click();
  await becomes(() => composer(page).inputValue(), "A thought for later", "it is back in the field");
  await composer(page).fill("A better thought for later");
  await page.getByRole("button", { name: "Say it after this answer" }).click();
  await page.reload();
  await queue.getByText("A better thought for later").waitFor();
  await answers(page).getByText("To the second.").waitFor();
  await users(page).getByText("A better thought for later").waitFor();
  await becomes(() => queue.count(), 0, "nothing waits any more");
  await window.close();
});

test("versions are stepped through and messages reached by the keys alone", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await upstream.script({ queue: [{ parts: [{ text: "The first version." }] }, { parts: [{ text: "The second." }] }] });
  await start(page, "Say something");
  await answered(page);
  await lastAnswer(page).getByRole("button", { name: "Write the answer anew" }).click();
  await lastAnswer(page).getByText("The second.").waitFor();
  await answered(page);
  await region(page).focus();
  await page.keyboard.press("Alt+ArrowUp");
  await page.keyboard.press("Alt+ArrowDown");
  const focused = () => page.evaluate(() => document.activeElement?.className);
  await eventually(async () => /turn-answer/.test(await focused()), "the answer has the focus");
  await page.keyboard.press("ArrowLeft");
  await lastAnswer(page).getByText("The first version.").waitFor();
  await region(page).focus();
  await page.keyboard.press("Alt+ArrowUp");
  await eventually(async () => /turn-user/.test(await focused()), "the question has the focus");
  await page.keyboard.press("e");
  await page.getByRole("textbox", { name: "Edit the message" }).waitFor();
  await page.keyboard.press("Escape");
  await users(page).waitFor();
  await window.close();
});

test("a long message is folded, and a draft outlives its window", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  const text = Array.from({ length: 80 }, (_, index) => `line ${index}`).join("\n");
  await page.goto(familiar.url);
  await composer(page).fill(text);
  await composer(page).press("Enter");
  await page.waitForURL(/\/c\//);
  await answered(page);
  const folded = users(page).locator(".folded");
  await folded.waitFor();
  assert.ok((await folded.boundingBox()).height < 300);
  await users(page).getByRole("button", { name: "Show all of it" }).click();
  await folded.waitFor({ state: "detached" });
  await composer(page).fill("Half a thought");
  const other = await window.context.newPage();
  await other.goto(page.url());
  await eventually(async () => (await composer(other).inputValue()) === "Half a thought", "the draft is there");
  await composer(other).fill("A whole thought");
  await eventually(async () => (await composer(page).inputValue()) === "A whole thought", "the draft is one in both");
  await window.close();
});

test("an answer is read out by the sentence", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await upstream.script({
    queue: [
      {
        parts: [{ text: "The first sentence is here. The **second** one follows. And the rest" }],
        tokens_per_second: 2,
      },
    ],
  });
  await start(page, "Read to me");
  const log = page.getByRole("log", { name: "What is being written" });
  await log.getByText("The first sentence is here.", { exact: true }).waitFor();
  assert.equal(await lastAnswer(page).getAttribute("aria-busy"), "true", "while it is still being written");
  await log.getByText("The second one follows.", { exact: true }).waitFor();
  await log.getByText("And the rest", { exact: true }).waitFor();
  await page.getByRole("status").getByText("The answer is complete.").waitFor();
  await window.close();
});

test("what is said stands there at once, in one row, and comes back into the composer when it is refused", async () => {
  const window = await openWindow(browser, { allowed: [/429/] });
  const { page } = window;
  await upstream.script({ queue: [{ parts: [{ text: "One." }] }, { parts: [{ text: "Two." }] }] });
  await start(page, "The first thing");
  await answered(page, 1);
  // The server has it, and its answer to the request is on the way for a long time.
  let goOn;
  const held = new Promise((done) => (goOn = done));
  await page.route("**/turns", async (route) => {
    const response = await route.fetch();
    await held;
    await route.fulfill({ response });
  });
  await say(page, "The second thing");
  const second = users(page).filter({ hasText: "The second thing" });
  await second.waitFor();
  await becomes(() => composer(page).inputValue(), "", "the field is empty");
  await assertAccessible(page, "a message that is being sent");
  await second.evaluate((row) => {
    globalThis.sentRow = row;
  });
  goOn();
  await answered(page, 2);
  assert.equal(await second.count(), 1);
  assert.equal(await second.getAttribute("aria-busy"), "false");
  assert.ok(await second.evaluate((row) => row === globalThis.sentRow), "the row is the same");
  await page.unroute("**/turns");
  const problem = { title: "Too much", status: 429, code: "busy", detail: "too much at once", hint: "wait a moment" };
  let refuse;
  const refused = new Promise((done) => (refuse = done));
  await page.route("**/turns", async (route) => {
    await refused;
    await route.fulfill({ status: 429, contentType: "application/problem+json", body: JSON.stringify(problem) });
  });
  await say(page, "The third thing");
  const third = users(page).filter({ hasText: "The third thing" });
  await third.waitFor();
  assert.equal(await third.getAttribute("aria-busy"), "true");
  await composer(page).pressSequentially("written since");
  refuse();
  await third.waitFor({ state: "detached" });
  await becomes(() => composer(page).inputValue(), "The third thing\n\nwritten since", "it is back in the field");
  await page.getByText("too much at once").waitFor();
  await window.close();
});
