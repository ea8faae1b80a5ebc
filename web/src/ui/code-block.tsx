/** Code or JSON with colours, a name and a button that copies it. */
import { useEffect, useState } from "react";
import { highlight } from "@/lib/highlight";
import { copyText } from "@/lib/platform";

export interface CopyWords {
  copy: string;
  copied: string;
  copyFailed: string;
}

export interface CodeBlockProps {
  code: string;
  language: string;
  name: string;
  words: CopyWords;
}

export function CodeBlock({ code, language, name, words }: CodeBlockProps) {
  const [coloured, setColoured] = useState<{ code: string; html: string }>();
  const [copied, setCopied] = useState<boolean>();
  useEffect(() => {
    let current = true;
    void highlight(code, language).then((html) => {
      if (current && html !== undefined) setColoured({ code, html });
    });
    return () => {
      current = false;
    };
  }, [code, language]);
  useEffect(() => {
    if (copied === undefined) return undefined;
    const timer = setTimeout(() => setCopied(undefined), 1_500);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <div className="code" dir="ltr">
      <div className="code-head">
        <span>{name}</span>
        <button
          type="button"
          className="code-copy"
          aria-label={`${words.copy}: ${name}`}
          onClick={() => void copyText(code).then(setCopied)}
        >
          <span role="status">{copied === undefined ? words.copy : copied ? words.copied : words.copyFailed}</span>
        </button>
      </div>
      <pre tabIndex={0} aria-label={name} role="region">
        {coloured?.code === code ? (
          // The highlighter escapes whatever it is given.
          <code dangerouslySetInnerHTML={{ __html: coloured.html }} />
        ) : (
          <code>{code}</code>
        )}
      </pre>
    </div>
  );
}
