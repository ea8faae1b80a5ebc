/** Tools: turned on, called and shown, asked about before a change, allowed for good, and left alone when not allowed. */
import { after, before, test } from "node:test";
import { assertAccessible, eventually, launch, openWindow, PHONE } from "./support/browser.mjs";
import { startFamiliar, startUpstream } from "./support/familiar.mjs";
import { answered, composer, lastAnswer, say } from "./support/page.mjs";

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

const call = (name, args) => ({ parts: [{ tool_call: { id: "call_1", name, arguments: JSON.stringify(args) } }] });
const words = (text) => ({ parts: [{ text }] });
const notes = async () => (await familiar.api("GET", "/api/memory/facts")).facts.map((fact) => fact.text).join("; ");

/** On a touch keyboard Enter begins a new line. */
async function sendByTouch(page, said) {
  await composer(page).fill(said);
  await page.getByRole("button", { name: "Send", exact: true }).click();
}

async function begin(page, send = say) {
  await upstream.script({ queue: [words("Hello.")] });
  await page.goto(familiar.url);
  await send(page, "hi");
  await answered(page, 1);
}

async function turnOn(page, name) {
  await page.getByRole("button", { name: /^Tools: / }).click();
  await page.getByRole("checkbox", { name, exact: false }).first().click();
  await page.locator("input:checked").first().waitFor();
  await assertAccessible(page, "choosing tools");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Tools: 1 tool" }).waitFor();
}

test("what a model calls is shown with what was asked and what came of it", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await begin(page);
  await turnOn(page, "calculate");
  await upstream.script({ queue: [call("calculate", { expression: "6 * 7" }), words("It is 42.")] });
  await say(page, "six times seven?");
  const answer = await answered(page, 2);
  await answer.getByText("It is 42.").waitFor();
  await answer.locator("summary", { hasText: "calculate" }).press("Enter");
  await answer.getByText("6 * 7 = 42").waitFor();
  await assertAccessible(page, "an answer with a tool");
  await page.reload();
  await lastAnswer(page).locator("summary", { hasText: "calculate" }).waitFor();
  await window.close();
});

test("tools are chosen before anything is said", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(familiar.url);
  await turnOn(page, "roll");
  await upstream.script({ queue: [call("roll", { dice: "1d1" }), words("One.")] });
  await say(page, "roll for me");
  const answer = await answered(page, 1);
  await answer.locator("summary", { hasText: "roll" }).waitFor();
  await page.getByRole("button", { name: "Tools: 1 tool" }).waitFor();
  await window.close();
});

test("a change waits for leave by the keys, and for none once it is allowed for good", async () => {
  const window = await openWindow(browser, { viewport: PHONE, touch: true });
  const { page } = window;
  await begin(page, sendByTouch);
  await turnOn(page, "remember");
  await upstream.script({ queue: [call("remember", { text: "The safe opens with 1234" }), words("As you like.")] });
  await sendByTouch(page, "what do you think?");
  await page.getByRole("group", { name: /wants to use “remember”/ }).waitFor();
  await assertAccessible(page, "a question about a change");
  await page.getByRole("button", { name: "Do not allow" }).press("Enter");
  await (await answered(page, 2)).getByText("As you like.").waitFor();
  await upstream.script({
    queue: [
      call("remember", { text: "The boat is called Vega" }),
      call("remember", { text: "The mooring is number nine" }),
      words("Both kept."),
    ],
  });
  await sendByTouch(page, "keep two things");
  await page.getByRole("button", { name: "Always in this conversation" }).press("Enter");
  await (await answered(page, 3)).getByText("Both kept.").waitFor();
  await eventually(async () => /Vega/.test(await notes()) && /mooring/.test(await notes()), "both are remembered");
  if (/1234/.test(await notes())) throw new Error("what was not allowed was done");
  await composer(page).waitFor();
  await window.close();
});
