import { describe, expect, it } from "vitest";
import { SseParser } from "./sse";

const STREAM =
  ': hello\r\nid: 7\r\nevent: delta\r\ndata: {"a":1}\r\ndata: {"b":2}\r\n\r\ndata:bare\n\nretry: 1500\nid: 8\ndata: é…\r\r: beat\n\n';

const EXPECTED = [
  { id: "7", event: "delta", data: '{"a":1}\n{"b":2}' },
  { id: "7", event: "message", data: "bare" },
  { id: "8", event: "message", data: "é…" },
];

describe("SseParser", () => {
  it("reads fields, comments and every kind of line end", () => {
    const parser = new SseParser();
    expect(parser.push(STREAM)).toEqual(EXPECTED);
    expect(parser.retryMs).toBe(1500);
  });

  it("gives the same events wherever the stream is split in two", () => {
    for (let cut = 0; cut <= STREAM.length; cut += 1) {
      const parser = new SseParser();
      const events = [...parser.push(STREAM.slice(0, cut)), ...parser.push(STREAM.slice(cut))];
      expect(events, `cut at ${cut}`).toEqual(EXPECTED);
    }
  });

  it("keeps an unfinished event back", () => {
    const parser = new SseParser();
    expect(parser.push("data: half\n")).toEqual([]);
    expect(parser.push("\n")).toEqual([{ id: undefined, event: "message", data: "half" }]);
  });
});
