// What is taken as another title.
import { act } from "react";
import { createRoot } from "react-dom/client";
import { expect, it, vi } from "vitest";
import { RenameDialog } from "./rename-dialog";

it("takes a title without the space around it, and no empty one", () => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  const renamed = vi.fn();
  const root = createRoot(document.body.appendChild(document.createElement("div")));
  act(() =>
    root.render(
      <RenameDialog open heading="Rename" title="Kept" busy={false} onRename={renamed} onClose={() => undefined} />,
    ),
  );
  const field = document.querySelector<HTMLInputElement>('input[name="title"]');
  const save = (title: string) => {
    if (field) field.value = title;
    act(() => document.querySelector<HTMLButtonElement>('button[type="submit"]')?.click());
  };
  expect(field?.value).toBe("Kept");
  save("   ");
  expect(renamed).not.toHaveBeenCalled();
  save(" Other words ");
  expect(renamed).toHaveBeenCalledExactlyOnceWith("Other words");
  act(() => root.unmount());
  document.body.replaceChildren();
});
