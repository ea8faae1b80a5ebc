/** Documents of the library: tagged, narrowed down by tags, and what they say of themselves put right. */
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
import { startFamiliar } from "./support/familiar.mjs";

let browser;
let familiar;

const list = async (filter) => familiar.api("GET", `/api/library/documents?${filter}`);

before(async () => {
  browser = await launch();
  familiar = await startFamiliar();
  // Its pages would push down what is to be ticked.
  await familiar.handbookIsRead();
  const form = new FormData();
  form.append("file", new Blob(["# Orchard\n\nThe zephyrine quince ripens late."]), "orchard.md");
  form.append("file", new Blob(["# Cellar\n\nThe zephyrine quince keeps long."]), "cellar.md");
  const response = await fetch(`${familiar.url}/api/library/documents`, { method: "POST", body: form });
  assert.equal(response.status, 201);
  const ready = async (name) => (await list(`status=ready&q=${name}`)).total === 1;
  await eventually(async () => (await ready("orchard.md")) && (await ready("cellar.md")), "both can be searched");
});
after(async () => {
  await browser?.close();
  await familiar?.stop();
});

const row = (page, name) => page.locator(".document-row", { hasText: name });

test("several documents are tagged at once, lists and hits are narrowed down, and it is taken back", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(`${familiar.url}/library`);
  await page.getByRole("checkbox", { name: "Select “Orchard”" }).click();
  await page.getByRole("checkbox", { name: "Select “Cellar”" }).click();
  const selection = page.getByRole("group", { name: "Selection" });
  await selection.getByText("2 documents selected").waitFor();
  await assertAccessible(page, "selected documents");
  await selection.getByRole("button", { name: "Tags", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Tags of 2 documents" });
  await dialog.getByLabel("Another tag").fill("#Fruit");
  await assertAccessible(page, "tags of documents");
  await dialog.getByRole("button", { name: "Save", exact: true }).click();
  for (const name of ["orchard.md", "cellar.md"]) await row(page, name).locator(".document-tag").waitFor();
  await becomes(async () => (await list("q=orchard.md")).documents[0].tags, ["fruit"], "the tag is kept");

  await page.getByRole("button", { name: "Commands for Orchard" }).click();
  await page.getByRole("menuitem", { name: "Tags" }).click();
  const single = page.getByRole("dialog", { name: "Tags of “Orchard”" });
  await single.getByLabel("Another tag").fill("to do");
  await single.getByRole("button", { name: "Save", exact: true }).click();
  await row(page, "orchard.md").getByText("to do", { exact: true }).waitFor();
  await page.getByRole("combobox", { name: "Tag", exact: true }).selectOption("to do");
  await row(page, "cellar.md").waitFor({ state: "detached" });
  await row(page, "orchard.md").waitFor();

  await page.goto(`${familiar.url}/library?q=zephyrine`);
  await page.locator(".hit").nth(1).waitFor();
  const facet = page.getByRole("group", { name: "Tag", exact: true });
  await facet.getByRole("checkbox", { name: "to do (1)" }).click();
  await eventually(async () => (await page.locator(".hit").count()) === 1, "only the tagged one is left");
  await facet.getByRole("checkbox", { name: "fruit (2)" }).waitFor();
  await assertAccessible(page, "a choice of tags");

  await page.goto(`${familiar.url}/library`);
  await page.getByRole("checkbox", { name: "Select “Cellar”" }).click();
  await selection.getByRole("button", { name: "Tags", exact: true }).click();
  const again = page.getByRole("dialog", { name: "Tags of “Cellar”" });
  await again.getByRole("checkbox", { name: "fruit" }).click();
  await again.getByRole("button", { name: "Save", exact: true }).click();
  await row(page, "cellar.md").locator(".document-tag").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Undo" }).click();
  await row(page, "cellar.md").locator(".document-tag").waitFor();
  await window.close();
});

test("what a document says of itself is put right, and that is taken back", async () => {
  const window = await openWindow(browser, { allowed: [/status of 422/] });
  const { page } = window;
  await page.goto(`${familiar.url}/library`);
  await page.getByRole("button", { name: "Commands for Cellar" }).click();
  await page.getByRole("menuitem", { name: "Details" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Correct", exact: true }).click();
  await dialog.getByLabel("Title").fill("The cellar book");
  await dialog.getByLabel("Published").fill("1999-13");
  await assertAccessible(page, "a document that is put right");
  await dialog.getByRole("button", { name: "Save corrections" }).click();
  await dialog.getByText(/1999-13/).waitFor();
  await dialog.getByLabel("Published").fill("1999-05");
  await dialog.getByRole("button", { name: "Save corrections" }).click();
  await dialog.getByText("corrected by you").waitFor();
  const told = (await list("q=cellar.md")).documents[0];
  assert.deepEqual([told.title, told.published], ["The cellar book", "1999-05"]);
  await dialog.getByRole("button", { name: "Take corrections back" }).click();
  await eventually(async () => (await list("q=cellar.md")).documents[0].title === "Cellar", "the title is its own");
  await window.close();
});

for (const viewport of [DESKTOP, PHONE]) {
  test(`tags and a selection look right at ${viewport.width} px`, async () => {
    const window = await openWindow(browser, { viewport, touch: viewport === PHONE });
    const { page } = window;
    await page.goto(`${familiar.url}/library`);
    await page.getByRole("checkbox", { name: "Select “Orchard”" }).click();
    await page.getByRole("group", { name: "Selection" }).waitFor();
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= viewport.width);
    await assertAccessible(page, `selected documents (${viewport.width} px)`);
    await screenshot(page, `library-selection-${viewport.width}`);
    await window.close();
  });
}
