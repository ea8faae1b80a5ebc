/** Memory: learned from a conversation, told with why under the next answer, struck out, found, put right, drawn, erased. */
import { after, before, test } from "node:test";
import { assertAccessible, DESKTOP, eventually, launch, openWindow, PHONE } from "./support/browser.mjs";
import { startFamiliar, startUpstream } from "./support/familiar.mjs";
import { answered, composer } from "./support/page.mjs";

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

const facts = async () => (await familiar.api("GET", "/api/memory/facts")).facts.map((fact) => fact.text);

test("what is said is remembered, told with why, and struck out under the answer", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(familiar.url);
  await composer(page).fill("We have a dog called Rex.");
  await composer(page).press("Enter");
  await answered(page, 1);
  await eventually(async () => (await facts()).join() === "Dog: Rex", "what was said is learned");
  await page.goto(familiar.url);
  await composer(page).fill("What is my dog called?");
  await composer(page).press("Enter");
  await answered(page, 1);
  await page.getByText("Recalled 1 fact of you").click();
  await page.getByText("You asked about “dog”", { exact: false }).waitFor();
  await assertAccessible(page, "an answer that was told something");
  await page.getByRole("button", { name: "Strike out “Dog: Rex”" }).click();
  await page.getByRole("button", { name: "Tell “Dog: Rex” again" }).click();
  await page.getByRole("button", { name: /^Memory: / }).click();
  await page.getByRole("switch", { name: "Use memory in this conversation" }).click();
  await page.getByRole("button", { name: "Memory: Memory is off here" }).waitFor();
  await window.close();
});

test("the page finds, adds, puts right, forgets with undo, and draws, by keys and at every width", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(`${familiar.url}/memory`);
  await page.getByRole("button", { name: "Remember something" }).click();
  const dialog = page.getByRole("dialog", { name: "Remember something" });
  await dialog.getByLabel("What to remember").fill("I live in Berlin");
  await assertAccessible(page, "remembering something");
  await dialog.getByRole("button", { name: "Remember", exact: true }).press("Enter");
  await page.getByText("Lives in Berlin", { exact: true }).first().waitFor();
  await page.getByRole("searchbox", { name: "Search what is known" }).fill("berlin");
  await page.getByText("Dog: Rex").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Edit and history of “Lives in Berlin”" }).press("Enter");
  const edit = page.getByRole("dialog", { name: "Put it right" });
  await edit.getByLabel("What it says").fill("Lives in Berlin-Wedding");
  await edit.getByRole("button", { name: "Save" }).click();
  await page.getByText("Lives in Berlin-Wedding", { exact: true }).first().waitFor();
  await page.getByRole("button", { name: "Forget “Lives in Berlin-Wedding”" }).click();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByText("Lives in Berlin-Wedding", { exact: true }).first().waitFor();
  await window.close();
  for (const theme of ["light", "dark"]) {
    for (const viewport of [DESKTOP, PHONE]) {
      const looking = await openWindow(browser, { viewport, theme, touch: viewport === PHONE });
      for (const [view, shown] of [
        ["", "Dog: Rex"],
        ["?view=timeline", "Learned"],
        ["?view=map", "The same as a list"],
        ["?view=profile", "People and animals"],
        ["?view=privacy", "Export everything"],
      ]) {
        await looking.page.goto(`${familiar.url}/memory${view}`);
        await looking.page.getByText(shown).first().waitFor();
        await assertAccessible(looking.page, `memory ${view} (${theme}, ${viewport.width} px)`);
      }
      await looking.close();
    }
  }
});

test("local-only mode is shown wherever one is, and everything can be erased", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(`${familiar.url}/memory?view=privacy`);
  await page.getByRole("switch", { name: "Local-only mode" }).click();
  const mark = page.getByRole("link", { name: /^Local only/ });
  await mark.waitFor();
  // It is shown at once and kept a moment later.
  await eventually(async () => (await familiar.api("GET", "/api/settings")).local_only, "the server has heard of it");
  await page.goto(`${familiar.url}/models`);
  await mark.waitFor();
  await assertAccessible(page, "the mark of local-only mode");
  await mark.click();
  await page.getByRole("switch", { name: "Local-only mode" }).click();
  await mark.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Erase everything" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Erase everything" }).click();
  await eventually(async () => (await facts()).length === 0, "everything is erased");
  await window.close();
});
