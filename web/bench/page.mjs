/**
 * Figures of the page, measured in a real browser against the real program: `npm run figures`. Prints the table of `docs/page.md`.
 * `npm run figures -- sidebar compare` measures only these parts of `first conversations sidebar compare`.
 */
import { statSync, existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";
import { startFamiliar, startUpstream } from "../e2e/support/familiar.mjs";
import { addConversations, fillConversation } from "../e2e/support/many.mjs";
import { answered, composer, lastAnswer, say } from "../e2e/support/page.mjs";

const DIST = resolve(import.meta.dirname, "../dist");
const SIZES = [100, 300, 10_000];
const OPENINGS = 9;
const LISTED = 5_000;
const KEYS = 120;
const REPLIES = 3;
/** As many as a comparison may have. */
const COLUMNS = 8;
/** How long a provider thinks before the first word of each column. */
const THINKING_MS = 500;
/** Longest that the way down the sidebar may take; on a machine that is busy, too. */
const SCROLL_MS = 120_000;
const PARTS = ["first", "conversations", "sidebar", "compare"];
const asked = process.argv.slice(2);
const unknown = asked.find((part) => !PARTS.includes(part));
if (unknown !== undefined) throw new Error(`no part is called \`${unknown}\`; there are ${PARTS.join(", ")}`);
const wanted = (part) => asked.length === 0 || asked.includes(part);
/** A reply of about 600 tokens, with what replies have in them. */
const REPLY = Array.from(
  { length: 12 },
  (_, index) =>
    `Paragraph ${index} says **something** with a [link](https://example.org) and a list:\n\n- one thing\n- another\n\n${"It goes on for a while, as answers do. ".repeat(4)}\n\n`,
).join("");

const start = (...args) =>
  chromium.launch({
    executablePath: process.env.CHROMIUM_BIN ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--headless", "--disable-gpu", ...args],
  });
const browser = await start();
const [familiar, upstream] = await Promise.all([startFamiliar(), startUpstream()]);
const rows = [];
const note = (what, value, bound = "") => {
  rows.push([what, value, bound]);
  process.stdout.write(`# ${what}: ${value}${bound ? ` (${bound})` : ""}\n`);
};

try {
  await familiar.useUpstream(upstream);
  const made = {};
  for (const size of wanted("conversations") ? SIZES : [100]) {
    made[size] = (await familiar.api("POST", "/api/conversations", { title: `Of ${size}` })).id;
    fillConversation(familiar.data, made[size], size);
  }
  // What a new provider sets off is over by then.
  await new Promise((done) => setTimeout(done, 5_000));
  if (wanted("first")) await firstLoad();
  if (wanted("conversations")) await conversations(made);
  if (wanted("sidebar")) await sidebar(made[100]);
  if (wanted("compare")) await compare();
} finally {
  // What is measured is told, whatever became of the rest.
  table();
  await browser.close();
  await familiar.stop();
  await upstream.stop();
}

function table() {
  const cell = (text) => String(text).replaceAll("|", "\\|");
  process.stdout.write(`\n| figure | measured | bound |\n|---|--:|--:|\n`);
  for (const row of rows) process.stdout.write(`| ${row.map(cell).join(" | ")} |\n`);
}

async function open(path = "/", { of = browser, first, there = composer } = {}) {
  const context = await of.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  if (first) await page.addInitScript(first);
  const cdp = await context.newCDPSession(page);
  await cdp.send("Performance.enable");
  const requests = [];
  page.on("request", (request) => requests.push(new URL(request.url()).pathname));
  await page.goto(`${familiar.url}${path}`);
  await there(page).waitFor();
  return { page, cdp, requests, context };
}

async function firstLoad() {
  const { requests, context } = await open();
  await new Promise((done) => setTimeout(done, 1_500));
  const weight = (path) => {
    const file = join(DIST, path);
    return statSync(existsSync(`${file}.br`) ? `${file}.br` : file).size;
  };
  const scripts = requests.filter((path) => path.endsWith(".js"));
  const styles = requests.filter((path) => path.endsWith(".css"));
  const kilobytes = (paths) => `${(paths.reduce((sum, path) => sum + weight(path), 0) / 1000).toFixed(0)} KB`;
  const calls = requests.filter((path) => path.startsWith("/api/") && path !== "/api/events");
  note("first load: requests", requests.length, "≤ 25");
  note("first load: JavaScript, compressed", kilobytes(scripts), "≤ 250 KB");
  note("first load: styles, compressed", kilobytes(styles));
  note("first load: API calls before the route's own", calls.filter((path) => path !== "/api/models").length, "≤ 3");
  await context.close();
}

async function conversations(made) {
  const opened = {};
  for (const size of SIZES) opened[size] = await openings(made[size], size);
  note("open 10,000 messages over 100 (median)", (opened[10_000] / opened[100]).toFixed(2), "≤ 1.3");

  // Without waiting for a screen that is not there: what is measured is the work from key to frame.
  const unpaced = await start("--disable-frame-rate-limit", "--disable-gpu-vsync");
  const typing = await open(`/c/${made[10_000]}`, { of: unpaced });
  await typing.page.getByText("Answer 9999 has").waitFor();
  const keys = await keystrokes(typing.page);
  note("keystroke to paint with 10,000 messages, p95", `${keys.shown.toFixed(1)} ms`, "≤ 16 ms");
  note("the same from when the browser had the key, p95", `${keys.waited.toFixed(1)} ms`);
  await unpaced.close();

  const { page, cdp, context } = await open(`/c/${made[10_000]}`);
  await page.getByText("Answer 9999 has").waitFor();
  await streams(page, cdp);
  await context.close();
}

/** Milliseconds from the click to the last message, in the middle of several. */
async function openings(id, size) {
  const { page, cdp, context } = await open("/");
  const times = [];
  const link = page.locator(`a[href="/c/${id}"]`);
  await link.waitFor();
  for (let turn = 0; turn < OPENINGS; turn += 1) {
    const took = await page.evaluate(
      ([address, words]) =>
        new Promise((done) => {
          const before = performance.now();
          document.querySelector(`a[href="${address}"]`).click();
          const look = () => {
            const last = [...document.querySelectorAll("article.turn-answer")].at(-1);
            if (last?.textContent.includes(words)) done(performance.now() - before);
            else requestAnimationFrame(look);
          };
          look();
        }),
      [`/c/${id}`, `Answer ${size - 1} has`],
    );
    if (turn > 1) times.push(took);
    if (turn === OPENINGS - 1) break;
    await page.evaluate(() => document.querySelector("a.new-chat").click());
    await page.locator(".chat-new").waitFor();
    // Old enough to be fetched again.
    await new Promise((done) => setTimeout(done, 300));
  }
  await page.locator(".thread").hover();
  await new Promise((done) => setTimeout(done, 800));
  const { nodes, heap } = await size_of(page, cdp);
  const label = size.toLocaleString("en");
  note(`${label} messages: elements in the page`, nodes, "≤ 4,000");
  note(`${label} messages: heap`, `${heap.toFixed(1)} MB`, "≤ 60 MB");
  if (size === 10_000) {
    for (let turn = 0; turn < 60; turn += 1) {
      await page.mouse.wheel(0, -1_500);
      await new Promise((done) => setTimeout(done, 40));
    }
    const scrolled = await size_of(page, cdp);
    note(`${label} messages, after reading far up: elements`, scrolled.nodes, "≤ 4,000");
    note(`${label} messages, after reading far up: heap`, `${scrolled.heap.toFixed(1)} MB`, "≤ 60 MB");
  }
  await context.close();
  const middle = times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)];
  note(`${label} messages: opened (median, this machine)`, `${middle.toFixed(0)} ms`);
  return middle;
}

async function size_of(page, cdp) {
  await cdp.send("HeapProfiler.collectGarbage");
  const { metrics } = await cdp.send("Performance.getMetrics");
  const heap = metrics.find(({ name }) => name === "JSHeapUsedSize").value / 1e6;
  return { nodes: await page.evaluate(() => document.querySelectorAll("*").length), heap };
}

async function keystrokes(page) {
  await page.evaluate(() => {
    globalThis.keyTimes = { shown: [], waited: [] };
    addEventListener(
      "keydown",
      (event) => {
        const before = performance.now();
        // Behind the frame that shows the letter.
        requestAnimationFrame(() => {
          const channel = new MessageChannel();
          channel.port1.addEventListener("message", () => {
            const now = performance.now();
            globalThis.keyTimes.shown.push(now - before);
            // A page that was at work when the key came has kept it waiting.
            globalThis.keyTimes.waited.push(now - event.timeStamp);
          });
          channel.port1.start();
          channel.port2.postMessage(0);
        });
      },
      { capture: true },
    );
  });
  await composer(page).focus();
  for (let key = 0; key < KEYS; key += 1) {
    await page.keyboard.press("abcdefgh "[key % 9]);
    await new Promise((done) => setTimeout(done, 15));
  }
  await page.evaluate(() => new Promise((done) => setTimeout(done, 100)));
  const times = await page.evaluate(() => globalThis.keyTimes);
  await composer(page).fill("");
  if (times.shown.length !== KEYS) throw new Error(`${times.shown.length} of ${KEYS} keys were shown`);
  const most = (list) => list.toSorted((one, other) => one - other)[Math.floor(list.length * 0.95)];
  return { shown: most(times.shown), waited: most(times.waited) };
}

async function streams(page, cdp) {
  const busy = async () => {
    const { metrics } = await cdp.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "TaskDuration").value;
  };
  await upstream.script({
    queue: Array.from({ length: REPLIES }, () => ({ parts: [{ text: REPLY }], tokens_per_second: 80 })),
  });
  let [work, wall] = [0, 0];
  const renders = { answer: 0, block: 0, row: 0 };
  for (let reply = 0; reply < REPLIES; reply += 1) {
    await say(page, `Reply ${reply}, please`);
    await lastAnswer(page).getByText("Paragraph 0").waitFor();
    await page.evaluate(() => (globalThis.familiarRenders = {}));
    const [before, since] = [await busy(), Date.now()];
    await lastAnswer(page).getByText("Paragraph 11").waitFor();
    work += (await busy()) - before;
    wall += (Date.now() - since) / 1_000;
    const counted = await page.evaluate(() => globalThis.familiarRenders);
    for (const part of Object.keys(renders)) renders[part] += counted[part] ?? 0;
    await answered(page);
  }
  note("main thread while three replies stream", `${((work / wall) * 100).toFixed(0)} %`, "≤ 25 %");
  const steps = renders.answer;
  note("renders while three replies stream: answers", steps);
  note("blocks rendered for each of them", (renders.block / steps).toFixed(2), "the last");
  note("rows of the conversation rendered for each of them", (renders.row / steps).toFixed(2), "the last");
}

/** The sidebar with few conversations, and with thousands. */
async function sidebar(like) {
  const few = await listOpenings();
  addConversations(familiar.data, like, LISTED);
  const many = await listOpenings();
  const label = `${LISTED.toLocaleString("en")} conversations in the sidebar`;
  note(`${label}: listed after (median, this machine)`, `${many.toFixed(0)} ms`);
  note(`${label}: that over the same with few`, (many / few).toFixed(2), "≤ 1.3");
  const { page, cdp, requests, context } = await open("/");
  const row = page.locator(".conversation-row");
  await row.first().waitFor();
  const begun = await size_of(page, cdp);
  note(`${label}: elements in the page`, begun.nodes, "≤ 1,500");
  note(`${label}: heap`, `${begun.heap.toFixed(1)} MB`, "≤ 60 MB");
  // What a row loads ahead when the pointer is over it is not the list's.
  const calls = () => requests.filter((path) => path.startsWith("/api/")).length;
  const before = calls();
  const since = Date.now();
  let most = 0;
  await page.locator(".conversation-scroll").hover();
  while ((await page.locator(`[title="Number ${LISTED}"]`).count()) === 0) {
    await page.mouse.wheel(0, 6_000);
    await new Promise((done) => setTimeout(done, 30));
    most = Math.max(most, await row.count());
    if (Date.now() - since > SCROLL_MS) throw new Error(`the end of the sidebar is not reached in ${SCROLL_MS} ms`);
  }
  const ended = await size_of(page, cdp);
  note(`${label}: scrolled to the end (this machine)`, `${((Date.now() - since) / 1_000).toFixed(1)} s`);
  note(`${label}: calls on the way`, calls() - before, "≤ 30");
  note(`${label}: most rows in the page on the way`, most, "≤ 120");
  note(`${label}: elements at the end`, ended.nodes, "≤ 1,500");
  note(`${label}: heap at the end`, `${ended.heap.toFixed(1)} MB`, "≤ 60 MB");
  await context.close();
}

/** Milliseconds from the address to the first rows of the sidebar, in the middle of several. */
async function listOpenings() {
  const times = [];
  for (let turn = 0; turn < OPENINGS; turn += 1) {
    const { page, context } = await open("/", { first: markList });
    await page.waitForFunction(() => performance.getEntriesByName("familiar-list").length > 0);
    const took = await page.evaluate(() => performance.getEntriesByName("familiar-list")[0].startTime);
    if (turn > 1) times.push(took);
    await context.close();
  }
  return times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)];
}

/** Runs in the page: when the first row is there. */
function markList() {
  const watched = new MutationObserver(() => {
    if (!document.querySelector(".conversation-row")) return;
    performance.mark("familiar-list");
    watched.disconnect();
  });
  watched.observe(document, { subtree: true, childList: true });
}

/** Eight columns of one provider: whether they stream at once, and how much later than the provider's their first words are read. */
async function compare() {
  const reply = (text, more) => ({ queue: Array.from({ length: COLUMNS }, () => ({ parts: [{ text }], ...more })) });
  await upstream.script(reply("Well."));
  const { head } = await familiar.api("POST", "/api/comparisons", {
    columns: Array.from({ length: COLUMNS }, () => ({ model: "openai/gpt-4o-mini" })),
    question: { text: "Ready?" },
  });
  const field = (page) => page.getByRole("form", { name: "Ask all of them something more" }).getByRole("textbox");
  const { page, context } = await open(`/compare/${head.id}`, { there: field });
  await page.waitForFunction(
    (columns) => document.querySelectorAll('article.compare-answer[aria-busy="false"]').length === columns,
    COLUMNS,
  );
  const widths = await page
    .locator(".compare-head")
    .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().width));
  await upstream.script(reply(REPLY, { first_token_ms: THINKING_MS, tokens_per_second: 50 }));
  await page.evaluate((columns) => {
    globalThis.columnTimes = { first: undefined, last: undefined, atOnce: 0 };
    const times = globalThis.columnTimes;
    addEventListener(
      "keydown",
      () => {
        const before = performance.now();
        const look = () => {
          const answers = [...document.querySelectorAll("article.compare-answer")];
          const begun = answers.filter((answer) => answer.textContent.includes("Paragraph"));
          const writing = begun.filter((answer) => answer.ariaBusy === "true").length;
          times.atOnce = Math.max(times.atOnce, writing);
          if (begun.length > 0) times.first ??= performance.now() - before;
          if (begun.length === columns) times.last = performance.now() - before;
          else requestAnimationFrame(look);
        };
        look();
      },
      { capture: true, once: true },
    );
  }, COLUMNS);
  await field(page).fill("And now?");
  await field(page).press("Enter");
  await page.waitForFunction(() => globalThis.columnTimes.last !== undefined);
  const times = await page.evaluate(() => globalThis.columnTimes);
  const label = `${COLUMNS} columns of one provider`;
  note(`${label}: the first words of the first, after the provider's`, `${(times.first - THINKING_MS).toFixed(0)} ms`);
  note(
    `${label}: the first words of the last, after the provider's`,
    `${(times.last - THINKING_MS).toFixed(0)} ms`,
    "< 1,000 ms",
  );
  note(`${label}: writing at once`, times.atOnce, `${COLUMNS}`);
  note(`${label}: the narrowest at 1,440 px`, `${Math.min(...widths).toFixed(0)} px`, "≥ 320 px");
  await context.close();
}
