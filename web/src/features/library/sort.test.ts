import { expect, it } from "vitest";
import type { Document } from "@/lib/types";
import { isSort, SORTS, sortDocuments, type Sort } from "./sort";

const doc = (title: string, change: Partial<Document>): Document => ({
  id: title,
  title,
  file_name: title,
  size_bytes: 1,
  chunks: 1,
  status: "ready",
  handbook: false,
  created_at: "2026-11-01T00:00:00Z",
  ...change,
});

const DOCUMENTS = [
  doc("chapter 10", { size_bytes: 5, pages: 3, created_at: "2026-11-02T00:00:00Z" }),
  doc("Chapter 2", { size_bytes: 9, status: "failed", created_at: "2026-11-03T00:00:00Z" }),
  doc("appendix", { size_bytes: 7, pages: 40, status: "processing" }),
];

it.each<[Sort, string[]]>([
  ["added", ["Chapter 2", "chapter 10", "appendix"]],
  ["title", ["appendix", "Chapter 2", "chapter 10"]],
  ["size", ["Chapter 2", "appendix", "chapter 10"]],
  ["pages", ["appendix", "chapter 10", "Chapter 2"]],
  ["status", ["Chapter 2", "appendix", "chapter 10"]],
])("by %s", (sort, titles) => expect(sortDocuments(DOCUMENTS, sort).map((document) => document.title)).toEqual(titles));

it("knows its own names", () => {
  expect(SORTS.every(isSort)).toBe(true);
  expect(isSort("colour")).toBe(false);
});
