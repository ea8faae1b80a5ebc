/** A secret, shown this once, with what to do with it. */
import { useQuery } from "@tanstack/react-query";
import { Copy } from "lucide-react";
import { useState } from "react";
import { modelsQuery } from "@/lib/api/models";
import { text } from "@/lib/i18n";
import { copyText } from "@/lib/platform";
import type { CreatedKey } from "@/lib/types";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/feedback";
import { Snippets } from "./snippets";

export function Secret({ created, onClose }: { created: CreatedKey; onClose: () => void }) {
  const { data: models } = useQuery(modelsQuery);
  const [copied, setCopied] = useState<boolean>();
  return (
    <div className="form">
      <Notice tone="warn" title={text.keys.secretOnce} hint={text.keys.secretOnceHint} />
      <div className="secret">
        <code data-testid="secret">{created.secret}</code>
        <Button icon={Copy} tone="primary" autoFocus onClick={() => void copyText(created.secret).then(setCopied)}>
          {copied ? text.common.copied : text.common.copy}
        </Button>
      </div>
      <p className="field-hint" role="status">
        {copied === false ? text.common.copyFailed : ""}
      </p>
      <section className="panel-section" aria-label={text.keys.use}>
        <h3>{text.keys.use}</h3>
        <Snippets secret={created.secret} model={created.key.routes[0] ?? models?.default ?? "openai/gpt-4o-mini"} />
      </section>
      <div className="dialog-actions">
        <Button onClick={onClose}>{text.common.done}</Button>
      </div>
    </div>
  );
}
