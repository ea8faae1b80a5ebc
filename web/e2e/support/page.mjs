/** What a person does on the page, said once. */
import { eventually } from "./browser.mjs";

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
