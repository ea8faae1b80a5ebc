/** CSV as spreadsheets read it (RFC 4180). */

export type Cell = string | number | boolean | null | undefined;

export function toCsv(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [header, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

function cell(value: Cell): string {
  const content = value === null || value === undefined ? "" : String(value);
  // A text that a spreadsheet would run as a formula is made a text.
  const safe =
    typeof value === "string" && /^[=+\-@\t\r]/.test(content) && Number.isNaN(Number(content))
      ? `'${content}`
      : content;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
