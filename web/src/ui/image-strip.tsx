/** Pictures of a message: small in a row, large on demand. */
import { X } from "lucide-react";
import { useState } from "react";
import { text } from "@/lib/i18n";
import type { Image } from "@/lib/types";
import { Dialog } from "./dialog";
import "./image-strip.css";
import { imageUrl } from "@/lib/images";

export function ImageStrip({ images, onRemove }: { images: readonly Image[]; onRemove?: (index: number) => void }) {
  const [shown, setShown] = useState<Image>();
  return (
    <>
      <ul className="image-strip">
        {images.map((image, index) => (
          <li key={index} className="image-thumb">
            <button
              type="button"
              className="image-open"
              aria-label={text.chat.enlarge(image.alt ?? "")}
              onClick={() => setShown(image)}
            >
              <img src={imageUrl(image)} alt={image.alt ?? ""} />
            </button>
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
        onClose={() => setShown(undefined)}
        title={shown?.alt || text.chat.image}
        closeLabel={text.common.close}
        className="lightbox"
      >
        {shown ? <img src={imageUrl(shown)} alt={shown.alt ?? ""} /> : undefined}
      </Dialog>
    </>
  );
}
