/** Pictures for a message: read, made smaller, and without what a camera wrote into them. */
import type { Image } from "@/lib/types";

export const IMAGE_TYPES = ["image/png", "image/jpeg", "image/webp", "image/gif"];
export const MOST_IMAGES = 8;
const LARGEST_BYTES = 10 * 1024 * 1024;
/** The longest side vendors look at; more only costs tokens. */
const LONGEST_SIDE = 2048;

export type ImageProblem = "type" | "size" | "unreadable";

export async function readImage(file: File): Promise<Image | ImageProblem> {
  if (!IMAGE_TYPES.includes(file.type)) return "type";
  if (file.size > LARGEST_BYTES) return "size";
  try {
    // A GIF may move, which drawing it anew would end.
    const blob = file.type === "image/gif" ? file : await redraw(file);
    return { media_type: blob.type, data: await base64(blob), alt: file.name };
  } catch {
    return "unreadable";
  }
}

/** Those that can still be sent: of deleted ones only words are left. */
export function stillThere(images: readonly Image[] | undefined): Image[] {
  return (images ?? []).filter((image) => !image.gone);
}

export function imageUrl(image: Image): string {
  return `data:${image.media_type};base64,${image.data}`;
}

async function redraw(file: File): Promise<Blob> {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = new OffscreenCanvas(
    Math.max(1, Math.round(bitmap.width * scale)),
    Math.max(1, Math.round(bitmap.height * scale)),
  );
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return canvas.convertToBlob({ type: file.type, quality: 0.9 });
}

function base64(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(String(reader.result).split(",", 2)[1] ?? ""));
    reader.addEventListener("error", () => reject(reader.error ?? new Error("unreadable")));
    reader.readAsDataURL(blob);
  });
}
