/** Providers and keys: what costs money is set up, tested and counted. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, becomes, DESKTOP, eventually, launch, openWindow } from "./support/browser.mjs";
import { startFamiliar, startUpstream } from "./support/familiar.mjs";
import { isCopied } from "./support/page.mjs";

let browser;
let familiar;
let upstream;

before(async () => {
  [browser, familiar, upstream] = await Promise.all([launch(), startFamiliar(), startUpstream()]);
  await upstream.script({ models: ["gpt-4o-mini", "gpt-4o"] });
});
after(async () => {
  await browser?.close();
  await familiar?.stop();
  await upstream?.stop();
});

test("a provider is added; a wrong key and a wrong address are named, a right one works", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(`${familiar.url}/settings/providers`);
  await page.getByRole("button", { name: "Add a provider" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Vendor").selectOption("openai");
  await dialog.getByLabel("Address").fill("http://127.0.0.1:9/v1");
  await dialog.getByLabel("API key").fill("sk-wrong");
  await assertAccessible(page, "the dialog of a provider");
  await dialog.getByRole("button", { name: "Save and test" }).click();
  await dialog.getByRole("alert").getByText("Code: network").waitFor();

  await dialog.getByLabel("Address").fill(`${upstream.url}/v1`);
  const refused = { instead: { error: { status: 401, message: "Incorrect API key provided" } } };
  await upstream.script({
    queue_on: [
      ["/models", refused],
      ["/chat/completions", refused],
    ],
  });
  await dialog.getByRole("button", { name: "Save and test" }).click();
  await dialog.getByRole("alert").getByText("Code: authentication").waitFor();
  await upstream.script({ reset: true, models: ["gpt-4o-mini", "gpt-4o"] });

  await dialog.getByLabel("API key").fill("sk-right");
  await dialog.getByRole("button", { name: "Save and test" }).click();
  await dialog
    .getByRole("status")
    .getByText(/offers 2 models/)
    .waitFor();
  await dialog.getByRole("button", { name: "Done" }).click();
  const card = page
    .getByRole("listitem")
    .filter({ hasText: "openai" })
    .filter({ has: page.getByRole("button", { name: "Test" }) });
  await card.getByRole("button", { name: "Edit" }).click();
  await dialog.getByText("Organisation, proxy, headers and time-outs").click();
  await dialog.getByLabel("Organisation").fill("org-7");
  await dialog.getByLabel("Headers sent with every request").fill("nonsense");
  await dialog.getByLabel("To connect").fill("2.5");
  await dialog.getByLabel("Only these models").fill("gpt-4o-mini");
  await assertAccessible(page, "all of the dialog of a provider");
  await dialog.getByRole("button", { name: "Save and test" }).click();
  await dialog.getByText("“nonsense” is not a header").waitFor();
  await dialog.getByLabel("Headers sent with every request").fill("X-Team: blue");
  await dialog.getByRole("button", { name: "Save and test" }).click();
  await dialog.getByRole("status").waitFor();
  await dialog.getByRole("button", { name: "Done" }).click();
  const { providers } = await familiar.api("GET", "/api/providers");
  const { organisation, headers, timeouts, only_models } = providers.find((one) => one.name === "openai");
  assert.deepEqual([organisation, headers, timeouts.connect_ms], ["org-7", ["X-Team"], 2500]);
  assert.deepEqual(only_models, ["gpt-4o-mini"]);
  // Saved again, nothing of it is lost.
  await card.getByRole("button", { name: "Edit" }).click();
  await dialog.getByRole("button", { name: "Save and test" }).click();
  await dialog.getByRole("status").waitFor();
  await dialog.getByRole("button", { name: "Done" }).click();
  const again = await familiar.api("GET", "/api/providers");
  assert.deepEqual(again.providers, providers);
  await card.getByRole("button", { name: "Edit" }).click();
  await dialog.getByLabel("Only these models").fill("");
  await dialog.getByRole("button", { name: "Save and test" }).click();
  await dialog.getByRole("status").waitFor();
  await dialog.getByRole("button", { name: "Done" }).click();
  await card.getByRole("button", { name: "Test" }).click();
  await card
    .getByRole("status")
    .getByText(/offers 2 models/)
    .waitFor();
  assert.doesNotMatch(await page.content(), /sk-right|sk-wrong/, "a key is never shown");
  await assertAccessible(page, "the providers");
  await window.close();
});

test("providers are put in order, and one that was removed comes back with its key", async () => {
  const put = (name) =>
    familiar.api("PUT", `/api/providers/${name}`, {
      vendor: "openai-compatible",
      base_url: `${upstream.url}/v1`,
      api_key: "sk-of-order",
    });
  for (const name of ["zulu", "alpha"]) await put(name);
  const window = await openWindow(browser, { viewport: DESKTOP, theme: "light" });
  const { page } = window;
  await page.goto(`${familiar.url}/settings/providers`);
  const names = async () => (await familiar.api("GET", "/api/providers")).providers.map(({ name }) => name);
  const usual = await names();
  await page.getByRole("button", { name: "Order of providers" }).click();
  const dialog = page.getByRole("dialog", { name: "Order of providers" });
  await assertAccessible(page, "the order of providers");
  for (let at = usual.indexOf("zulu"); at > 0; at -= 1) await dialog.getByRole("button", { name: "zulu up" }).click();
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByText("The order of providers was changed.").waitFor();
  assert.equal((await names())[0], "zulu");
  const headings = page.locator(".provider-list h3");
  await headings.first().getByText("zulu").waitFor();
  const undo = page.getByRole("region", { name: "Notifications" }).getByRole("button", { name: "Undo" }).last();
  await undo.click();
  await headings.filter({ hasText: "zulu" }).waitFor();
  await eventually(async () => (await names()).join() === usual.join(), "the order is as it was");

  const card = page.locator(".provider-card").filter({ hasText: "zulu" });
  await card.getByRole("button", { name: "Remove" }).click();
  await card.waitFor({ state: "detached" });
  await undo.click();
  await card.getByText("Key kept here").waitFor();
  for (const name of ["zulu", "alpha"]) await familiar.api("DELETE", `/api/providers/${name}`);
  await window.close();
});

test("the models are listed with what they can do and cost", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(`${familiar.url}/models`);
  const card = page.getByRole("listitem").filter({ hasText: "openai/gpt-4o-mini" });
  await card.getByText("$0.15 / $0.60").waitFor();
  await card.getByText("Vision").waitFor();
  await page.getByRole("button", { name: "Refresh" }).click();
  await page.getByText("The list of models is fresh.").waitFor();
  await page.getByRole("searchbox", { name: "Search models" }).fill("librarian");
  await card.waitFor({ state: "detached" });
  await page.getByText("No language model", { exact: true }).waitFor();
  await window.close();
});

test("a key is shown once, works and shows its budget", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(`${familiar.url}/keys`);
  await page.getByRole("button", { name: "Create a key" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("What it is for").fill("editor plug-in");
  await dialog.getByLabel("Budget in US dollars").fill("0.50");
  await dialog.getByLabel("Per", { exact: true }).selectOption("day");
  await dialog.getByRole("button", { name: "Create a key" }).click();
  const secret = await dialog.getByTestId("secret").textContent();
  assert.match(secret, /^fam-/);
  await assertAccessible(page, "the secret");
  await dialog.locator(".secret").getByRole("button", { name: "Copy" }).click();
  await isCopied(page, secret);
  await dialog.getByRole("button", { name: "Done" }).click();
  await dialog.waitFor({ state: "detached" });
  assert.ok(!(await page.content()).includes(secret), "it is not shown again");

  await upstream.script({ queue: [{ parts: [{ text: "ok" }], usage: { exact: { input: 100_000, output: 10_000 } } }] });
  const response = await fetch(`${familiar.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
    body: JSON.stringify({
      model: "openai/gpt-4o-mini",
      max_tokens: 100,
      messages: [{ role: "user", content: "hello" }],
    }),
  });
  assert.equal(response.status, 200, await response.text());
  // 100,000 tokens at $0.15 and 10,000 at $0.60 a million.
  const budget = page.getByText(/of \$0\.50 this day/).first();
  await eventually(async () => {
    await page.reload();
    // The page is loaded before it has asked for the keys: what is there at once is nothing.
    return /\$0\.021 of/.test(await budget.textContent());
  }, "the budget shows what was spent");
  await assertAccessible(page, "the keys");
  await window.close();
});

test("general settings are kept", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(`${familiar.url}/settings/general`);
  await page.getByLabel("Instructions for every conversation").fill("Answer in one sentence.");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.").waitFor();
  const titles = page.getByRole("switch", { name: "Titles written by the model" });
  await titles.click();
  // It is shown at once and kept a moment later: a reload in between would take it back.
  await eventually(async () => (await familiar.api("GET", "/api/settings")).titles_by_model, "the server has it");
  await page.reload();
  const instructions = page.getByLabel("Instructions for every conversation");
  await becomes(() => instructions.inputValue(), "Answer in one sentence.", "the instructions are kept");
  await becomes(() => titles.isChecked(), true, "the switch is kept");
  await window.close();
});
