/** How calls of tools are written for people. */

/** JSON by the line where it is JSON, else as the model wrote it. */
export function readable(written: string): string {
  try {
    return JSON.stringify(JSON.parse(written), undefined, 2);
  } catch {
    return written;
  }
}
