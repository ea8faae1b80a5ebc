/** A text in which the words that were looked for are marked. */
import { pieces } from "../mark";

export function Marked({ words, children }: { words: readonly string[]; children: string }) {
  if (words.length === 0) return children;
  return pieces(children, words).map(({ text, marked }, index) =>
    marked ? <mark key={index}>{text}</mark> : <span key={index}>{text}</span>,
  );
}
