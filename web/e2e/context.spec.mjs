/** The panel beside a conversation: who speaks, what was told of the memory, documents and tools, each switched off there. */
import { after, before, test } from "node:test";
import { assertAccessible, DESKTOP, eventually, launch, openWindow, PHONE } from "./support/browser.mjs";
import { startFamiliar, startUpstream } from "./support/familiar.mjs";
import { answered, say } from "./support/page.mjs";

let browser;
let familiar;
let upstream;
let conversation;

before(async () => {
  [browser, upstream] = await Promise.all([launch(), startUpstream()]);
  familiar = await startFamiliar();
  await familiar.useUpstream(upstream);
  const persona = { name: "Mira", description: "A lighthouse keeper who knows every ship." };
  const { id } = await familiar.api("POST", "/api/personas", { persona });
  await familiar.api("POST", "/api/memory/facts", { text: "I have a dog called Rex", scope: `persona:${id}` });
  conversation = await familiar.api("POST", "/api/conversations", { cast: { persona_id: id } });
});
after(async () => {
  await browser?.close();
  await familiar?.stop();
  await upstream?.stop();
});

const now = () => familiar.api("GET", `/api/conversations/${conversation.id}`);

test("persona and memory are shown beside the conversation, and switched off there", async () => {
  const window = await openWindow(browser, { viewport: DESKTOP });
  const { page } = window;
  await page.goto(`${familiar.url}/c/${conversation.id}`);
  await page.getByRole("button", { name: "Show what answers rest on" }).press("Enter");
  const panel = page.getByRole("complementary", { name: "Context" });
  await panel.getByRole("link", { name: "Mira" }).waitFor();
  await panel.getByText("Nothing was recalled for it.").waitFor();
  await say(page, "What is my dog called?");
  await answered(page, 1);
  await panel.getByText("Dog: Rex").waitFor();
  await assertAccessible(page, "the panel beside a conversation");
  await panel.getByRole("button", { name: "Strike out “Dog: Rex”" }).click();
  await panel.getByRole("button", { name: "Tell “Dog: Rex” again" }).waitFor();
  await panel.getByRole("switch", { name: "Use memory in this conversation" }).click();
  await eventually(async () => (await now()).memory === false, "the memory is off");
  // What is checked shows as checked a moment later: it is the conversation that says so.
  await panel.getByRole("checkbox", { name: "roll" }).click();
  await eventually(async () => (await now()).tools.on?.join() === "roll", "a tool is on");
  await panel.getByRole("button", { name: "Talk to nobody in particular" }).click();
  await panel.getByText("Nobody in particular: the model as it is.").waitFor();
  // It is shown at once and kept a moment later.
  await eventually(async () => !(await now()).cast?.persona_id, "nobody speaks");
  // It is there again at the next visit, until it is closed.
  await page.reload();
  await panel.getByText("Nobody in particular: the model as it is.").waitFor();
  await panel.getByRole("button", { name: "Hide what answers rest on" }).click();
  await panel.waitFor({ state: "detached" });
  await window.close();
});

test("on a phone it lies over the conversation, in both themes", async () => {
  for (const theme of ["light", "dark"]) {
    const window = await openWindow(browser, { viewport: PHONE, touch: true, theme });
    const { page } = window;
    await page.goto(`${familiar.url}/c/${conversation.id}`);
    await page.getByRole("button", { name: "Show what answers rest on" }).click();
    const dialog = page.getByRole("dialog", { name: "Context" });
    await dialog.getByText("Nobody in particular: the model as it is.").waitFor();
    await assertAccessible(page, `the panel over a conversation (${theme})`);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await window.close();
  }
});
