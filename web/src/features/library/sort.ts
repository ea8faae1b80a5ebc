/** Orders documents as a person wants to see them. */
import type { Document } from "@/lib/types";

export const SORTS = ["added", "title", "size", "pages", "status"] as const;
export type Sort = (typeof SORTS)[number];

export function isSort(value: unknown): value is Sort {
  return SORTS.includes(value as Sort);
}

const STATUS_ORDER: Record<Document["status"], number> = { failed: 0, processing: 1, queued: 2, ready: 3 };

export function sortDocuments(documents: readonly Document[], sort: Sort): Document[] {
  return documents.toSorted((one, other) => {
    switch (sort) {
      case "added":
        return other.created_at.localeCompare(one.created_at);
      case "title":
        return one.title.localeCompare(other.title, "en", { numeric: true, sensitivity: "base" });
      case "size":
        return other.size_bytes - one.size_bytes;
      case "pages":
        return (other.pages ?? 0) - (one.pages ?? 0);
      case "status":
        return STATUS_ORDER[one.status] - STATUS_ORDER[other.status];
    }
  });
}
