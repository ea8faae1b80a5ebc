/** Watched folders: added, seen to come in, out of reach and back, and let go with their documents. */
import assert from "node:assert/strict";
import { mkdtemp, realpath, rename, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { assertAccessible, eventually, launch, openWindow, PHONE, screenshot } from "./support/browser.mjs";
import { startFamiliar } from "./support/familiar.mjs";

let browser;
let familiar;
let folder;

/** Writes a file that was last changed a minute ago: what is newer may still be written. */
async function write(name, text) {
  const place = join(folder, name);
  await writeFile(place, text);
  const then = new Date(Date.now() - 60_000);
  await utimes(place, then, then);
}

before(async () => {
  browser = await launch();
  familiar = await startFamiliar();
  folder = await realpath(await mkdtemp(join(tmpdir(), "familiar-books-")));
  await write("orchard.md", "# Orchard\n\nThe zephyrine apple ripens in October.\n");
  await write("noise.mp3", "ID3 and sounds");
});
after(async () => {
  await browser?.close();
  await familiar?.stop();
  await rm(folder, { recursive: true, force: true });
});

const documents = async () => (await familiar.api("GET", "/api/library/documents?q=orchard.md")).total;

test("a folder is watched by keyboard, goes out of reach and comes back, and is let go", async () => {
  const window = await openWindow(browser, { allowed: [/status of 422/] });
  const { page } = window;
  await page.goto(`${familiar.url}/library`);
  await page.getByRole("button", { name: "Watched folders" }).press("Enter");
  const dialog = page.getByRole("dialog", { name: "Watched folders" });
  await dialog.getByText("No folder is watched").waitFor();
  const path = dialog.getByLabel("Folder", { exact: true });
  await path.fill("/");
  await path.press("Enter");
  await dialog.getByText("it is the machine itself").waitFor();
  await path.fill(folder);
  await dialog.getByLabel("Collection").fill("garden");
  await path.press("Enter");
  const entry = dialog.getByRole("listitem", { name: folder });
  await entry.getByText("In step").waitFor();
  await entry.getByText("Collection garden").waitFor();
  await entry.getByText("Left out: 1").click();
  await entry.getByText("no format that can be read").waitFor();
  assert.equal(await documents(), 1);
  await assertAccessible(page, "a watched folder");
  const lookNow = async () => {
    const button = entry.getByRole("button", { name: "Look now" });
    // While it is being looked, the key would be lost.
    await eventually(() => button.isEnabled(), "it can be looked again");
    await button.press("Enter");
  };
  await rename(folder, `${folder}-away`);
  await lookNow();
  await entry.getByText("Cannot be reached").waitFor();
  await entry.getByText("Nothing of it is deleted from the library meanwhile.").waitFor();
  await assertAccessible(page, "a watched folder that cannot be reached");
  await screenshot(page, "library-watched");
  assert.equal(await documents(), 1);
  await rename(`${folder}-away`, folder);
  await lookNow();
  await entry.getByText("In step").waitFor();
  await entry.getByRole("button", { name: "Stop watching" }).press("Enter");
  await assertAccessible(page, "a watched folder that is let go");
  await entry.getByRole("button", { name: "Delete the documents" }).press("Enter");
  await dialog.getByText("No folder is watched").waitFor();
  await eventually(async () => (await documents()) === 0, "the documents are gone");
  await window.close();
});

test("the folders fit a phone", async () => {
  await familiar.api("POST", "/api/library/watched", { path: folder });
  const window = await openWindow(browser, { viewport: PHONE, theme: "dark", touch: true });
  const { page } = window;
  await page.goto(`${familiar.url}/library`);
  await page.getByRole("button", { name: "Watched folders" }).click();
  const dialog = page.getByRole("dialog", { name: "Watched folders" });
  await dialog.getByText("In step").waitFor();
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= PHONE.width);
  assert.ok(await dialog.evaluate((element) => element.scrollWidth <= element.clientWidth));
  await assertAccessible(page, "watched folders on a phone");
  await screenshot(page, "library-watched-phone");
  await window.close();
});
