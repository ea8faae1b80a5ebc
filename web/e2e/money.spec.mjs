/** Money: what was spent and on what, budgets in their place, how it goes on, and what somebody should know. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { assertAccessible, DESKTOP, eventually, launch, openWindow, PHONE, screenshot } from "./support/browser.mjs";
import { startFamiliar, startUpstream } from "./support/familiar.mjs";
import { answered, say } from "./support/page.mjs";

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

const nanos = (dollars) => {
  const [whole, decimals = ""] = String(dollars).replace("-", "").split(".");
  const size = BigInt(whole) * 1_000_000_000n + BigInt(decimals.padEnd(9, "0"));
  return String(dollars).startsWith("-") ? -size : size;
};
const shown = (text) => nanos(text.replace("$", "").replace("−", "-").replaceAll(",", ""));

async function ask(secret, model, input, output, tags) {
  await upstream.script({ queue: [{ parts: [{ text: "ok" }], usage: { exact: { input, output } } }] });
  const response = await fetch(`${familiar.url}/v1/chat/completions`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${secret}`,
      "content-type": "application/json",
      ...(tags ? { "x-familiar-tags": tags } : {}),
    },
    body: JSON.stringify({
      model,
      max_tokens: 100,
      messages: [{ role: "user", content: `${input} ${output} ${tags}` }],
    }),
  });
  assert.equal(response.status, 200, await response.text());
}

/** Every exchange of the ledger. */
async function ledger() {
  const all = [];
  let cursor = "";
  do {
    const page = await familiar.api("GET", `/api/exchanges?limit=200${cursor}`);
    all.push(...page.exchanges);
    cursor = page.next ? `&cursor=${page.next}` : undefined;
  } while (cursor);
  return all;
}

test("an empty ledger says so, at every width and in every theme", async () => {
  for (const theme of ["light", "dark"]) {
    for (const viewport of [DESKTOP, PHONE]) {
      const window = await openWindow(browser, { viewport, theme, touch: viewport === PHONE });
      const { page } = window;
      await page.goto(`${familiar.url}/usage?days=7`);
      await page.waitForURL(/\/money\?days=7/);
      await page.getByRole("heading", { name: "Money", level: 1 }).waitFor();
      await page.getByText("Nothing to tell").waitFor();
      await page.getByText("Nothing in this period.", { exact: true }).waitFor();
      await page.getByText(/too little history for a forecast/).waitFor();
      await page.getByText("No budget yet").waitFor();
      await assertAccessible(page, `money, empty (${theme}, ${viewport.width} px)`);
      await window.close();
    }
  }
});

test("the figures of the page are a sum over the ledger, in charts, tables and files", async () => {
  const { secret } = await familiar.api("POST", "/api/keys", { name: "editor plug-in" });
  await ask(secret, "openai/gpt-4o-mini", 100_000, 10_000, "team:red, user:ada");
  await ask(secret, "openai/gpt-4o", 12_345, 678, "team:blue");
  await ask(secret, "openai/gpt-4o-mini", 7, 3, "team:red,team:blue");
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(familiar.url);
  await upstream.script({ queue: [{ parts: [{ text: "yes" }], usage: { exact: { input: 200_000, output: 0 } } }] });
  await say(page, "Does it add up?");
  await answered(page);
  await eventually(
    async () => (await ledger()).filter((one) => one.operation === "chat").length >= 4,
    "all is settled",
  );
  const exchanges = await ledger();
  const all = exchanges.reduce((sum, one) => sum + nanos(one.cost_usd ?? "0"), 0n);
  assert.ok(all > 0n);

  await page.getByRole("complementary", { name: "Sidebar" }).getByRole("link", { name: "Money" }).click();
  const spent = page.locator('[data-figure="Spent"]');
  await spent.waitFor();
  // Four decimals are shown from a cent on; the table of the API has all of them.
  const total = (await familiar.api("GET", "/api/money/report")).total.cost_usd;
  assert.equal(nanos(total), all);
  assert.ok(shown(await spent.textContent()) - all < 50_000n && all - shown(await spent.textContent()) < 50_000n);

  const savings = await familiar.api("GET", "/api/money/savings");
  const hits = await page.getByText("of requests answered from Familiar’s cache").textContent();
  assert.ok(
    savings.requests >= 4 && hits.startsWith(`${((100 * savings.cached) / savings.requests).toFixed(1)} %`),
    hits,
  );
  await page.getByRole("slider", { name: /Spend by day: .* in 30 bars/ }).waitFor();
  await assertAccessible(page, "money");
  for (const by of ["Model", "Provider", "Key", "Project", "Label", "User", "Conversation"]) {
    await page.getByRole("tab", { name: by, exact: true }).click();
    const table = page.getByRole("table", { name: `Spend by ${by.toLowerCase()}` });
    await table.waitFor();
    await eventually(async () => {
      const cells = await table.locator("tbody tr td:nth-of-type(5)").allTextContents();
      const sum = cells.reduce((so, cell) => so + shown(cell), 0n);
      const said = shown(await table.locator("tfoot [data-total]").textContent());
      assert.ok(cells.length > 0, by);
      if (by === "Label") assert.ok(sum > said, "a request with two labels counts under both");
      else assert.ok(sum - said <= 50_000n * BigInt(cells.length) && said - sum <= 50_000n * BigInt(cells.length), by);
      return true;
    }, `spend by ${by} adds up`);
  }
  await page.getByRole("tab", { name: "Key", exact: true }).click();
  await page.getByRole("row", { name: /editor plug-in 3/ }).waitFor();
  await page.getByRole("row", { name: /this workbench/ }).waitFor();

  // Each report of the API is the ledger's, to the last digit.
  for (const by of ["hour", "day", "provider", "model", "key", "project", "tag", "user", "conversation"]) {
    const report = await familiar.api("GET", `/api/money/report?by=${by}`);
    const sum = report.rows.reduce((so, row) => so + nanos(row.sums.cost_usd), 0n);
    assert.equal(sum - nanos(report.overlap?.cost_usd ?? "0"), all, by);
    assert.equal(nanos(report.total.cost_usd), all, by);
  }
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Export as CSV: key" }).click(),
  ]);
  const lines = (await readFile(await file.path(), "utf8")).trimEnd().split("\r\n");
  assert.match(lines[0], /^name,label,part,requests/);
  const column = lines[0].split(",").indexOf("cost_usd");
  const inFile = lines.slice(1, -1).reduce((sum, line) => sum + nanos(line.split(",")[column]), 0n);
  assert.equal(inFile, all, "the file adds up");
  assert.equal(nanos(lines.at(-1).split(",")[column]), all, "and says so");
  await page.getByRole("link", { name: "See each exchange" }).click();
  await page.locator("a.exchange-row").filter({ hasText: "editor plug-in" }).first().waitFor();
  await window.close();
});

test("the chart is read with arrow keys, as a table, and split by what one wants", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(`${familiar.url}/money`);
  const chart = page.getByRole("slider", { name: /Spend by day/ });
  await chart.focus();
  await page.keyboard.press("End");
  const today = await chart.getAttribute("aria-valuetext");
  assert.match(today, /: \$0\.\d+/);
  await page.keyboard.press("ArrowLeft");
  assert.notEqual(await chart.getAttribute("aria-valuetext"), today);
  assert.equal(await chart.getAttribute("aria-valuenow"), "28");
  await page.keyboard.press("Home");
  assert.equal(await chart.getAttribute("aria-valuenow"), "0");
  await page.getByLabel("Split by").selectOption("model");
  await page.waitForURL(/stack=model/);
  await page.getByRole("list", { name: "Colours" }).first().getByText("openai/gpt-4o-mini").waitFor();
  await chart.focus();
  await page.keyboard.press("End");
  await eventually(async () => /gpt-4o-mini \$/.test(await chart.getAttribute("aria-valuetext")), "parts are told");
  await page.getByRole("button", { name: "Show as table" }).first().click();
  await eventually(async () => (await page.locator(".chart-table tbody tr").count()) === 30, "thirty days are shown");
  await assertAccessible(page, "the spend as a table");
  await page.getByRole("radio", { name: "7 days" }).click();
  await eventually(async () => (await page.locator(".chart-table tbody tr").count()) === 7, "seven days are shown");
  await page.getByRole("radio", { name: "24 hours" }).click();
  await eventually(async () => (await page.locator(".chart-table tbody tr").count()) === 24, "hours of a day");
  await page.getByRole("radio", { name: "Own" }).click();
  await page.getByLabel("First day").fill("2026-01-01");
  await page.getByLabel("Last day").fill("2026-01-10");
  await eventually(async () => (await page.locator(".chart-table tbody tr").count()) === 10, "days of one's own");
  await page.waitForURL(/from=2026-01-01/);
  await window.close();
});

test("a budget is made, changed in its place and deleted", async () => {
  const window = await openWindow(browser, { allowed: [/status of 422/] });
  const { page } = window;
  await page.goto(`${familiar.url}/money`);
  await page.getByRole("button", { name: "Add a budget" }).click();
  const form = page.getByRole("dialog", { name: "Add a budget" });
  await form.getByLabel("Limit in US dollars").fill("2,50");
  await form.getByLabel("Per", { exact: true }).selectOption("day");
  await form.getByLabel("Time zone").fill("Mars/Olympus");
  await assertAccessible(page, "the form of a budget");
  await form.getByRole("button", { name: "Add a budget" }).click();
  await form.getByRole("alert").waitFor();
  await form.getByLabel("Time zone").fill("Europe/Berlin");
  await form.getByRole("button", { name: "Add a budget" }).click();
  await form.waitFor({ state: "detached" });
  const row = page.locator(".budget-row").first();
  await row.getByText(/of \$2\.50 this day/).waitFor();
  await row.getByRole("button", { name: /^Change/ }).click();
  const field = row.getByRole("textbox", { name: /Limit in US dollars/ });
  await field.fill("much");
  await row.getByRole("button", { name: "Save" }).click();
  await row.getByRole("alert").waitFor();
  await field.fill("4.00");
  await page.keyboard.press("Enter");
  await row.getByText(/of \$4\.00 this day/).waitFor();
  const { budgets } = await familiar.api("GET", "/api/budgets");
  assert.deepEqual(
    budgets.map((one) => [one.limit_usd, one.period, one.time_zone]),
    [["4.00", "day", "Europe/Berlin"]],
  );
  await assertAccessible(page, "a budget");
  await row.getByRole("button", { name: /^Delete/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText("No budget yet").waitFor();
  await window.close();
});

test("a budget that nears its limit is an alert on the page, in a toast, and acknowledged", async () => {
  const budget = await familiar.api("POST", "/api/budgets", {
    scope: "installation",
    period: "total",
    limit_usd: "0.25",
    action: "warn",
    emergency_percent: 1000,
  });
  const window = await openWindow(browser);
  const { page } = window;
  await page.goto(`${familiar.url}/money`);
  await page.getByText("Nothing to tell").waitFor();
  const { secret } = await familiar.api("POST", "/api/keys", { name: "spender" });
  await ask(secret, "openai/gpt-4o-mini", 1_200_000, 0, "spend");
  const alert = page.locator('.alert[data-kind^="budget"]').first();
  await alert.waitFor();
  await page.locator(".toast").first().waitFor();
  await assertAccessible(page, "an alert");
  await screenshot(page, "money");
  // Every mark on the way is told: 80, 90 and 95 percent, the soft limit, the limit.
  await eventually(async () => (await familiar.api("GET", "/api/alerts")).unseen >= 5, "every mark is told");
  const one = page.locator(".alert").filter({ hasText: "90 %" });
  await one.getByRole("button", { name: /^Seen/ }).click();
  await eventually(async () => (await one.getAttribute("data-seen")) === "true", "one of them is seen");
  await page.getByRole("button", { name: "Mark all as seen" }).click();
  await eventually(async () => (await familiar.api("GET", "/api/alerts")).unseen === 0, "they are seen");
  await familiar.api("DELETE", `/api/budgets/${budget.id}`);
  await window.close();
});

test("who is told is chosen, and a webhook's secret is shown once", async () => {
  const window = await openWindow(browser, { allowed: [/status of 422/] });
  const { page } = window;
  await page.goto(`${familiar.url}/money`);
  await page.getByRole("button", { name: "Who is told" }).click();
  const panel = page.getByRole("dialog", { name: "Who is told" });
  await panel.getByRole("switch", { name: "80 %" }).click();
  await panel.getByRole("switch", { name: "Days that stand out" }).click();
  await eventually(async () => {
    const settings = await familiar.api("GET", "/api/alerts/settings");
    return settings.thresholds.join() === "90,95" && settings.muted.join() === "anomaly";
  }, "it is kept");
  await panel.getByRole("button", { name: "For an hour" }).click();
  await panel.getByText(/Quiet until/).waitFor();
  await panel.getByRole("button", { name: "Not quiet" }).click();
  await panel.getByRole("button", { name: "Add a webhook" }).click();
  await panel.getByLabel("Name", { exact: true }).fill("pager");
  await panel.getByLabel("Address").fill("http://127.0.0.1:1/hook");
  await panel.getByRole("button", { name: "Add a webhook" }).click();
  await panel.getByText(/not a public address/).waitFor();
  await panel.getByLabel("Address").fill("https://hooks.invalid/familiar");
  await panel.getByRole("button", { name: "Add a webhook" }).click();
  const secret = await panel.getByTestId("webhook-secret").textContent();
  assert.match(secret, /^whsec_/);
  await assertAccessible(page, "who is told");
  await panel.getByRole("button", { name: "Done" }).click();
  await panel.getByTestId("webhook-secret").waitFor({ state: "detached" });
  assert.ok(!(await page.content()).includes(secret), "it is not shown again");
  await panel.getByRole("button", { name: "Test pager" }).click();
  await panel.locator(".webhook .notice").waitFor();
  await panel.getByRole("button", { name: "Delete pager" }).click();
  await panel.getByText("Nobody else is told.").waitFor();
  await window.close();
});

test("notifications are asked for only with a button", async () => {
  const window = await openWindow(browser);
  const { page } = window;
  await page.addInitScript(() => {
    const asked = [];
    class Spy extends EventTarget {
      static permission = "default";
      static async requestPermission() {
        asked.push("permission");
        Spy.permission = "granted";
        return "granted";
      }
      constructor(title, options) {
        super();
        asked.push(`${title}: ${options.tag !== ""}`);
      }
    }
    globalThis.Notification = Spy;
    globalThis.asked = asked;
  });
  await page.goto(`${familiar.url}/money`);
  await page.getByRole("button", { name: "Who is told" }).click();
  const panel = page.getByRole("dialog", { name: "Who is told" });
  await panel.getByRole("button", { name: "Show notifications" }).waitFor();
  assert.deepEqual(await page.evaluate(() => globalThis.asked), [], "nobody is asked unasked");
  await panel.getByRole("button", { name: "Show notifications" }).click();
  await panel.getByRole("button", { name: "Stop notifications" }).waitFor();
  assert.deepEqual(await page.evaluate(() => globalThis.asked), ["permission"]);
  await window.close();
});

for (const theme of ["light", "dark"]) {
  for (const viewport of [DESKTOP, PHONE]) {
    test(`axe finds nothing on the full page: ${theme}, ${viewport.width} px`, async () => {
      const window = await openWindow(browser, { viewport, theme, touch: viewport === PHONE });
      const { page } = window;
      for (const route of ["/money", "/money?days=1&stack=model&step=hour", "/money?days=90&stack=tag&step=month"]) {
        await page.goto(`${familiar.url}${route}`);
        await page.locator('[data-figure="Spent"]').waitFor();
        await eventually(async () => (await page.locator(".skeleton").count()) === 0, `${route} has loaded`);
        assert.ok(
          (await page.evaluate(() => document.documentElement.scrollWidth)) <= viewport.width,
          `${route} is wider than the screen`,
        );
        await assertAccessible(page, `${route} (${theme}, ${viewport.width} px)`);
      }
      await page.getByRole("button", { name: "Who is told" }).click();
      await page.getByRole("dialog", { name: "Who is told" }).getByText("Webhooks", { exact: true }).waitFor();
      await assertAccessible(page, `who is told (${theme}, ${viewport.width} px)`);
      await window.close();
    });
  }
}

test("a server that does not answer is said, with a way to try again", async () => {
  const window = await openWindow(browser, { allowed: [/Failed to load resource/] });
  const { page } = window;
  await page.route(/\/api\/money\/report/, (route) =>
    route.fulfill({
      status: 500,
      contentType: "application/problem+json",
      body: JSON.stringify({ status: 500, code: "internal", detail: "the ledger is away", hint: "look at the log" }),
    }),
  );
  await page.goto(`${familiar.url}/money`);
  await page.getByRole("alert").filter({ hasText: "the ledger is away" }).first().waitFor();
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await page.getByRole("button", { name: "Try again" }).first().click();
  await page.locator('[data-figure="Spent"]').waitFor();
  await window.close();
});
