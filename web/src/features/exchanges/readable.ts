/** A body as people read it: JSON is laid out, anything else stays as it came. */

export function readable(body: string): { code: string; language: "json" | "text" } {
  try {
    return { code: JSON.stringify(JSON.parse(body), undefined, 2), language: "json" };
  } catch {
    // Cut, or a stream of events, or plain text.
    return { code: body, language: /^\s*[[{]/.test(body) ? "json" : "text" };
  }
}
