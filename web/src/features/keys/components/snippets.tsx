/** How to call the gateway, ready to be copied. */
import { text } from "@/lib/i18n";
import { CodeBlock } from "@/ui/code-block";
import { Tabs } from "@/ui/tabs";
import { snippetsOf } from "../snippets";

export function Snippets({ secret, model }: { secret: string; model: string }) {
  const snippets = snippetsOf(window.location.origin, secret, model);
  return (
    <Tabs
      label={text.keys.use}
      views={snippets.map((snippet) => ({
        id: snippet.id,
        label: snippet.label,
        content: <CodeBlock code={snippet.code} language={snippet.language} name={snippet.label} words={text.common} />,
      }))}
    />
  );
}
