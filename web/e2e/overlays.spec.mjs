/** Every dialog, menu, popover and sheet, in both themes and at both sizes: axe, targets, where the focus goes and comes back to. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, axe, DESKTOP, eventually, launch, openWindow, PHONE } from "./support/browser.mjs";
import { startFamiliar, startUpstream } from "./support/familiar.mjs";
import { furnish } from "./support/furnish.mjs";
import { overlays } from "./support/overlays.mjs";

let browser;
let familiar;
let upstream;
let made;

before(async () => {
  [browser, familiar, upstream] = await Promise.all([launch(), startFamiliar(), startUpstream()]);
  await familiar.useUpstream(upstream);
  made = await furnish(familiar, upstream);
});
after(async () => {
  await browser?.close();
  await familiar?.stop();
  await upstream?.stop();
});

const OVERLAY = '[role="dialog"], [role="menu"], [role="alertdialog"]';
/** What was opened last; it covers what is below. */
const top = (page) => page.locator(OVERLAY).last();
const described = ({ steps }) => steps.map((step) => step.keys ?? String(step)).join(", ");

/** Presses what opens something, and gives what had the focus then. */
async function press(page, step) {
  const open = (await page.locator(OVERLAY).count()) > 0;
  if (step.keys) {
    // In a field a letter is a letter, and where nothing has the focus nothing gets it back.
    await page.locator("main").getByRole("button").filter({ visible: true }).first().focus();
    const opener = await page.evaluateHandle(() => document.activeElement);
    await page.keyboard.press(step.keys);
    return opener;
  }
  // Of the same name several places may open it: the first one that is seen.
  const within = open ? top(page) : page;
  const inMenu = open && (await within.getAttribute("role")) === "menu";
  const control = within
    .getByRole(inMenu ? "menuitem" : "button", { name: step })
    .or(page.locator("main").getByRole("link", { name: step }))
    .filter({ visible: true })
    .first();
  await control.waitFor();
  await control.focus();
  const opener = await page.evaluateHandle(() => document.activeElement);
  await page.keyboard.press("Enter");
  return opener;
}

/** Buttons and fields below the size that a pointer needs; links within a sentence may be as high as it is. */
const tooSmall = (page, least) =>
  top(page).evaluate(
    (overlay, pixels) =>
      [...overlay.querySelectorAll("button, input:not([type=hidden]), select, textarea, [role^=menuitem]")]
        .map((control) => {
          // A box or a switch is pressed by its label as well.
          const boxes = [control, ...(control.labels ?? [])].map((one) => one.getBoundingClientRect());
          const most = (side) => Math.max(...boxes.map((box) => box[side]));
          return { control, width: most("width"), height: most("height") };
        })
        .filter(({ control, width, height }) => {
          const shown = width > 1 && height > 1 && !control.closest(".visually-hidden");
          return shown && (Math.round(width) < pixels || Math.round(height) < pixels);
        })
        .map(
          ({ control, width, height }) =>
            `${control.getAttribute("aria-label") ?? (control.textContent || control.name)}: ${width} × ${height}`,
        ),
    least,
  );

const focusIsIn = (page) => top(page).evaluate((overlay) => overlay.contains(document.activeElement));
/** A command of a menu went away with it: then what opened the menu has the focus. */
const focusIsBack = (opener) =>
  opener.evaluate((had) => {
    const active = document.activeElement;
    return had.isConnected && !had.closest('[role="menu"]') ? active === had : active !== document.body;
  });

for (const theme of ["light", "dark"]) {
  for (const viewport of [DESKTOP, PHONE]) {
    const narrow = viewport === PHONE;
    test(`${theme}, ${viewport.width} px`, async () => {
      const window = await openWindow(browser, { viewport, theme, touch: narrow });
      const { page } = window;
      for (const [route, opened] of overlays(made)) {
        for (const one of opened.filter(({ only }) => only === undefined || (only === "narrow") === narrow)) {
          const where = `${route}: ${described(one)} (${theme}, ${viewport.width} px)`;
          await page.goto(`${familiar.url}${route}`);
          await page.locator("main h1, main h2").first().waitFor({ state: "attached" });
          await eventually(async () => (await page.locator("main .skeleton").count()) === 0, `${where} has loaded`);
          for (const step of one.steps.slice(0, -1)) {
            await press(page, step);
            await top(page).waitFor();
          }
          const below = await page.locator(OVERLAY).count();
          const isMenu = below > 0 && (await top(page).getAttribute("role")) === "menu";
          const opener = await press(page, one.steps.at(-1));
          await eventually(async () => {
            const now = await page.locator(OVERLAY).count();
            return isMenu ? now === 1 && (await top(page).getAttribute("role")) !== "menu" : now > below;
          }, `${where} opens`);
          await eventually(() => focusIsIn(page), `${where} has the focus`);
          await eventually(
            async () => (await top(page).locator(".skeleton").count()) === 0,
            `${where} has its content`,
          );
          // A menu covers a part of what is below, which cannot be pressed while it is open anyway.
          if ((await top(page).getAttribute("role")) === "menu")
            assert.deepEqual(await axe(page, { within: '[role="menu"]' }), [], `axe at ${where}`);
          else await assertAccessible(page, where);
          assert.deepEqual(await tooSmall(page, narrow ? 44 : 24), [], `targets at ${where}`);
          await page.keyboard.press("Escape");
          await eventually(async () => (await page.locator(OVERLAY).count()) <= below, `${where} closes by Escape`);
          await eventually(() => focusIsBack(opener), `the focus comes back at ${where}`);
        }
      }
      await window.close();
    });
  }
}
