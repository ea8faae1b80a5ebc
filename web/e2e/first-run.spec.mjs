/** The first minutes without a key: a cited answer from the handbook, documents of one's own, a question they do not answer. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { assertAccessible, eventually, launch, openWindow, PHONE, screenshot } from "./support/browser.mjs";
import { startFamiliar } from "./support/familiar.mjs";
import { answered, composer, dragIn, drop, lastAnswer, say } from "./support/page.mjs";
import { makePdf } from "./support/pdf.mjs";

let browser;
let familiar;

const PAGES = [
  "The lighthouse of Saltmere was built in 1874 by the engineer Ottilie Brandt. Its lamp burns colza oil and is trimmed every four hours.",
  "Keepers change watch at noon. The fog signal sounds twice a minute whenever the harbour wall cannot be seen from the gallery.",
  "In the winter of 1911 the supply boat did not come for nineteen days, and the keepers lived on dried peas and seagull eggs.",
];

before(async () => {
  [browser, familiar] = await Promise.all([launch(), startFamiliar()]);
});
after(async () => {
  await browser?.close();
  await familiar?.stop();
});

test("the first steps stand on the page, and the Librarian answers from the handbook with citations", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(familiar.url);
  await page.getByRole("heading", { name: "Good to have you here" }).waitFor();
  // The question needs it.
  await familiar.handbookIsRead();
  await assertAccessible(page, "the first steps");
  await screenshot(page, "first-steps");

  await page.getByRole("button", { name: "How do I add a provider?" }).click();
  const answer = await answered(page);
  assert.match(await answer.textContent(), /Written without a language model/);
  const citations = answer.locator("button.citation");
  await citations.first().waitFor();
  assert.ok((await citations.count()) >= 1, "every sentence is cited");

  await citations.first().click();
  const panel = page.getByRole("complementary", { name: "Passage" });
  await panel.locator("mark.passage-mark").waitFor();
  const quoted = panel.locator(".passage-quote");
  assert.ok((await panel.locator("mark.passage-mark").textContent()).length > 20);
  if ((await quoted.count()) > 0)
    assert.ok((await panel.locator("mark.passage-mark").textContent()).includes(await quoted.textContent()));
  await assertAccessible(page, "a cited answer with its passage");
  await page.keyboard.press("Escape");
  await panel.waitFor({ state: "detached" });
  await window.close();
});

test("a dropped PDF is read, answered from, and its page opened", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(`${familiar.url}/library`);
  // Before the page is there nobody takes what is dropped.
  await page.getByRole("heading", { name: "Library" }).waitFor();
  await drop(page, [
    { name: "lighthouse.pdf", type: "application/pdf", bytes: makePdf("The Saltmere lighthouse", PAGES) },
    { name: "broken.pdf", type: "application/pdf", bytes: Buffer.from("%PDF-1.7\nthis is not a PDF at all") },
  ]);
  const tray = page.getByRole("region", { name: "Added files" });
  await tray.getByText(/^Ready · 3 pages/).waitFor();
  await eventually(
    async () => /broken\.pdf/.test(await tray.textContent()) && (await tray.locator(".tray-error").count()) === 1,
    "the broken file is refused with its reason",
  );
  await page
    .getByRole("row", { name: /lighthouse\.pdf/ })
    .getByText("Ready")
    .waitFor();
  await assertAccessible(page, "the library with a failed file");

  await page.getByRole("searchbox", { name: "Search in all documents" }).fill("colza oil");
  const hit = page.locator(".hit").first();
  await hit.locator("mark").first().waitFor();
  assert.match(await hit.locator("mark").first().textContent(), /colza|oil/i);
  await hit.click();
  await page.getByRole("complementary", { name: "Passage" }).getByText("page 1").waitFor();
  await page.keyboard.press("Escape");

  await page.goto(familiar.url);
  await say(page, "Who built the lighthouse of Saltmere?");
  const answer = await answered(page);
  assert.match(await answer.textContent(), /Ottilie Brandt/);
  await answer.locator("button.citation").first().click();
  const panel = page.getByRole("complementary", { name: "Passage" });
  await panel.getByText("page 1").waitFor();
  assert.match(await panel.locator("mark.passage-mark").textContent(), /1874/);
  await screenshot(page, "cited-answer");
  await window.close();
});

test("a question the documents do not answer is answered with exactly that", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(familiar.url);
  await say(page, "What is the boiling point of tungsten on Venus?");
  const answer = await answered(page);
  assert.match(await answer.textContent(), /do(es)? not answer/i);
  await window.close();
});

test("a folder keeps its paths, and deleting can be undone", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(`${familiar.url}/library`);
  await page.getByTestId("files").setInputFiles([
    {
      name: "tides.md",
      mimeType: "text/markdown",
      buffer: Buffer.from("# Tides\n\nSpring tides come after the new and the full moon."),
    },
  ]);
  const row = page.getByRole("row", { name: /tides/i });
  await row.getByText("Ready").waitFor();
  await row.getByRole("button", { name: /Commands for/ }).click();
  await assertAccessible(page, "the menu of a document");
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await row.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Undo" }).click();
  await row.waitFor();
  await window.close();
});

test("a whole folder dropped on the page is read with all below it", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  const folder = await mkdtemp(join(tmpdir(), "familiar-folder-"));
  await mkdir(join(folder, "harbour", "logs", "1911"), { recursive: true });
  await writeFile(join(folder, "harbour", "pilots.md"), "# Pilots\n\nA pilot boards beyond the second buoy.");
  await writeFile(join(folder, "harbour", "logs", "1911", "winter.txt"), "The harbour froze on the ninth of January.");
  await writeFile(join(folder, "harbour", ".DS_Store"), "left behind by a system");
  await page.goto(`${familiar.url}/library`);
  await page.getByRole("heading", { name: "Library" }).waitFor();
  await dragIn(page, [join(folder, "harbour")], { x: 700, y: 400 });
  const tray = page.getByRole("region", { name: "Added files" });
  await tray.getByText("harbour/pilots.md").waitFor();
  await tray.getByText("harbour/logs/1911/winter.txt").waitFor();
  assert.doesNotMatch(await tray.textContent(), /DS_Store/);
  await eventually(async () => (await tray.getByText(/^Ready/).count()) === 2, "both files are ready");
  const { documents } = await familiar.api("GET", "/api/library/documents?q=winter.txt");
  assert.deepEqual(
    documents.map((document) => document.file_name),
    ["harbour/logs/1911/winter.txt"],
  );
  await page.getByRole("searchbox", { name: "Search in all documents" }).fill("froze January");
  await page.locator(".hit").first().getByText(/froze/).waitFor();
  await rm(folder, { recursive: true });
  await window.close();
});

test("the library is put in order by the server, over all pages", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  const asked = [];
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.pathname === "/api/library/documents" && request.method() === "GET")
      asked.push(url.searchParams.get("sort"));
  });
  await page.goto(`${familiar.url}/library?sort=title`);
  await page.locator(".document-row").first().waitFor();
  const { documents } = await familiar.api("GET", "/api/library/documents?sort=title");
  await eventually(async () => (await page.locator(".document-row").count()) === documents.length, "all are shown");
  assert.deepEqual(
    await page.locator(".document-row .document-title").allTextContents(),
    documents.map((document) => document.title),
  );
  await page.getByRole("combobox", { name: "Order" }).selectOption("pages");
  await page.waitForURL(/sort=pages/);
  await eventually(
    async () => /lighthouse/i.test(await page.locator(".document-row").first().textContent()),
    "the longest",
  );
  assert.deepEqual([...new Set(asked)], ["title", "-pages"]);
  await window.close();
});

test("it works on a phone", async () => {
  const window = await openWindow(browser, { viewport: PHONE, touch: true });
  const { page } = window;
  await page.goto(familiar.url);
  await page.getByRole("button", { name: "Where does Familiar keep my data?" }).click();
  const answer = await answered(page);
  await answer.locator("button.citation").first().click();
  await page.getByRole("dialog", { name: "Passage" }).locator("mark.passage-mark").waitFor();
  await assertAccessible(page, "a passage on a phone");
  await page.getByRole("dialog", { name: "Passage" }).getByRole("button", { name: "Close" }).click();
  assert.equal(
    await page.evaluate(() => document.documentElement.scrollWidth),
    PHONE.width,
    "nothing is wider than the screen",
  );
  await page.getByRole("button", { name: "Open the sidebar" }).click();
  await page
    .getByRole("dialog")
    .getByRole("link", { name: /Where does Familiar/ })
    .first()
    .waitFor();
  await assertAccessible(page, "the drawer");
  await page.keyboard.press("Escape");
  await composer(page).waitFor();
  await screenshot(page, "phone");
  assert.match(await lastAnswer(page).textContent(), /Written without a language model/);
  await window.close();
});
