/** What a person does on the page, said once. */
import { becomes, eventually } from "./browser.mjs";

export const composer = (page) => page.getByRole("textbox", { name: "Message", exact: true });
export const answers = (page) => page.locator("article.turn-answer");
export const lastAnswer = (page) => answers(page).last();

export async function say(page, words) {
  await composer(page).fill(words);
  await composer(page).press("Enter");
}

/** Waits for the end of the answer that is shown last. */
export async function answered(page, count = undefined) {
  await eventually(async () => {
    if (count !== undefined && (await answers(page).count()) < count) return false;
    const last = lastAnswer(page);
    return (await last.count()) === 1 && (await last.getAttribute("aria-busy")) === "false";
  }, "the answer ended");
  return lastAnswer(page);
}

/** Waits until a text is in the clipboard: the page is asked, and then the browser. */
export function isCopied(page, text) {
  return becomes(() => page.evaluate(() => navigator.clipboard.readText()), text, "it is in the clipboard");
}

/** Drops files on the page as a person does with the mouse. */
export async function drop(page, files) {
  const transfer = await page.evaluateHandle(
    (given) => {
      const data = new DataTransfer();
      for (const { name, type, base64 } of given) {
        const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
        data.items.add(new File([bytes], name, { type }));
      }
      return data;
    },
    files.map((file) => ({ name: file.name, type: file.type, base64: Buffer.from(file.bytes).toString("base64") })),
  );
  await page.dispatchEvent("body", "dragover", { dataTransfer: transfer });
  await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
}

/** Drags files and folders of the disk onto a place of the page, as the browser itself hears it from the system. */
export async function dragIn(page, paths, { x, y }) {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  const send = (type) => session.send("Input.dispatchDragEvent", { type, x, y, data });
  await send("dragEnter");
  await send("dragOver");
  // What is let go before the page has said that it takes it is gone, for a person as well, who is slower.
  await page.evaluate(() => new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown))));
  await send("dragOver");
  await send("drop");
  await session.detach();
}

/** Calls the OpenAI door with a virtual key. */
export function openAiCall(url, secret, body) {
  return fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}
