/** The sidebar: folders and what they say, tags, pins, the archive, many conversations at once, and the search. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
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
import { answered, say } from "./support/page.mjs";

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
  const { conversations } = await familiar.api("GET", "/api/conversations?limit=200");
  if (conversations.length > 0) await arrange(conversations, { kind: "delete" });
  for (const { id } of (await familiar.api("GET", "/api/folders")).folders)
    await familiar.api("DELETE", `/api/folders/${id}`).catch(() => undefined);
});

const arrange = (conversations, change) =>
  familiar.api("POST", "/api/conversations/arrange", { ids: conversations.map(({ id }) => id), change });
const make = (title, folder_id) => familiar.api("POST", "/api/conversations", { title, folder_id });
const sidebar = (page) => page.getByRole("navigation", { name: "Conversations" });
const folders = (page) => sidebar(page).getByRole("region", { name: "Folders" });
const folder = (page, name) => folders(page).getByRole("button", { name: new RegExp(`^${name}( \\d.*)?$`) });
const folderNames = (page) => folders(page).locator("[data-folder] .folder-name");
const heading = (page, name) => sidebar(page).getByRole("heading", { name, exact: true });
const row = (page, title) => sidebar(page).getByRole("link", { name: new RegExp(`^${title}\\b`) });
const titles = (page) => sidebar(page).locator(".conversation-title").allTextContents();

async function command(page, title, name) {
  await sidebar(page)
    .getByRole("button", { name: `Commands for “${title}”` })
    .click();
  await page.getByRole("menuitem", { name, exact: true }).click();
}

async function folderCommand(page, title, name) {
  await folders(page)
    .getByRole("button", { name: `Commands for the folder “${title}”` })
    .click();
  await page.getByRole("menuitem", { name, exact: true }).click();
}

/** Takes back what was told last: the message of what was done before may stand there for ten seconds. */
const undo = (page, told) =>
  page
    .getByRole("region", { name: "Notifications" })
    .locator(".toast", { hasText: told })
    .last()
    .getByRole("button", { name: "Undo" });

for (const theme of ["light", "dark"]) {
  test(`folders are made, nested, renamed, moved and deleted: ${theme}`, async () => {
    const window = await openWindow(browser, { viewport: DESKTOP, theme });
    const { page } = window;
    await make("Oslo");
    await page.goto(familiar.url);
    await folders(page).getByRole("button", { name: "New folder" }).click();
    let dialog = page.getByRole("dialog", { name: "New folder" });
    await dialog.getByLabel("Name").fill("Work");
    await dialog.getByLabel("Instructions").fill("Answer in one word.");
    await assertAccessible(page, `the dialog of a folder, ${theme}`);
    await dialog.getByRole("button", { name: "Save" }).click();
    await folder(page, "Work").waitFor();
    await dialog.waitFor({ state: "detached" });
    await eventually(
      () => page.evaluate(() => document.activeElement?.getAttribute("aria-label") === "New folder"),
      "the focus is back where it was",
    );
    await folderCommand(page, "Work", "New folder in it");
    dialog = page.getByRole("dialog", { name: "New folder in “Work”" });
    await dialog.getByLabel("Name").fill("Clients");
    await dialog.getByRole("button", { name: "Save" }).click();
    await folder(page, "Clients").waitFor();
    await folders(page).getByRole("button", { name: "Close “Work”" }).click();
    await folder(page, "Clients").waitFor({ state: "detached" });
    await folders(page).getByRole("button", { name: "Open “Work”" }).press("Enter");
    await folderCommand(page, "Clients", "Edit: name, instructions, documents");
    dialog = page.getByRole("dialog", { name: "Edit the folder “Clients”" });
    await dialog.getByLabel("Name").fill("Customers");
    await dialog.getByRole("button", { name: "Save" }).click();
    await folder(page, "Customers").waitFor();

    await command(page, "Oslo", "Move to …");
    await page.getByRole("option", { name: /Customers/ }).click();
    await folder(page, "Customers").getByText("1 conversation").waitFor({ state: "attached" });
    await row(page, "Oslo").getByText("in Customers").waitFor();
    await assertAccessible(page, `folders in the sidebar, ${theme}`);
    await folder(page, "Customers").click();
    await heading(page, "Customers").waitFor();
    await becomes(() => titles(page), ["Oslo"], "what lies in it is listed");
    await assertAccessible(page, `a folder that is listed, ${theme}`);
    await screenshot(page, `folders-${theme}`);

    // A folder goes nowhere below itself, so the dialog does not offer it.
    await folderCommand(page, "Work", "Move to …");
    await becomes(() => page.getByRole("option").allTextContents(), ["The top"], "only the top is offered");
    await page.keyboard.press("Escape");
    await folderCommand(page, "Customers", "Move to …");
    await page.getByRole("option", { name: "The top" }).click();
    await eventually(
      async () => (await familiar.api("GET", "/api/folders")).folders.every(({ parent_id }) => !parent_id),
      "both are at the top",
    );
    // The page knows it a moment later; a menu that is open then goes away with its row.
    await folders(page)
      .getByRole("button", { name: /^(Open|Close) “Work”$/ })
      .waitFor({ state: "detached" });
    await folderCommand(page, "Customers", "Move up");
    await eventually(
      async () => (await familiar.api("GET", "/api/folders")).folders[0].name === "Customers",
      "it is the first",
    );
    await becomes(() => folderNames(page).first().textContent(), "Customers", "the page knows it, too");
    await folderCommand(page, "Customers", "Delete");
    await folder(page, "Customers").waitFor({ state: "detached" });
    await row(page, "Oslo").waitFor();
    await row(page, "Oslo").getByText("in Customers").waitFor({ state: "detached" });
    await undo(page, "“Customers” was deleted").click();
    await folder(page, "Customers").waitFor();
    await row(page, "Oslo").getByText("in Customers").waitFor();
    await window.close();
  });
}

test("what a folder says reaches the model, is shown beside the conversation, and can be switched off", async () => {
  const work = await familiar.api("POST", "/api/folders", { name: "Work", prompt: "Answer in one word." });
  const window = await openWindow(browser, { viewport: DESKTOP });
  const { page } = window;
  await page.goto(familiar.url);
  await folderCommand(page, "Work", "New conversation here");
  await page.getByText("in Work", { exact: true }).waitFor();
  await upstream.script({ queue: [{ parts: [{ text: "Yes." }] }, { parts: [{ text: "No." }] }] });
  await say(page, "Is it cold?");
  await answered(page);
  const told = async () => (await upstream.report()).requests.findLast(({ path }) => path.includes("chat")).body;
  assert.equal((await told()).messages[0].content, "Answer in one word.");
  const listed = await familiar.api("GET", `/api/conversations?folder=${work.id}`);
  assert.equal(listed.conversations.length, 1);
  await page.getByRole("button", { name: "Show what answers rest on" }).click();
  const panel = page.getByRole("complementary", { name: "Context" }).getByRole("region", { name: "Folder" });
  await panel.getByText("Answer in one word.").waitFor();
  await assertAccessible(page, "the folder beside a conversation");
  await panel.getByRole("switch", { name: "What the folder says counts here" }).click();
  await eventually(
    async () => (await familiar.api("GET", `/api/conversations/${listed.conversations[0].id}`)).filed.folder_off,
    "it is off",
  );
  await say(page, "And now?");
  await answered(page);
  await eventually(async () => (await told()).messages.length === 3, "the folder says nothing");
  await page.getByRole("button", { name: "Hide what answers rest on" }).first().click();
  await window.close();
});

test("pins stand above, the archive below, and another window sees it", async () => {
  for (const title of ["One", "Two", "Three"]) await make(title);
  const window = await openWindow(browser, { viewport: DESKTOP });
  const other = await openWindow(browser, { viewport: DESKTOP });
  const { page } = window;
  await page.goto(familiar.url);
  await other.page.goto(familiar.url);
  await row(other.page, "Three").waitFor();
  await command(page, "One", "Pin");
  await heading(page, "Pinned").waitFor();
  await eventually(async () => (await titles(page)).join() === "One,Three,Two", "it stands above the others");
  await heading(other.page, "Pinned").waitFor();
  await command(page, "Two", "Archive");
  await row(page, "Two").waitFor({ state: "detached" });
  await row(other.page, "Two").waitFor({ state: "detached" });
  await folders(page).getByRole("button", { name: "Archive" }).click();
  await row(page, "Two").waitFor();
  await command(page, "Two", "Take out of the archive");
  await sidebar(page).getByText("Nothing is put away.").waitFor();
  await undo(page, "taken out of the archive").click();
  await row(page, "Two").waitFor();
  await assertAccessible(page, "the archive");
  await folders(page).getByRole("button", { name: "All conversations" }).click();
  await row(page, "Three").waitFor();
  await command(page, "Three", "Tags");
  const dialog = page.getByRole("dialog", { name: "Tags of “Three”" });
  await dialog.getByLabel("Another tag").fill("#To Do");
  await dialog.getByRole("button", { name: "Add" }).click();
  await eventually(() => dialog.getByRole("checkbox", { name: "to do" }).isChecked(), "it is among them, and chosen");
  await assertAccessible(page, "the dialog of tags");
  await dialog.getByRole("button", { name: "Save" }).click();
  await row(page, "Three").getByText("to do").waitFor();
  await command(page, "Three", "Tags");
  await dialog.getByLabel("Another tag").fill("Later");
  await dialog.getByRole("button", { name: "Save" }).click();
  await row(page, "Three").getByText("later").waitFor();
  await row(page, "Three").getByText("to do").waitFor();
  await other.close();
  await window.close();
});

test("many are chosen by range and by keys, changed at once, and changed back", async () => {
  for (const title of ["A", "B", "C", "D", "E", "F"]) await make(title);
  await familiar.api("POST", "/api/folders", { name: "Work" });
  const window = await openWindow(browser, { viewport: DESKTOP, theme: "dark" });
  const { page } = window;
  await page.goto(familiar.url);
  await row(page, "F").waitFor();
  await command(page, "E", "Select");
  await row(page, "C").click({ modifiers: ["Shift"] });
  const bar = sidebar(page).getByRole("group", { name: "Selection" });
  await bar.getByText("3 conversations selected").waitFor();
  await assertAccessible(page, "a selection");
  await screenshot(page, "selection");
  const box = (title) => sidebar(page).getByRole("checkbox", { name: `Select “${title}”` });
  await box("C").focus();
  await page.keyboard.press("Shift+ArrowDown");
  await bar.getByText("4 conversations selected").waitFor();
  await row(page, "D").click();
  await bar.getByText("3 conversations selected").waitFor();
  assert.ok(new URL(page.url()).pathname === "/", "a click selects and opens nothing");
  await box("B").focus();
  await page.keyboard.press("Escape");
  await bar.waitFor({ state: "detached" });
  await eventually(
    () => page.evaluate(() => document.activeElement?.textContent?.startsWith("B")),
    "the focus stays at the row",
  );

  await command(page, "E", "Select");
  await box("C").click({ modifiers: ["Shift"] });
  await bar.getByText("3 conversations selected").waitFor();
  await bar.getByRole("button", { name: "Move to …" }).click();
  await page.getByRole("option", { name: "Work" }).click();
  await folder(page, "Work").getByText("3 conversations").waitFor({ state: "attached" });
  await undo(page, "3 conversations moved to “Work”").click();
  await eventually(
    async () => (await familiar.api("GET", "/api/folders")).folders[0].conversations === 0,
    "they are out again",
  );

  await command(page, "F", "Select");
  await box("F").press("Control+a");
  await bar.getByText("6 conversations selected").waitFor();
  await bar.getByRole("button", { name: "Save 6 conversations as a file" }).click();
  const saving = page.getByRole("dialog", { name: "Save 6 conversations as a file" });
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    saving.getByRole("button", { name: "Save", exact: true }).click(),
  ]);
  assert.equal(JSON.parse(await readFile(await file.path(), "utf8")).conversations.length, 6);
  await saving.waitFor({ state: "detached" });
  await bar.getByRole("button", { name: "Delete" }).click();
  await sidebar(page).getByText("What you talk about will be listed here.").waitFor();
  await undo(page, "6 conversations deleted").click();
  await eventually(async () => (await titles(page)).join("") === "FEDCBA", "all six are back");
  await window.close();
});

test("conversations are dragged into folders and to another place; the menu and keys do the same", async () => {
  const work = await familiar.api("POST", "/api/folders", { name: "Work" });
  for (const title of ["A", "B", "C"]) await make(title, work.id);
  await make("Loose");
  const window = await openWindow(browser, { viewport: DESKTOP });
  const { page } = window;
  await page.goto(familiar.url);
  // Folders come by themselves, and push down what is below.
  await folder(page, "Work").waitFor();
  await row(page, "Loose").dragTo(folder(page, "Work"));
  await folder(page, "Work").getByText("4 conversations").waitFor({ state: "attached" });
  await folder(page, "Work").click();
  await eventually(async () => (await titles(page)).join() === "Loose,C,B,A", "the latest first");
  await row(page, "A").dragTo(row(page, "C"), { targetPosition: { x: 40, y: 3 } });
  await eventually(async () => (await titles(page)).join() === "Loose,A,C,B", "dragged above");
  await command(page, "Loose", "Move down");
  await eventually(async () => (await titles(page)).join() === "A,Loose,C,B", "moved by the menu");
  await undo(page, "1 conversation moved to “Work”").click();
  await eventually(async () => (await titles(page)).join() === "Loose,C,B,A", "what was dragged is back");
  await window.close();
});

test("folders are dragged into and beside folders, and what lies in one is dragged out; each can be taken back", async () => {
  const work = await familiar.api("POST", "/api/folders", { name: "Work" });
  await familiar.api("POST", "/api/folders", { name: "Home" });
  await make("Filed", work.id);
  const window = await openWindow(browser, { viewport: DESKTOP });
  const { page } = window;
  await page.goto(familiar.url);
  const branch = (name) => folders(page).locator(".folder-row").filter({ hasText: name });
  const placed = async () =>
    (await familiar.api("GET", "/api/folders")).folders.map(
      ({ name, parent_id }) => `${parent_id === work.id ? "Work/" : ""}${name}`,
    );
  await branch("Home").dragTo(branch("Work"));
  await eventually(async () => (await placed()).includes("Work/Home"), "into the folder");
  await folder(page, "Home").waitFor();
  await undo(page, "“Home” was moved").click();
  await eventually(async () => (await placed()).join() === "Work,Home", "out again, behind the other");
  // The page knows it a moment later; what is dragged then goes away under the pointer.
  await folders(page)
    .getByRole("button", { name: /^(Open|Close) “Work”$/ })
    .waitFor({ state: "detached" });
  await branch("Home").dragTo(branch("Work"), { targetPosition: { x: 60, y: 2 } });
  await eventually(async () => (await placed()).join() === "Home,Work", "before the other");
  await becomes(() => folderNames(page).first().textContent(), "Home", "the page knows it, too");

  // What stands for no folder is there only while something is dragged that lies in one.
  const drag = async (from, to) => {
    await from.hover();
    await page.mouse.down();
    const box = await folder(page, to).boundingBox();
    await page.mouse.move(box.x + 30, box.y + box.height / 2, { steps: 4 });
    await heading(page, "No folder").waitFor();
  };
  const onto = async (target) => {
    const box = await target.boundingBox();
    await page.mouse.move(box.x + 30, box.y + box.height / 2, { steps: 4 });
  };
  await row(page, "Filed").getByText("in Work").waitFor();
  await drag(row(page, "Filed"), "Home");
  await page.keyboard.press("Escape");
  await heading(page, "Folders").waitFor();
  await page.mouse.up();
  await row(page, "Filed").getByText("in Work").waitFor();
  await drag(row(page, "Filed"), "Home");
  await onto(heading(page, "No folder"));
  await sidebar(page).locator('.folders-head[data-drop="into"]').waitFor();
  await page.mouse.up();
  await row(page, "Filed").getByText("in Work").waitFor({ state: "detached" });
  await heading(page, "Folders").waitFor();
  await undo(page, "1 conversation moved out of folders").click();
  await row(page, "Filed").getByText("in Work").waitFor();
  await assertAccessible(page, "folders that can be dragged");
  await window.close();
});

test("the search understands operators, marks what it found, and says what it does not know", async () => {
  const work = await familiar.api("POST", "/api/folders", { name: "Work" });
  await make("Plain");
  const oslo = await make("Oslo", work.id);
  await upstream.script({
    queue: [{ parts: [{ text: "The spare key lies in the **snow**, under the second step." }] }],
  });
  await familiar.api("POST", `/api/conversations/${oslo.id}/turns`, { text: "Where is the key?" });
  await eventually(async () => {
    const { messages } = await familiar.api("GET", `/api/conversations/${oslo.id}/messages`);
    return messages.at(-1).status === "complete";
  }, "the answer is there to be found");
  await arrange([oslo], { kind: "tag", add: ["to do"], remove: [] });
  for (const viewport of [DESKTOP, PHONE]) {
    const window = await openWindow(browser, { viewport, theme: "dark", touch: viewport === PHONE });
    const { page } = window;
    await page.goto(familiar.url);
    if (viewport === PHONE) await page.getByRole("button", { name: "Open the sidebar" }).click();
    const field = page.getByRole("searchbox", { name: "Search conversations" });
    await field.fill("snow folder:work");
    await eventually(async () => (await titles(page)).join() === "Oslo", "what is in the folder");
    assert.equal(await row(page, "Oslo").locator("mark").first().textContent(), "snow");
    await assertAccessible(page, `what was found, ${viewport.width} px`);
    await field.fill("from:me before:soon");
    await sidebar(page).getByText("“from:me” was taken for words: there is no such operator.").waitFor();
    await sidebar(page).getByText("“before:soon” was passed over: it has no such value.").waitFor();
    await field.fill("");
    await page.getByRole("button", { name: "What a search understands" }).click();
    await assertAccessible(page, `what a search understands, ${viewport.width} px`);
    await page.getByRole("button", { name: 'tag:"to do"' }).click();
    await becomes(() => field.inputValue(), 'tag:"to do" ', "it is in the field");
    await eventually(async () => (await titles(page)).join() === "Oslo", "what has the tag");
    await screenshot(page, `search-${viewport.width}`);
    await window.close();
  }
});

test("on a phone folders and their commands are within reach", async () => {
  const work = await familiar.api("POST", "/api/folders", { name: "Work", prompt: "Be brief." });
  await make("Oslo", work.id);
  const window = await openWindow(browser, { viewport: PHONE, theme: "light", touch: true });
  const { page } = window;
  await page.goto(familiar.url);
  await page.getByRole("button", { name: "Open the sidebar" }).tap();
  await folder(page, "Work").tap();
  await heading(page, "Work").waitFor();
  const small = await sidebar(page)
    .getByRole("button")
    .evaluateAll((buttons) =>
      buttons
        .map((button) => ({
          name: button.getAttribute("aria-label") ?? button.textContent,
          box: button.getBoundingClientRect(),
        }))
        .filter(({ box }) => box.width > 0 && (box.width < 43.5 || box.height < 43.5))
        .map(({ name, box }) => `${name} ${box.width}x${box.height}`),
    );
  assert.deepEqual(small, [], "targets of 44 pixels");
  await command(page, "Oslo", "Select");
  await sidebar(page).getByRole("group", { name: "Selection" }).waitFor();
  await assertAccessible(page, "a selection on a phone");
  await screenshot(page, "folders-phone");
  await window.close();
});
