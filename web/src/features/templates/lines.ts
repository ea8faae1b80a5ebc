/** What two texts have different, by the line. */

export interface Line {
  kind: "same" | "added" | "gone";
  text: string;
}

/** More lines than anybody compares by eye are told as replaced. */
const MOST = 2_000;

/** The longest common lines stay; what is around them is gone or added, gone first. */
export function compareLines(before: string, after: string): Line[] {
  const [old, now] = [before.split("\n"), after.split("\n")];
  const gone = (text: string): Line => ({ kind: "gone", text });
  const added = (text: string): Line => ({ kind: "added", text });
  if (old.length > MOST || now.length > MOST) return [...old.map(gone), ...now.map(added)];
  const width = now.length + 1;
  // How many lines are common from here to the end.
  const common = new Uint16Array((old.length + 1) * width);
  const at = (i: number, j: number) => common[i * width + j] ?? 0;
  for (let i = old.length - 1; i >= 0; i -= 1)
    for (let j = now.length - 1; j >= 0; j -= 1)
      common[i * width + j] = old[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    const [was, is] = [old[i], now[j]];
    if (was !== undefined && was === is) {
      lines.push({ kind: "same", text: was });
      i += 1;
      j += 1;
    } else if (was !== undefined && (is === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push(gone(was));
      i += 1;
    } else if (is !== undefined) {
      lines.push(added(is));
      j += 1;
    }
  }
  return lines;
}
