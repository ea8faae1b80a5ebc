/** What the form of a tool server says: a command line as words, and lines as secret values. */

/** A line that cannot be read: one without a name and a value, or with an open quote. */
export class ToolServerFormError extends Error {
  constructor(
    readonly kind: "line" | "quote",
    readonly line: string,
  ) {
    super(line);
  }
}

/** The words of a command line; quotes keep some together, a backslash takes the next sign as it is. */
export function words(line: string): string[] {
  const found: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < line.length; at += 1) {
    const sign = line.charAt(at);
    const next = line.charAt(at + 1);
    // Only before what it is needed for, so that Windows' paths stay as they are.
    if (sign === "\\" && quote !== "'" && (next === "\\" || next === '"' || (!quote && /['\s]/.test(next)))) {
      word = (word ?? "") + next;
      at += 1;
    } else if (quote ? sign === quote : sign === '"' || sign === "'") {
      quote = quote ? undefined : sign;
      word ??= "";
    } else if (!quote && /\s/.test(sign)) {
      if (word !== undefined) found.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + sign;
    }
  }
  if (quote) throw new ToolServerFormError("quote", line);
  if (word !== undefined) found.push(word);
  return found;
}

/** A command line that [`words`] reads as these. */
export function commandLine(all: readonly string[]): string {
  return all
    .map((word) => (word !== "" && !/[\s"'\\]/.test(word) ? word : `"${word.replaceAll(/[\\"]/g, String.raw`\$&`)}"`))
    .join(" ");
}

/** Values by name, of one line each; `sign` stands between the two. */
export function values(typed: string, sign: "=" | ":"): Record<string, string> {
  const found: Record<string, string> = {};
  for (const line of typed.split("\n").map((entry) => entry.trim())) {
    if (!line) continue;
    const at = line.indexOf(sign);
    const name = line.slice(0, at).trim();
    if (at < 1 || /\s/.test(name)) throw new ToolServerFormError("line", line);
    found[name] = line.slice(at + 1).trim();
  }
  return found;
}
