// Which pictures are taken from what is dropped.
import { act, useEffect } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { useDraft, type Draft } from "./use-draft";
import { usePictures } from "./use-pictures";

const problem = vi.fn();
const unseen = vi.fn();
let root: Root;
let draft: Draft;

function Field({ sees }: { sees: boolean }) {
  const own = useDraft("pictures");
  const pictures = usePictures(own, { onProblem: problem, onUnseen: sees ? undefined : unseen });
  useEffect(() => {
    draft = own;
  }, [own]);
  return <textarea aria-label="Words" onDrop={pictures.onDrop} />;
}

const show = (sees: boolean) => act(() => root.render(<Field sees={sees} />));
const gif = (name: string) => new File(["GIF89a"], name, { type: "image/gif" });
/** Drops files; whether they were taken. */
async function drop(...files: File[]): Promise<boolean> {
  const event = Object.assign(new Event("drop", { bubbles: true, cancelable: true }), { dataTransfer: { files } });
  await act(async () => void document.querySelector("textarea")?.dispatchEvent(event));
  return event.defaultPrevented;
}
const names = () => draft.images.map((image) => image.alt);

beforeEach(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  problem.mockReset();
  unseen.mockReset();
  root = createRoot(document.body.appendChild(document.createElement("div")));
});
afterEach(() => {
  act(() => root.unmount());
  document.body.replaceChildren();
});

it("takes pictures, and leaves what has other files in it to the library", async () => {
  show(true);
  expect(await drop(gif("one.gif"), new File(["words"], "notes.txt", { type: "text/plain" }))).toBe(false);
  expect(await drop(gif("two.gif"), gif("three.gif"))).toBe(true);
  await vi.waitFor(async () => {
    await act(async () => undefined);
    expect(names()).toEqual(["two.gif", "three.gif"]);
  });
  expect(problem).not.toHaveBeenCalled();
});

it("says once why some are not taken, and takes the others", async () => {
  show(true);
  const large = () => new File([new Uint8Array(10 * 1024 * 1024 + 1)], "large.gif", { type: "image/gif" });
  await drop(large(), large(), gif("small.gif"));
  await vi.waitFor(async () => {
    await act(async () => undefined);
    expect(names()).toEqual(["small.gif"]);
  });
  expect(problem.mock.calls).toEqual([["size"]]);
});

it("takes none where nobody can look at them", async () => {
  show(false);
  expect(await drop(gif("one.gif"))).toBe(true);
  expect(unseen).toHaveBeenCalledOnce();
  expect(names()).toEqual([]);
});
