/** The picture: made a PNG of a good size in the browser, so that a card can be put into it. */
import { ImagePlus, Trash2 } from "lucide-react";
import { useRef } from "react";
import { text } from "@/lib/i18n";
import type { KeptPersona } from "@/lib/types";
import { Button } from "@/ui/button";
import { showToast } from "@/ui/toast";
import { useSetPicture } from "../api";
import { PersonaPicture } from "./persona-picture";

const MOST_PIXELS = 1024;

export function PictureField({
  kept,
  version,
  name,
  onKept,
}: {
  kept: KeptPersona;
  version: number;
  name: string;
  onKept: (kept: KeptPersona) => void;
}) {
  const files = useRef<HTMLInputElement>(null);
  const set = useSetPicture(kept.id);
  const take = async (file: File) => {
    const picture = await asPng(file);
    if (!picture) {
      showToast({ tone: "danger", text: text.personas.pictureTooOdd });
      return;
    }
    onKept(await set.mutateAsync({ version, picture }));
  };
  return (
    <div className="persona-picture-field" role="group" aria-label={text.personas.pictureOf(name)}>
      <PersonaPicture persona={{ id: kept.id, picture: kept.picture ?? null, name }} />
      <div className="persona-buttons">
        <Button icon={ImagePlus} busy={set.isPending} onClick={() => files.current?.click()}>
          {text.personas.choosePicture}
        </Button>
        {kept.picture ? (
          <Button
            icon={Trash2}
            disabled={set.isPending}
            onClick={() => void set.mutateAsync({ version, picture: undefined }).then(onKept)}
          >
            {text.personas.removePicture}
          </Button>
        ) : undefined}
      </div>
      <input
        ref={files}
        type="file"
        hidden
        accept="image/png,image/jpeg,image/webp,image/gif"
        aria-label={text.personas.choosePicture}
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          if (file) void take(file);
          event.target.value = "";
        }}
      />
    </div>
  );
}

/** The picture as a PNG, made smaller where it is very large. */
async function asPng(file: File): Promise<Blob | undefined> {
  const bitmap = await createImageBitmap(file).catch(() => undefined);
  if (!bitmap) return undefined;
  const scale = Math.min(1, MOST_PIXELS / Math.max(bitmap.width, bitmap.height));
  if (file.type === "image/png" && scale === 1) return file;
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob((blob) => done(blob ?? undefined), "image/png"));
}
