/** Tool servers: added as a command, an address and a list; their tools chosen by server, called and asked about; removed and brought back. */
import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { assertAccessible, eventually, launch, openWindow, PHONE } from "./support/browser.mjs";
import { startFamiliar, startUpstream } from "./support/familiar.mjs";
import { answered, say } from "./support/page.mjs";

const SERVER = process.env.SCRIPTED_MCP_BIN ?? resolve(import.meta.dirname, "../../target/debug/scripted-mcp");

let browser;
let familiar;
let upstream;
let web;
let address;

before(async () => {
  [browser, upstream] = await Promise.all([launch(), startUpstream()]);
  familiar = await startFamiliar();
  await familiar.useUpstream(upstream);
  web = spawn(SERVER, ["--http", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  address = await new Promise((done) => {
    let output = "";
    web.stdout.on("data", (chunk) => {
      output += chunk;
      const found = /listening on (\S+)/.exec(output);
      if (found) done(found[1]);
    });
  });
});
after(async () => {
  await browser?.close();
  await familiar?.stop();
  await upstream?.stop();
  web?.kill();
});

const words = (text) => ({ parts: [{ text }] });
const call = (name, args) => ({ parts: [{ tool_call: { id: "call_1", name, arguments: JSON.stringify(args) } }] });
const card = (page, name) =>
  page.locator(".provider-card").filter({ has: page.getByRole("heading", { name, exact: true }) });

async function openSettings(page) {
  await page.goto(`${familiar.url}/settings/tools`);
  await page.getByRole("heading", { name: "Tool servers" }).waitFor();
}

test("a command is added, tested, and shows what it offers", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await openSettings(page);
  await page.getByText("No tool server yet").waitFor();
  await assertAccessible(page, "no tool server");
  await page.getByRole("button", { name: "Add a tool server" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("notes");
  await dialog.getByLabel("Command with its arguments").fill("/no/such/program --x");
  await dialog.getByRole("button", { name: "Save and test" }).click();
  await dialog.getByText(/cannot be started/).waitFor();
  await assertAccessible(page, "a tool server that cannot be started");
  await dialog.getByLabel("Command with its arguments").fill(`"${SERVER}"`);
  await dialog.getByText("Folder and variables").click();
  await dialog.getByLabel("Variables of its environment").fill("TOKEN=secret-of-the-notes");
  await dialog.getByRole("button", { name: "Save and test" }).click();
  await dialog.getByText(/scripted 1.0 answers/).waitFor();
  await dialog.getByRole("button", { name: "Done" }).click();
  const notes = card(page, "notes");
  await notes.getByText("Ready").waitFor();
  await notes.locator("summary", { hasText: "15 tools" }).click();
  await notes.getByText("write_note").waitFor();
  await notes
    .getByText("Its schema", { exact: false })
    .or(notes.getByText("its schema", { exact: false }))
    .first()
    .waitFor();
  await assertAccessible(page, "a tool server and its tools");
  if ((await page.content()).includes("secret-of-the-notes")) throw new Error("a secret is shown");
  await window.close();
});

test("its tools are chosen by server, called, and asked about before a change", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await upstream.script({ queue: [words("Hello.")] });
  await page.goto(familiar.url);
  await say(page, "hi");
  await answered(page, 1);
  await page.getByRole("button", { name: /^Tools: / }).click();
  await page.locator(".server-tools summary", { hasText: "notes" }).click();
  await page.getByRole("checkbox", { name: /write_note/ }).click();
  await page.locator("input:checked").first().waitFor();
  await assertAccessible(page, "choosing tools of a server");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Tools: 1 tool" }).waitFor();
  const [conversation] = (await familiar.api("GET", "/api/conversations")).conversations;
  const kept = async () => (await familiar.api("GET", `/api/conversations/${conversation.id}`)).tools.on?.length === 1;
  await eventually(kept, "the choice is kept");
  await upstream.script({ queue: [call("mcp__notes__write_note", { text: "milk" }), words("It is noted.")] });
  await say(page, "note milk");
  await page.getByRole("group", { name: /wants to use “mcp__notes__write_note”/ }).waitFor();
  await page.getByRole("button", { name: "Allow", exact: true }).click();
  const answer = await answered(page, 2);
  await answer.getByText("It is noted.").waitFor();
  await answer.locator("summary", { hasText: "write_note" }).press("Enter");
  await answer.getByText("noted: milk").waitFor();
  await window.close();
});

test("an address and a list are added on a phone, and what was removed comes back", async () => {
  const window = await openWindow(browser, { viewport: PHONE, touch: true });
  const { page } = window;
  await openSettings(page);
  await page.getByRole("button", { name: "Add a tool server" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("radio", { name: "An address" }).click();
  await dialog.getByLabel("Name").fill("web");
  await dialog.getByLabel("Address", { exact: true }).fill(address);
  await dialog.getByRole("button", { name: "Save and test" }).click();
  await dialog.getByText(/scripted 1.0 answers/).waitFor();
  await assertAccessible(page, "adding an address");
  await dialog.getByRole("button", { name: "Done" }).click();
  await card(page, "web").getByText("Ready").waitFor();
  await page.getByRole("button", { name: "Add a tool server" }).click();
  await dialog.getByRole("radio", { name: "A list to paste" }).click();
  const list = {
    mcpServers: { pasted: { command: SERVER, disabled: true }, old: { type: "sse", url: "http://x/sse" } },
  };
  await dialog.getByLabel("The list").fill(JSON.stringify(list));
  await dialog.getByRole("button", { name: "Add a tool server" }).click();
  await dialog.getByText("These were not added").waitFor();
  await assertAccessible(page, "pasting a list");
  await dialog.getByRole("button", { name: "Done" }).click();
  const pasted = card(page, "pasted");
  await pasted.getByText("Off", { exact: true }).waitFor();
  await pasted.getByRole("button", { name: "Remove" }).click();
  await pasted.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Undo" }).click();
  await pasted.waitFor();
  await window.close();
});

test("the file in the data folder is read, and is changed there", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await writeFile(join(familiar.data, "mcp.json"), JSON.stringify({ mcpServers: { filed: { command: SERVER } } }));
  await openSettings(page);
  const filed = card(page, "filed");
  await filed.getByText("Stands in mcp.json").waitFor();
  await filed.getByText("Ready").waitFor();
  if ((await filed.getByRole("button", { name: "Remove" }).count()) > 0) throw new Error("it can be removed here");
  await window.close();
});
