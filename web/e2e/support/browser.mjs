/** Chromium as the tests use it: pages that fail the test on any error of the page, and the check for accessibility. */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { mkdir } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";

const ARGS = [
  "--no-sandbox",
  "--headless",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const IMAGES = resolve(import.meta.dirname, "../../../docs/images");

export const DESKTOP = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };
/** How long a person would wait; on a slow machine that is busy with other tests, longer. */
export const PATIENCE_MS = 30_000;

export async function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM_BIN ?? "/usr/bin/chromium", args: ARGS });
}

/** A fresh window. `errors` collects what went wrong in the page; `close` fails the test if anything did. */
export async function openWindow(browser, { viewport = DESKTOP, theme = "light", touch = false, allowed = [] } = {}) {
  const context = await browser.newContext({
    viewport,
    colorScheme: theme,
    reducedMotion: "reduce",
    hasTouch: touch,
    isMobile: touch,
    acceptDownloads: true,
    permissions: ["clipboard-read", "clipboard-write"],
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const errors = [];
  page.on("pageerror", (error) => errors.push(`page error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !allowed.some((pattern) => pattern.test(message.text())))
      errors.push(`console: ${message.text()}`);
  });
  return {
    page,
    context,
    errors,
    close: async () => {
      await context.close();
      assert.deepEqual(errors, [], "the page reported errors");
    },
  };
}

/** What axe finds in the page as it stands, or within a part of it, by all rules or by some. */
export async function axe(page, options) {
  return (await look(page, options)).violations;
}

/** As `axe`, and whether the page changed while it looked. */
async function look(page, { within, only } = {}) {
  // Evaluated in the page's own world, so that the content security policy stays on.
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(AXE);
  return page.evaluate(
    async ({ within: place, rules }) => {
      let changed = false;
      const watch = new MutationObserver(() => (changed = true));
      watch.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
      const result = await globalThis.axe.run(place ? { include: [place] } : document, { runOnly: rules });
      changed ||= watch.takeRecords().length > 0;
      watch.disconnect();
      const violations = result.violations.map(
        (violation) =>
          `${violation.id}: ${violation.nodes.map((node) => `${node.target.join(" ")} (${node.failureSummary})`).join("; ")}`,
      );
      return { violations, changed };
    },
    { within, rules: only ? { type: "rule", values: only } : { type: "tag", values: RULES } },
  );
}

/** Whether the page is drawn: no row that a virtual list hides until it has measured it, nothing that moves or fades, and all letters there. */
function isStill(page) {
  return page.evaluate(
    () =>
      document.querySelector('[style*="visibility: hidden"]') === null &&
      document.getAnimations().every(({ playState }) => playState !== "running") &&
      document.fonts.status === "loaded",
  );
}

/** Fails when axe finds anything in the page once it is drawn. */
export async function assertAccessible(page, where) {
  const violations = await eventually(async () => {
    if (!(await isStill(page))) return undefined;
    // What has just come is drawn two frames later.
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    if (!(await isStill(page))) return undefined;
    const seen = await look(page);
    // Half of one page and half of the next is no page that anybody saw.
    return seen.violations.length > 0 && seen.changed ? undefined : seen.violations;
  }, `${where} is there and stands still`);
  assert.deepEqual(violations, [], `axe at ${where}`);
}

/** Writes a picture for the documentation, when asked to. */
export async function screenshot(page, name) {
  if (process.env.FAMILIAR_SCREENSHOTS !== "1") return;
  await mkdir(IMAGES, { recursive: true });
  await page.screenshot({ path: join(IMAGES, `${name}.png`) });
}

/** Waits until a condition holds, and says what did not. */
export async function eventually(check, what) {
  const until = Date.now() + PATIENCE_MS;
  let last;
  while (Date.now() < until) {
    try {
      const value = await check();
      if (value) return value;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await new Promise((done) => setTimeout(done, 60));
  }
  throw new Error(`did not happen: ${what}${last ? ` (${last.message})` : ""}`);
}

/** Waits until what is read is what is expected; what it was at last is told. */
export function becomes(read, expected, what) {
  return eventually(async () => {
    assert.deepEqual(await read(), expected);
    return true;
  }, what);
}
