/** The page of experiments: one is made, watched, paused and finished; answers are judged, and what that comes to is seen. */
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
import { answered, openAiCall } from "./support/page.mjs";

const FILE = `
[routes.main]
deployments = ["openai/gpt-4o-mini", "openai/gpt-4o"]
`;

let browser;
let familiar;
let upstream;
let secret;

before(async () => {
  [browser, upstream] = await Promise.all([launch(), startUpstream()]);
  familiar = await startFamiliar({ config: FILE });
  await familiar.useUpstream(upstream);
  ({ secret } = await familiar.api("POST", "/api/keys", { name: "robot" }));
});
after(async () => {
  await browser?.close();
  await familiar?.stop();
  await upstream?.stop();
});
beforeEach(async () => {
  await upstream.script({ reset: true, models: ["gpt-4o-mini", "gpt-4o"] });
});

async function calls(count) {
  for (let call = 0; call < count; call += 1) {
    const answer = await openAiCall(familiar.url, secret, {
      model: "main",
      max_tokens: 20,
      messages: [{ role: "user", content: `question ${call}` }],
    });
    assert.equal(answer.status, 200);
    await answer.text();
  }
}

test("an experiment is planned, started, watched, paused, taken up and finished", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(`${familiar.url}/experiments`);
  await page.getByText("No experiment yet").waitFor();
  await assertAccessible(page, "no experiment yet");
  await page.getByRole("button", { name: "New experiment" }).click();
  const form = page.getByRole("dialog", { name: "New experiment" });
  await form.getByRole("button", { name: "Plan it" }).click();
  await eventually(async () => (await form.getByRole("alert").count()) >= 3, "what is missing is said");
  await assertAccessible(page, "the form with what is missing");
  await form.getByLabel("Name", { exact: true }).fill("mini-or-whole");
  await form.getByLabel("What it is for").fill("Is the small one good enough?");
  await form.getByLabel("Whose requests").fill("main");
  await form.getByLabel("What keeps its variant").selectOption("request");
  await form.getByLabel("Name of variant 1").fill("mini");
  await form.getByLabel("Model or route of variant 1").fill("openai/gpt-4o-mini");
  await form.getByLabel("Name of variant 2").fill("whole");
  await form.getByLabel("Model or route of variant 2").fill("openai/gpt-4o");
  await form.getByRole("button", { name: "Add a variant" }).click();
  await form.getByRole("button", { name: "Take a out" }).click();
  await form.getByLabel("Least difference that matters").fill("5");
  await form.getByText(/About [\d,]+ results will find that difference/).waitFor();
  await assertAccessible(page, "the form filled in");
  await form.getByRole("button", { name: "Plan it" }).click();
  await form.waitFor({ state: "detached" });

  const card = page.locator('[data-experiment="mini-or-whole"]');
  await card.getByText("Planned").waitFor();
  await card.getByRole("button", { name: "Start mini-or-whole" }).press("Enter");
  await card.getByText("Running").waitFor();
  await calls(40);
  await card.getByRole("button", { name: "Watch mini-or-whole" }).click();
  const watched = page.getByRole("dialog", { name: "mini-or-whole" });
  await watched
    .getByRole("img", { name: /Answered requests beside the first variant, after up to \d+ results/ })
    .waitFor();
  const table = watched.getByRole("table");
  await eventually(async () => (await table.getByRole("row").count()) === 3, "a row for each variant");
  const first = async () => (await familiar.api("GET", "/api/experiments")).experiments[0];
  await becomes(async () => (await first()).results, 40, "every call is counted");
  const seen = await first();
  await table.getByRole("row", { name: new RegExp(`^mini 50 % ${seen.variants[0].results} 100.0 %`) }).waitFor();
  await assertAccessible(page, "an experiment that is watched");
  await screenshot(page, "experiment");
  await watched.getByRole("button", { name: "Show as table" }).click();
  await watched.getByRole("columnheader", { name: "p, at any moment" }).waitFor();
  await watched.getByRole("button", { name: "Show as plot" }).click();

  await watched.getByRole("spinbutton", { name: "mini" }).fill("3");
  await watched.getByText("75 %").first().waitFor();
  await watched.getByRole("button", { name: "Save shares" }).click();
  await page.getByText("The shares are changed").waitFor();
  await table.getByRole("row", { name: /^mini 75 %/ }).waitFor();

  await watched.getByRole("button", { name: "Pause mini-or-whole" }).click();
  await watched.getByText("Paused").first().waitFor();
  await calls(3);
  await watched.getByRole("button", { name: "Go on with mini-or-whole" }).click();
  await watched.getByText("Running").first().waitFor();
  await watched.getByRole("button", { name: "Finish mini-or-whole" }).click();
  await page.getByRole("dialog", { name: "Finish mini-or-whole?" }).getByRole("button", { name: "Finish" }).click();
  await watched.getByText("It was finished by hand before anything was certain").waitFor();
  const over = await first();
  assert.equal(over.status, "completed");
  assert.equal(over.results, 40, "while it waited nothing was counted");
  await watched.getByRole("link", { name: "experiment:mini-or-whole=mini" }).click();
  await page.waitForURL(/\/exchanges\?tag=/);
  await window.close();
});

test("an experiment is watched on a phone, in the dark", async () => {
  const made = await familiar.api("POST", "/api/experiments", {
    name: "length",
    kind: "feature",
    target: "main",
    sticky: "request",
    goal: "rating",
    effect: 0.05,
    guard_cost: 0.2,
    variants: [
      { name: "short", max_output_tokens: 5 },
      { name: "long", system_prefix: "Explain at length. ".repeat(200) },
    ],
  });
  await familiar.api("POST", `/api/experiments/${made.id}/start`, {});
  await upstream.script({ reset: true, models: ["gpt-4o-mini", "gpt-4o"] });
  const window = await openWindow(browser, { viewport: PHONE, theme: "dark", touch: true });
  const { page } = window;
  await page.goto(`${familiar.url}/experiments?open=${made.id}`);
  const watched = page.getByRole("dialog", { name: "length" });
  await watched.getByText("The plot begins with ten results.").waitFor();
  await calls(14);
  await watched.getByRole("img", { name: /beside the first variant/ }).waitFor();
  await assertAccessible(page, "an experiment on a phone");
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > globalThis.innerWidth);
  assert.ok(!wide, "nothing reaches over the edge");
  await familiar.api("POST", `/api/experiments/${made.id}/finish`, {});
  await familiar.api("DELETE", `/api/experiments/${made.id}`);
  await window.close();
});

test("answers are judged in the chat and in an exchange, and votes become ratings", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(`${familiar.url}/experiments`);
  await page.getByRole("tab", { name: "Ratings" }).click();
  await page.getByText("No votes yet").waitFor();
  await assertAccessible(page, "no votes yet");
  await page.getByRole("tab", { name: "Preferences" }).click();
  await page.getByText("You have said nothing about answers yet").waitFor();
  await assertAccessible(page, "no opinions yet");

  const conversation = await familiar.api("POST", "/api/conversations", { model: "openai/gpt-4o-mini" });
  const text = "Write a function in Rust that adds two numbers";
  await familiar.api("POST", `/api/conversations/${conversation.id}/turns`, { text });
  await page.goto(`${familiar.url}/c/${conversation.id}`);
  let answer = await answered(page, 1);
  const up = () => answer.getByRole("button", { name: "Good answer" });
  await up().click();
  await eventually(async () => (await up().getAttribute("aria-pressed")) === "true", "the thumb is up");
  await page.reload();
  answer = await answered(page, 1);
  await eventually(async () => (await up().getAttribute("aria-pressed")) === "true", "the thumb is kept");

  await answer.getByRole("button", { name: "Write it anew with another model" }).click();
  await page.getByRole("combobox", { name: "Write it anew with another model" }).fill("gpt-4o");
  await page.getByRole("option", { name: /^GPT-4o(?! mini)/i }).click();
  await eventually(async () => (await page.getByText("2 of 2").count()) === 1, "the second version is shown");
  answer = await answered(page, 1);
  await answer.getByRole("button", { name: "Which was better?" }).click();
  await assertAccessible(page, "which was better");
  await page.getByRole("button", { name: "The other (1)" }).click();
  await page.getByText("Your vote is counted").waitFor();

  const { exchanges } = await familiar.api("GET", "/api/exchanges?model=openai/gpt-4o&limit=1");
  await page.goto(`${familiar.url}/exchanges?open=${exchanges[0].id}`);
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Say more about this answer" }).click();
  await page.getByLabel("Quality", { exact: true }).selectOption("2");
  await page.getByLabel("Usefulness").selectOption("1");
  await assertAccessible(page, "marks for an exchange");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await eventually(async () => {
    const { feedback } = await familiar.api("GET", `/api/feedback?exchange_ids=${exchanges[0].id}`);
    return feedback[0]?.said.quality === 2 && feedback[0].said.usefulness === 1;
  }, "the marks are kept");

  const vote = { left: { deployment: "openai/gpt-4o-mini" }, right: { deployment: "openai/gpt-4o" }, better: "left" };
  for (let cast = 0; cast < 7; cast += 1) await familiar.api("POST", "/api/votes", vote);
  await page.goto(`${familiar.url}/experiments`);
  await page.getByRole("tab", { name: "Ratings" }).click();
  await page.getByText("8 votes", { exact: true }).waitFor();
  const rows = page.getByRole("table").getByRole("row");
  await eventually(async () => /gpt-4o-mini.*8, 0, 0/.test(await rows.nth(1).textContent()), "the better one is first");
  await page.getByLabel("Kind of task").selectOption({ label: "code function" });
  await page.getByText("1 vote", { exact: true }).waitFor();
  await page.getByRole("switch", { name: "Leave out what length and markup win" }).click();
  await page.getByText("What half as much again is worth, in points").waitFor();
  await assertAccessible(page, "ratings");
  await page.getByRole("tab", { name: "Preferences" }).click();
  await page.getByText(/You rated openai\/gpt-4o-mini above openai\/gpt-4o in 8 of 8/).waitFor();
  await page.getByLabel("An opinion counts half after so many days").fill("60");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Your preferences are kept").waitFor();
  await assertAccessible(page, "preferences");
  await window.close();
});

test("what cannot be fetched says so and can be tried again", async () => {
  const window = await openWindow(browser, { viewport: DESKTOP, theme: "dark", allowed: [/status of 503/] });
  const { page } = window;
  const broken = (route) =>
    route.fulfill({
      status: 503,
      contentType: "application/problem+json",
      body: JSON.stringify({
        type: "about:blank",
        title: "unavailable",
        status: 503,
        detail: "the database rests",
        code: "unavailable",
      }),
    });
  await page.route("**/api/experiments", broken);
  await page.goto(`${familiar.url}/experiments`);
  await page.getByText("the database rests", { exact: false }).first().waitFor();
  await assertAccessible(page, "an error, dark");
  await page.unroute("**/api/experiments", broken);
  await page
    .getByRole("button", { name: /try again/i })
    .first()
    .click();
  await page.locator('[data-experiment="mini-or-whole"]').waitFor();
  await assertAccessible(page, "history, dark");
  await window.close();
});
