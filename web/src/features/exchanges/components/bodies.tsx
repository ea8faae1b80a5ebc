/** Request and reply, where they were kept. */
import { Archive } from "lucide-react";
import { formatBytes, formatFull } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { KeptBodies, KeptBody } from "@/lib/types";
import { Button } from "@/ui/button";
import { CodeBlock } from "@/ui/code-block";
import { Notice } from "@/ui/feedback";
import { Tabs } from "@/ui/tabs";
import { readable } from "../readable";

export function Bodies({ kept, onKeeping }: { kept: KeptBodies | undefined; onKeeping: () => void }) {
  if (!kept) {
    return (
      <Notice
        title={text.exchanges.notKept}
        hint={text.exchanges.notKeptHint}
        actions={
          <Button icon={Archive} onClick={onKeeping}>
            {text.exchanges.keeping}
          </Button>
        }
      />
    );
  }
  return (
    <>
      <Tabs
        label={text.exchanges.bodies}
        views={[
          {
            id: "request",
            label: text.exchanges.request,
            content: <Body body={kept.request ?? undefined} name={text.exchanges.request} />,
          },
          {
            id: "reply",
            label: text.exchanges.reply,
            content: <Body body={kept.reply ?? undefined} name={text.exchanges.reply} />,
          },
        ]}
      />
      <p className="field-hint">{text.exchanges.keptUntil(formatFull(kept.until))}</p>
    </>
  );
}

function Body({ body, name }: { body: KeptBody | undefined; name: string }) {
  if (!body) return <p className="field-hint">{text.exchanges.noBody}</p>;
  const { code, language } = readable(body.text);
  const remarks = [
    body.cut ? text.exchanges.cut(formatBytes(body.bytes)) : undefined,
    body.redacted.length > 0
      ? text.exchanges.redacted(body.redacted.map(({ name, count }) => `${name} × ${count}`).join(", "))
      : undefined,
  ].filter((remark) => remark !== undefined);
  return (
    <div className="body">
      <CodeBlock code={code} language={language} name={name} words={text.common} />
      {remarks.length > 0 ? <p className="field-hint">{remarks.join(" ")}</p> : undefined}
    </div>
  );
}
