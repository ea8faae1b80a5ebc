/** Chooses files or a whole folder. */
import { FilePlus2, FolderPlus } from "lucide-react";
import { useEffect, useRef } from "react";
import { text } from "@/lib/i18n";
import { Button, type ButtonTone } from "@/ui/button";
import { chosenFiles } from "../dropped-files";
import { useAddFiles } from "../use-add-files";

export function AddButtons({ tone = "primary" }: { tone?: ButtonTone }) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const add = useAddFiles();
  useEffect(() => {
    // Not an attribute React knows.
    folder.current?.setAttribute("webkitdirectory", "");
  }, []);
  const take = (input: HTMLInputElement) => {
    add(chosenFiles(input.files));
    input.value = "";
  };
  return (
    <>
      <Button tone={tone} icon={FilePlus2} onClick={() => files.current?.click()}>
        {text.library.addFiles}
      </Button>
      <Button icon={FolderPlus} onClick={() => folder.current?.click()}>
        {text.library.addFolder}
      </Button>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        data-testid="files"
        aria-label={text.library.addFiles}
        onChange={(event) => take(event.target)}
      />
      <input
        ref={folder}
        type="file"
        multiple
        hidden
        data-testid="folder"
        aria-label={text.library.addFolder}
        onChange={(event) => take(event.target)}
      />
    </>
  );
}
