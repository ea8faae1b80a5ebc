/** Pictures of a message: small in a row, large on demand. */
import { ImageOff, X } from "lucide-react";
import { useState } from "react";
import { formatBytes } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { Image } from "@/lib/types";
import { Dialog } from "./dialog";
import { TextField } from "./field";
import "./image-strip.css";
import { imageUrl } from "@/lib/images";

export interface ImageStripProps {
  images: readonly Image[];
  onRemove?: (index: number) => void;
  /** Takes what a picture shows, in words. */
  onDescribe?: (index: number, alt: string) => void;
}

/** What is known of a picture that was deleted. */
function Gone({ image, gone }: { image: Image; gone: NonNullable<Image["gone"]> }) {
  return (
    <p className="image-gone" dir="auto">
      <ImageOff size={16} aria-hidden />
      <span>{text.chat.imageGone(gone.days, image.alt ?? "", formatBytes(gone.size_bytes))}</span>
    </p>
  );
}

export function ImageStrip({ images, onRemove, onDescribe }: ImageStripProps) {
  const [shownAt, setShownAt] = useState<number>();
  const shown = shownAt === undefined ? undefined : images[shownAt];
  return (
    <>
      <ul className="image-strip">
        {images.map((image, index) => (
          <li key={index} className="image-thumb">
            {image.gone ? (
              <Gone image={image} gone={image.gone} />
            ) : (
              <button
                type="button"
                className="image-open"
                aria-label={text.chat.enlarge(image.alt ?? "")}
                onClick={() => setShownAt(index)}
              >
                <img src={imageUrl(image)} alt={image.alt ?? ""} />
              </button>
            )}
            {onRemove ? (
              <button
                type="button"
                className="image-remove"
                aria-label={text.chat.removeImage(image.alt ?? "")}
                onClick={() => onRemove(index)}
              >
                <X size={14} aria-hidden />
              </button>
            ) : undefined}
          </li>
        ))}
      </ul>
      <Dialog
        open={shown !== undefined}
        onClose={() => setShownAt(undefined)}
        title={shown?.alt || text.chat.image}
        closeLabel={text.common.close}
        className="lightbox"
      >
        {shown ? <img src={imageUrl(shown)} alt={shown.alt ?? ""} /> : undefined}
        {shown && shownAt !== undefined && onDescribe ? (
          <TextField
            label={text.chat.describeImage}
            value={shown.alt ?? ""}
            maxLength={500}
            dir="auto"
            onChange={(event) => onDescribe(shownAt, event.target.value)}
          />
        ) : undefined}
      </Dialog>
    </>
  );
}
