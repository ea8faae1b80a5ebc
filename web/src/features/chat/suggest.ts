/** What a character in the composer asks for: `/` what can be done, `@` who answers, `#` what the answer rests on. */

export type Trigger = "/" | "@" | "#";

export interface Asked {
  trigger: Trigger;
  /** What was typed behind it. */
  query: string;
  /** Where it stands, to be taken out again. */
  from: number;
  to: number;
}

/** A command is all there is before the caret; names may stand behind any space. */
const COMMAND = /^\/([^\s/]{0,40}(?: [^\s/]{0,20}){0,2})$/u;
const NAME = /(?:^|\s)([@#])([^\s@#]{0,40})$/u;
/** A name of forty letters, each of two units, with its sign and the space before it: a letter in a long text costs no more than in a short one. */
const NAME_REACH = 2 * 40 + 2;

/** What the text before the caret asks for, if anything. */
export function asked(value: string, caret: number): Asked | undefined {
  const before = value.slice(0, caret);
  const command = COMMAND.exec(before);
  if (command) return { trigger: "/", query: command[1] ?? "", from: 0, to: caret };
  const name = NAME.exec(before.slice(-NAME_REACH));
  if (!name) return undefined;
  const query = name[2] ?? "";
  return { trigger: name[1] === "@" ? "@" : "#", query, from: caret - query.length - 1, to: caret };
}

/** The text without what asked, and where the caret stands then. */
export function without(value: string, { from, to }: Asked): { value: string; caret: number } {
  return { value: value.slice(0, from) + value.slice(to).replace(/^ /, from === 0 ? "" : " "), caret: from };
}
