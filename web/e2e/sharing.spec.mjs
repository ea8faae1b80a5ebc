/** A conversation is shared by a link: what readers see, a password, the end of it, and a copy that goes on. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
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
import { aPort, startFamiliar, startUpstream } from "./support/familiar.mjs";
import { answered, answers, isCopied, say } from "./support/page.mjs";

const TITLE = "Lanterns";
const ANSWER = "Use **paraffin**.\n\n```js\nlight();\n```\n\n| oil | hours |\n| --- | --- |\n| paraffin | 9 |";
let browser;
let upstream;
let familiar;
let conversation;

before(async () => {
  [browser, upstream, familiar] = await Promise.all([
    launch(),
    startUpstream(),
    startFamiliar({ config: `[server]\nexpose = "127.0.0.1:${aPort()}"\n` }),
  ]);
  await familiar.useUpstream(upstream);
  const window = await openWindow(browser, { viewport: DESKTOP, theme: "light" });
  await upstream.script({ queue: [{ parts: [{ text: ANSWER }] }] });
  await window.page.goto(familiar.url);
  await say(window.page, "Which oil burns longest?");
  await answered(window.page);
  conversation = new URL(window.page.url()).pathname.split("/").at(-1);
  await familiar.api("PATCH", `/api/conversations/${conversation}`, { title: TITLE });
  await window.close();
});
after(async () => {
  await browser?.close();
  await Promise.all([familiar?.stop(), upstream?.stop()]);
});

const dialogOf = (page) => page.getByRole("dialog", { name: `Share “${TITLE}”` });
const newest = async () => (await familiar.api("GET", "/api/shares")).shares[0];

async function openDialog(page) {
  await page.getByRole("button", { name: `Commands for “${TITLE}”` }).click();
  await page.getByRole("menuitem", { name: "Share a link" }).click();
  await dialogOf(page).waitFor();
}

test("a link is made, read by somebody else, updated, counted and revoked", async () => {
  const window = await openWindow(browser, { viewport: DESKTOP, theme: "light" });
  const { page } = window;
  await page.goto(`${familiar.url}/c/${conversation}`);
  await answers(page).getByText("paraffin").first().waitFor();
  await openDialog(page);
  const dialog = dialogOf(page);
  await dialog.getByText(/^Whoever has the link reads it at 127\.0\.0\.1:/).waitFor();
  await assertAccessible(page, "the dialog that makes a link");
  await screenshot(page, "share-new");
  await dialog.getByRole("switch", { name: "Tokens and cost" }).click();
  await dialog.getByLabel("The link ends").selectOption("week");
  await dialog.getByRole("button", { name: "Make the link" }).click();
  const address = await dialog.getByLabel("Address").inputValue();
  assert.match(address, /^http:\/\/127\.0\.0\.1:\d+\/s\/[\w-]{32}$/);
  await dialog.getByRole("button", { name: "Copy the link" }).press("Enter");
  await isCopied(page, address);
  await assertAccessible(page, "a link that is there");
  await screenshot(page, "share-made");

  const reader = await openWindow(browser, { viewport: DESKTOP, theme: "dark" });
  const asked = [];
  reader.page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await reader.page.goto(address);
  await reader.page.getByRole("heading", { level: 1, name: TITLE }).waitFor();
  const answer = reader.page.getByRole("article", { name: /^Answer by/ });
  await answer.getByRole("cell", { name: "paraffin" }).waitFor();
  assert.equal(await answer.locator("strong").innerText(), "paraffin");
  await reader.page.getByRole("article", { name: "Question" }).getByText("Which oil burns longest?").waitFor();
  await answer.getByText(/→ .*\$/).waitFor();
  assert.equal(await reader.page.getByRole("button", { name: "Continue as a copy" }).count(), 0, "not from outside");
  await assertAccessible(reader.page, "a shared conversation");
  await screenshot(reader.page, "shared");
  const calls = asked.filter((path) => path.startsWith("/api/"));
  assert.deepEqual(
    [...new Set(calls)],
    [new URL(address).pathname.replace("/s/", "/api/shared/")],
    "it asks for nothing else",
  );
  await reader.page.emulateMedia({ media: "print" });
  assert.ok(await reader.page.getByRole("button", { name: "Print or save as PDF" }).isHidden());
  await reader.page.emulateMedia({ media: "screen" });

  await upstream.script({ queue: [{ parts: [{ text: "Nine hours." }] }] });
  await page.keyboard.press("Escape");
  await say(page, "How long?");
  await answered(page, 2);
  await reader.page.reload();
  await reader.page.getByRole("article", { name: "Question" }).first().waitFor();
  await becomes(() => reader.page.getByRole("article").count(), 2, "what was said later is not in it");
  await openDialog(page);
  await dialog.getByText("opened 2 times").waitFor();
  await dialog.getByRole("button", { name: "Update the copy" }).click();
  await dialog.getByText("4 messages").waitFor();
  await reader.page.reload();
  await reader.page.getByText("Nine hours.").waitFor();
  await becomes(async () => (await newest()).views, 3, "every reading is counted");

  await dialog.getByRole("button", { name: "Revoke" }).click();
  const sure = page.getByRole("dialog", { name: "Revoke this link?" });
  await sure.getByRole("button", { name: "Revoke" }).press("Enter");
  await dialog.getByRole("button", { name: "Make the link" }).waitFor();
  await reader.close();
  const late = await openWindow(browser, { viewport: PHONE, theme: "light", touch: true, allowed: [/404/] });
  assert.equal((await late.page.goto(address)).status(), 404);
  await late.page.getByRole("heading", { name: "This link leads nowhere" }).waitFor();
  await assertAccessible(late.page, "a link that leads nowhere");
  await late.close();
  await window.close();
});

test("on a phone a password is asked for, and a reader at home goes on with a copy", async () => {
  const made = await familiar.api("POST", "/api/shares", {
    conversation_id: conversation,
    password: "correct horse",
  });
  const window = await openWindow(browser, { viewport: PHONE, theme: "dark", touch: true, allowed: [/401/] });
  const { page } = window;
  await page.goto(`${familiar.url}${made.path}`);
  const password = page.getByLabel("Password");
  await password.fill("wrong horse");
  await page.getByRole("button", { name: "Read it" }).click();
  await page.getByRole("alert").getByText("the password is not right").waitFor();
  await assertAccessible(page, "a link that asks for a password");
  await screenshot(page, "shared-locked-phone");
  await password.fill("correct horse");
  await password.press("Enter");
  await page.getByRole("heading", { level: 1, name: TITLE }).waitFor();
  await page.reload();
  await page.getByRole("heading", { level: 1, name: TITLE }).waitFor();
  await assertAccessible(page, "a shared conversation on a phone");
  await screenshot(page, "shared-phone");
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  assert.equal(wide, false, "nothing is wider than the phone");
  await page.getByRole("button", { name: "Continue as a copy" }).click();
  await eventually(() => new URL(page.url()).pathname.startsWith("/c/"), "the copy is open");
  await answers(page).getByText("Nine hours.").waitFor();
  assert.notEqual(new URL(page.url()).pathname.split("/").at(-1), conversation);
  await page.goto(`${familiar.url}${made.path}`);
  await page.getByRole("heading", { level: 1, name: TITLE }).waitFor();
  assert.equal((await newest()).views, 2, "the owner's own browser is not counted");
  await window.close();
});

test("the settings list every link, and a conversation is printed", async () => {
  const window = await openWindow(browser, { viewport: PHONE, theme: "light", touch: true });
  const { page } = window;
  await page.goto(`${familiar.url}/settings/conversations`);
  const links = page.getByRole("region", { name: "Links you gave out" });
  await links.getByRole("link", { name: TITLE }).waitFor();
  await links.getByText("with a password").waitFor();
  await assertAccessible(page, "the links in the settings, on a phone");
  await links.scrollIntoViewIfNeeded();
  await screenshot(page, "shares-settings-phone");
  await links.getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("dialog", { name: "Revoke this link?" }).getByRole("button", { name: "Revoke" }).click();
  await links.getByText("No conversation is shared.").waitFor();

  await page.setViewportSize(DESKTOP);
  await page.goto(`${familiar.url}/c/${conversation}`);
  await page
    .getByRole("button", { name: `Commands for “${TITLE}”` })
    .first()
    .click();
  await page.getByRole("menuitem", { name: "Save as a file" }).click();
  const dialog = page.getByRole("dialog", { name: `Save “${TITLE}”` });
  await dialog.getByLabel("Form").selectOption("pdf");
  await dialog.getByRole("button", { name: "Print or save as PDF" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.frameLocator(".print-frame").getByText("Nine hours.").waitFor({ state: "attached" });
  await window.close();
});
