/** Says to those who cannot see the page how an answer goes: that it began, what it says, sentence by sentence, and how it ended. */
import { useEffect, useRef, useState } from "react";
import { text } from "@/lib/i18n";
import { sentencesFrom } from "@/lib/speak";

/** So often sentences are handed over: more often, and one would cut the other off. */
const PAUSE_MS = 900;
/** Sentences that stay in the page; older ones were heard. */
const KEPT = 6;

/** An answer as it is heard. */
export interface HeardAnswer {
  id: string;
  text: string;
  status: string;
  /** Who says it; said before the first sentence where several answer. */
  name?: string;
}

interface Spoken {
  id: string;
  upTo: number;
  lines: readonly { key: number; words: string }[];
}

export function LiveStatus({
  last,
  status,
}: {
  last: HeardAnswer | undefined;
  /** How it goes, in words. */
  status: string;
}) {
  const [spoken, setSpoken] = useState<Spoken>();
  const latest = useRef(last);
  useEffect(() => {
    latest.current = last;
  }, [last]);
  const streaming = last?.status === "streaming" ? last.id : undefined;

  useEffect(() => {
    if (streaming === undefined) return undefined;
    const say = () => {
      const message = latest.current;
      if (message?.id !== streaming) return;
      const ended = message.status !== "streaming";
      setSpoken((before) => {
        const known =
          before?.id === streaming
            ? before
            : { id: streaming, upTo: 0, lines: message.name === undefined ? [] : [{ key: -1, words: message.name }] };
        const { upTo, sentences } = sentencesFrom(message.text, known.upTo, ended);
        if (sentences.length === 0) return known;
        const from = known.upTo;
        const lines = [...known.lines, ...sentences.map((words, index) => ({ key: from * 100 + index, words }))];
        return { id: streaming, upTo, lines: lines.slice(-KEPT) };
      });
    };
    const timer = setInterval(say, PAUSE_MS);
    return () => {
      clearInterval(timer);
      // What came last is said when the answer has ended.
      setTimeout(say, 0);
    };
  }, [streaming]);

  return (
    <>
      <p className="visually-hidden" role="status" aria-live="polite">
        {status}
      </p>
      <div className="visually-hidden" role="log" aria-live="polite" aria-label={text.chat.readOut}>
        {spoken?.lines.map((line) => (
          <p key={line.key}>{line.words}</p>
        ))}
      </div>
    </>
  );
}
