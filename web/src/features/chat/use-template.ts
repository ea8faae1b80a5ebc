/** Uses a template in the composer: at once where it asks for nothing, else after a form. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { renderTemplate, templateQuery } from "@/lib/api/templates";
import { describeError } from "@/lib/client";
import { askedFor, given, type Values } from "@/lib/template-values";
import type { KeptTemplate, TemplateVariable } from "@/lib/types";
import { showToast } from "@/ui/toast";

export interface Filling {
  kept: KeptTemplate;
  /** What a person is asked for. */
  asked: readonly TemplateVariable[];
  /** What is known without asking. */
  given: Values;
}

export interface UsedTemplate {
  filling: Filling | undefined;
  begin: (id: string) => void;
  /** Puts the words in, or says what cannot be. */
  fill: (values: Values) => Promise<Record<string, string>>;
  close: () => void;
}

export function useTemplate(onWords: (words: string) => void): UsedTemplate {
  const client = useQueryClient();
  const [filling, setFilling] = useState<Filling>();
  const latest = useRef(onWords);
  useEffect(() => {
    latest.current = onWords;
  });
  const close = useCallback(() => setFilling(undefined), []);
  const put = useCallback(
    async (words: string, values: Values): Promise<Record<string, string>> => {
      const rendered = await renderTemplate(words, values);
      if (typeof rendered.text !== "string")
        return Object.fromEntries(rendered.refused.map(({ name, why }) => [name, why]));
      close();
      latest.current(rendered.text);
      return {};
    },
    [close],
  );
  // Always the same, so that what is offered while one types is not put together anew.
  const begin = useCallback(
    (id: string) => {
      const start = async () => {
        const kept = await client.fetchQuery(templateQuery(id));
        const known = await given(kept.variables);
        const asked = askedFor(kept.variables, known);
        if (asked.length > 0) setFilling({ kept, asked, given: known });
        else await put(kept.template.text ?? "", known);
      };
      void start().catch(failed);
    },
    [client, put],
  );
  const fill = async (values: Values) => {
    if (!filling) return {};
    try {
      return await put(filling.kept.template.text ?? "", { ...filling.given, ...values });
    } catch (error) {
      failed(error);
      return {};
    }
  };
  return { filling, begin, fill, close };
}

function failed(error: unknown): void {
  const { message, hint } = describeError(error);
  showToast({ tone: "danger", text: message, hint });
}
