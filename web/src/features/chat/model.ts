/** The state of a conversation's messages: a pure reducer over what the server tells, in whatever order it arrives. */
import { sumDollars } from "@/lib/money";
import type { ChatEvent, DeletedMessages, Message, MessageList, ToolUse, TurnEvent, TurnStarted } from "@/lib/types";

export interface Thread {
  readonly messages: Readonly<Record<string, Message>>;
  /** Ids, parents before children, siblings in the order they were made. */
  readonly order: readonly string[];
  /** The last message of the branch to show. */
  readonly leafId: string | undefined;
  /** The last message that is shown, where what follows it on the branch is not here yet. */
  readonly endId?: string | undefined;
  /** What all answers cost, in US dollars. */
  readonly costUsd?: string | undefined;
  /** The stream's number of the last event that went into each message. */
  readonly sequences: Readonly<Record<string, number>>;
  /** What the person has just said, behind the last message, until the server has it or refuses it. */
  readonly pending?: Message | undefined;
  /** The rows of messages that stood here before the server had them: theirs stay the same when its own come. */
  readonly rows?: Readonly<Record<string, string>> | undefined;
}

export const emptyThread: Thread = { messages: {}, order: [], leafId: undefined, sequences: {} };

/** Takes an event of the conversation's stream. A repeated or late event changes nothing. */
export function reduce(thread: Thread, event: TurnEvent, sequence?: number): Thread {
  switch (event.type) {
    case "snapshot":
      return snapshot(thread, event.message, sequence);
    case "finished":
      return number(put(thread, event.message), event.message.id, sequence);
    case "delta":
      return delta(thread, event.message_id, event.event, sequence);
    case "tool":
      return used(thread, event.message_id, event.used, sequence);
    case "conversation":
      return thread;
  }
}

/** Takes several events. Words that follow each other are put together first, so that much at once costs little. */
export function reduceAll(thread: Thread, events: readonly Numbered[]): Thread {
  const fresh = events.filter(
    ({ event, sequence }) =>
      (event.type !== "delta" && event.type !== "tool") || !isOld(thread, event.message_id, sequence),
  );
  return joined(fresh).reduce((state, { event, sequence }) => reduce(state, event, sequence), thread);
}

/** An event with its number in the stream. */
export interface Numbered {
  event: TurnEvent;
  sequence: number | undefined;
}

function joined(events: readonly Numbered[]): Numbered[] {
  const out: Numbered[] = [];
  for (const next of events) {
    const last = out.at(-1);
    const words = last && together(last.event, next.event);
    if (words && last.sequence !== undefined && next.sequence === last.sequence + 1)
      out[out.length - 1] = { event: words, sequence: next.sequence };
    else out.push(next);
  }
  return out;
}

/** Two pieces of the same text as one. */
function together(one: TurnEvent, other: TurnEvent): TurnEvent | undefined {
  if (one.type !== "delta" || other.type !== "delta" || one.message_id !== other.message_id) return undefined;
  const [first, second] = [one.event, other.event];
  if (first.type === "text" && second.type === "text")
    return { ...one, event: { type: "text", delta: first.delta + second.delta } };
  if (first.type === "reasoning" && second.type === "reasoning")
    return { ...one, event: { type: "reasoning", delta: first.delta + second.delta } };
  return undefined;
}

/** Takes messages as they were fetched: all, or a piece. What streamed in meanwhile is not undone. */
export function load(thread: Thread, list: MessageList): Thread {
  const messages: Record<string, Message> = { ...thread.messages };
  const order = [...thread.order];
  let { leafId } = thread;
  let standing = thread;
  for (const message of list.messages) {
    const known = messages[message.id];
    messages[message.id] = later(known, message);
    if (known) continue;
    if (isPending(standing, message)) standing = settle(standing, message);
    order.push(message.id);
    // What was said elsewhere after the message that is shown last belongs to the branch that is shown.
    if (leafId !== undefined && message.parent_id === leafId) leafId = message.id;
  }
  leafId ??= list.leaf_id ?? list.messages.at(-1)?.id;
  // A version that was brought back was made before others that are here; ids sort by the time they were made.
  if (isBehindLater({ messages, order })) order.sort((one, other) => (one < other ? -1 : 1));
  const loaded = { ...standing, messages, order, leafId, costUsd: list.cost_usd ?? thread.costUsd };
  if (leafId === undefined || thread.leafId === undefined || leafId === thread.leafId) return loaded;
  return { ...loaded, leafId: endOf(loaded, leafId) };
}

/** Takes a piece of a branch and shows it: also where it is of another branch, or ends before its branch does. */
export function loadPiece(thread: Thread, list: MessageList): Thread {
  const loaded = load(thread, list);
  const leafId = list.leaf_id ?? loaded.leafId;
  const endId = list.end_id ?? undefined;
  // What is here of the branch's end may begin where the piece ends: then nothing is missing any more.
  const joins = endId === undefined || pathTo(loaded, leafId).some((message) => message.id === endId);
  return { ...loaded, leafId, endId: joins ? undefined : endId };
}

/** Takes messages beside those that are shown, and shows what is shown. */
export function loadBeside(thread: Thread, list: MessageList): Thread {
  const { leafId, endId } = thread;
  return { ...load(thread, list), leafId, endId };
}

/**
 * Takes the piece behind the one that is shown. Where the end came to be shown while it was on its way, as by something that
 * was said, it does not know of that end.
 */
export function loadAfter(thread: Thread, list: MessageList): Thread {
  return thread.endId === undefined ? loadBeside(thread, list) : loadPiece(thread, list);
}

/** Whether another branch is shown than the one that ended with this message and goes on from it. */
export function isTurnedFrom(thread: Thread, leafId: string | undefined): boolean {
  if (leafId === undefined || thread.leafId === leafId) return false;
  return !pathTo(thread, thread.leafId).some((message) => message.parent_id === leafId);
}

/** The messages that are shown lack some before the first of them. */
export function hasEarlier(thread: Thread, shown: readonly Message[]): boolean {
  const parent = shown[0]?.parent_id;
  return typeof parent === "string" && thread.messages[parent] === undefined;
}

/** How many tokens the branch that is shown had when it was last answered. */
export function tokensOf(thread: Thread): number | undefined {
  let message = thread.messages[thread.leafId ?? ""];
  while (message && !message.receipt) message = thread.messages[message.parent_id ?? ""];
  const receipt = message?.receipt;
  return receipt ? receipt.input_tokens + receipt.output_tokens : undefined;
}

/** Takes a message as the server has it. */
export function put(before: Thread, message: Message): Thread {
  const thread = isPending(before, message) ? settle(before, message) : before;
  const known = thread.messages[message.id];
  const next = later(known, message);
  if (next === known) return thread;
  const order = known ? thread.order : [...thread.order, message.id];
  const messages = { ...thread.messages, [message.id]: next };
  // An answer to the message shown last belongs to the branch that is shown.
  // What answers a message that the server has and that is still pending here comes with it.
  const first = thread.leafId === undefined && (thread.pending === undefined || message.role === "user");
  const follows = !known && (first || message.parent_id === thread.leafId);
  const leafId = follows ? endOf({ messages, order }, message.id) : thread.leafId;
  // What a message that has just ended cost comes to what the others did; a list that is fetched later says it anew.
  const ended = message.status !== "streaming" && known?.status === "streaming" && message.receipt?.cost_usd;
  const costUsd = ended ? sumDollars([thread.costUsd, ended]) : thread.costUsd;
  return { ...thread, messages, order, leafId, costUsd };
}

/** Takes what the server says began: what a person said, where they did, and the answer, whose branch is shown. */
export function accept(thread: Thread, { user_message: said, reply }: TurnStarted): Thread {
  const taken = put(said ? put(settle(thread, said), said) : thread, reply);
  return show(taken, endOf(taken, reply.id));
}

/** Takes what a person said where nobody answers it yet. */
export function acceptSaid(thread: Thread, said: Message): Thread {
  return show(put(settle(thread, said), said), said.id);
}

/**
 * Shows what a person says before the server has it. Only what goes on from the end stands there at once: another version
 * of a message waits in its editor, and behind a gap nothing can be shown.
 */
export function begin(thread: Thread, said: Message): Thread {
  const atEnd = thread.endId === undefined && (said.parent_id ?? undefined) === thread.leafId;
  return atEnd && thread.pending === undefined ? { ...thread, pending: said } : thread;
}

/** Takes back what the server refused. */
export function takeBack(thread: Thread, id: string): Thread {
  return thread.pending?.id === id ? { ...thread, pending: undefined } : thread;
}

/** The key of a message's row. */
export function rowOf(thread: Thread, message: Message): string {
  return thread.rows?.[message.id] ?? message.id;
}

/** Whether this is what was said here, which an event or a list tells before the request is answered. */
function isPending({ pending, messages }: Thread, message: Message): boolean {
  return (
    pending !== undefined &&
    message.role === "user" &&
    messages[message.id] === undefined &&
    (message.parent_id ?? undefined) === (pending.parent_id ?? undefined) &&
    message.text.trim() === pending.text.trim()
  );
}

/** The server's message stands in the place of the pending one. */
function settle(thread: Thread, said: Message): Thread {
  const { pending, messages } = thread;
  if (pending === undefined) return thread;
  // Where it was taken for somebody else's, it has a row of its own.
  const rows = messages[said.id] ? thread.rows : { ...thread.rows, [said.id]: pending.id };
  return { ...thread, rows, pending: undefined };
}

export function show(thread: Thread, leafId: string): Thread {
  return thread.leafId === leafId && thread.endId === undefined ? thread : { ...thread, leafId, endId: undefined };
}

/** Puts a message that was changed where it stands in the place of what was there. */
export function replace(thread: Thread, message: Message): Thread {
  return thread.messages[message.id] ? { ...thread, messages: { ...thread.messages, [message.id]: message } } : thread;
}

/** Takes messages away that were deleted. Where one of them was shown last, the branch is shown that the server tells. */
export function remove(thread: Thread, { message_ids: ids, leaf_id }: DeletedMessages): Thread {
  const gone = new Set(ids.filter((id) => thread.messages[id] !== undefined));
  const hidden = thread.leafId !== undefined && ids.includes(thread.leafId);
  if (gone.size === 0 && !hidden) return thread;
  const stays = ([id]: [string, unknown]) => !gone.has(id);
  const messages = Object.fromEntries(Object.entries(thread.messages).filter(stays));
  const sequences = Object.fromEntries(Object.entries(thread.sequences).filter(stays));
  const order = thread.order.filter((id) => !gone.has(id));
  const endId = thread.endId !== undefined && gone.has(thread.endId) ? undefined : thread.endId;
  const left = { ...thread, messages, sequences, order, endId };
  if (!hidden) return left;
  // What of that branch is not here yet is fetched; until then what was said before is shown.
  const before = pathTo(thread, thread.leafId).findLast(({ id }) => messages[id])?.id;
  return { ...left, leafId: leaf_id && messages[leaf_id] ? leaf_id : before, endId: undefined };
}

/** What a message becomes by a step of the model's answer. */
export function grow(message: Message, event: ChatEvent): Message {
  switch (event.type) {
    case "text":
    case "refusal":
      return event.delta === "" ? message : { ...message, text: message.text + event.delta };
    case "reasoning":
      return event.delta === "" ? message : { ...message, reasoning: (message.reasoning ?? "") + event.delta };
    case "citation": {
      const { type: _type, ...citation } = event;
      const citations = message.citations ?? [];
      if (citations.some((entry) => entry.index === citation.index)) return message;
      return { ...message, citations: [...citations, citation] };
    }
    case "started":
    case "reasoning_sealed":
    case "tool_call_started":
    case "tool_call_arguments":
    case "usage":
    case "stopped":
      return message;
  }
}

/** The messages that are shown: those of the branch that are here without a gap, and what is being sent. */
export function branch(thread: Thread): Message[] {
  const path = pathTo(thread, thread.endId ?? thread.leafId);
  return thread.pending && thread.endId === undefined ? [...path, thread.pending] : path;
}

function pathTo(thread: Thread, end: string | undefined): Message[] {
  const path: Message[] = [];
  const seen = new Set<string>();
  let id = end;
  while (id !== undefined && !seen.has(id)) {
    seen.add(id);
    const message: Message | undefined = thread.messages[id];
    if (!message) break;
    path.push(message);
    id = message.parent_id ?? undefined;
  }
  return path.toReversed();
}

/** For each parent its children in order; the key of first messages is empty. */
export function childrenByParent(thread: Pick<Thread, "messages" | "order">): Map<string, string[]> {
  const children = new Map<string, string[]>();
  for (const id of thread.order) {
    const parent = thread.messages[id]?.parent_id ?? "";
    const list = children.get(parent);
    if (list) list.push(id);
    else children.set(parent, [id]);
  }
  return children;
}

/** Whether a message stands behind a version of it that was made later. */
function isBehindLater(thread: Pick<Thread, "messages" | "order">): boolean {
  const latest = new Map<string, string>();
  for (const id of thread.order) {
    const parent = thread.messages[id]?.parent_id ?? "";
    const before = latest.get(parent);
    if (before !== undefined && id < before) return true;
    latest.set(parent, id);
  }
  return false;
}

/** The end of the branch through this message that was made last. */
export function leafBelow(children: Map<string, string[]>, id: string): string {
  const seen = new Set<string>();
  let leaf = id;
  for (;;) {
    const last = children.get(leaf)?.at(-1);
    if (last === undefined || seen.has(last)) return leaf;
    seen.add(last);
    leaf = last;
  }
}

/** Where a branch ends: what the stream told may be further than what was asked for tells. */
function endOf(thread: Pick<Thread, "messages" | "order">, id: string): string {
  return leafBelow(childrenByParent(thread), id);
}

export function isStreaming(thread: Thread | undefined): boolean {
  return thread !== undefined && thread.order.some((id) => thread.messages[id]?.status === "streaming");
}

function snapshot(thread: Thread, message: Message, sequence: number | undefined): Thread {
  const known = thread.messages[message.id];
  if (known && message.status === "streaming") {
    if (known.status !== "streaming") return thread;
    if (isOld(thread, message.id, sequence)) return thread;
    // The deltas that follow go on from this snapshot, so it counts even where it is shorter.
    const messages = { ...thread.messages, [message.id]: message };
    return number({ ...thread, messages }, message.id, sequence);
  }
  return number(put(thread, message), message.id, sequence);
}

function delta(thread: Thread, id: string, event: ChatEvent, sequence: number | undefined): Thread {
  const message = thread.messages[id];
  if (!message || message.status !== "streaming" || isOld(thread, id, sequence)) return thread;
  const grown = grow(message, event);
  const messages = grown === message ? thread.messages : { ...thread.messages, [id]: grown };
  return number(messages === thread.messages ? thread : { ...thread, messages }, id, sequence);
}

/** A call of a tool as it stands: in the place of what is known of it, or behind the others. */
function used(thread: Thread, id: string, use: ToolUse, sequence: number | undefined): Thread {
  const message = thread.messages[id];
  if (!message || message.status !== "streaming" || isOld(thread, id, sequence)) return thread;
  const known = message.tool_uses ?? [];
  const tool_uses = known.some((other) => other.id === use.id)
    ? known.map((other) => (other.id === use.id ? use : other))
    : [...known, use];
  return number({ ...thread, messages: { ...thread.messages, [id]: { ...message, tool_uses } } }, id, sequence);
}

function isOld(thread: Thread, id: string, sequence: number | undefined): boolean {
  const last = thread.sequences[id];
  return sequence !== undefined && last !== undefined && sequence <= last;
}

function number(thread: Thread, id: string, sequence: number | undefined): Thread {
  if (sequence === undefined || thread.sequences[id] === sequence) return thread;
  return { ...thread, sequences: { ...thread.sequences, [id]: sequence } };
}

/** Of two states of one message the one that is further: an ended one never streams again, and text only grows. */
function later(known: Message | undefined, other: Message): Message {
  if (!known) return other;
  if (other.status !== "streaming") return other;
  if (known.status !== "streaming") return known;
  const length = (message: Message) =>
    message.text.length + (message.reasoning ?? "").length + (message.tool_uses?.length ?? 0);
  return length(other) > length(known) ? other : known;
}
