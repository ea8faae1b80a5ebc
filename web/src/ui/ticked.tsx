/** A sentence of the server: it begins with a capital, and names that stand between backticks are set apart. */

export function Ticked({ children }: { children: string }) {
  const parts = (children.charAt(0).toUpperCase() + children.slice(1)).split("`");
  // An odd one at the end is not a pair.
  if (parts.length % 2 === 0) return parts.join("`");
  return parts.map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part));
}
