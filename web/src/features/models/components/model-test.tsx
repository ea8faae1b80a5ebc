/** Asks a model for a word, and says what came of it. */
import { Link } from "@tanstack/react-router";
import { PlugZap } from "lucide-react";
import { useMemo } from "react";
import { describeError } from "@/lib/client";
import { formatDuration, formatMoney } from "@/lib/format";
import { text } from "@/lib/i18n";
import { Button } from "@/ui/button";
import { Failure, Notice } from "@/ui/feedback";
import { useTestModel } from "../api";

export function useModelTest(model: string) {
  const test = useTestModel();
  return useMemo(() => ({ ...test, start: () => test.mutate(model) }), [model, test]);
}

type Test = ReturnType<typeof useModelTest>;

export function TestButton({ test, name }: { test: Test; name: string }) {
  return (
    <Button
      icon={PlugZap}
      className="model-test"
      busy={test.isPending}
      onClick={test.start}
      aria-label={text.models.testOf(name)}
    >
      {text.models.test}
    </Button>
  );
}

export function TestOutcome({ test }: { test: Test }) {
  if (test.error) return <Failure failure={describeError(test.error)} />;
  if (!test.data) return undefined;
  const { ok, message, hint, first_token_ms, total_ms, cost_usd, exchange_id } = test.data;
  return (
    <Notice
      tone={ok ? "good" : "danger"}
      live
      title={message}
      hint={hint ?? undefined}
      detail={text.models.testFigures(
        typeof first_token_ms === "number" ? formatDuration(first_token_ms) : undefined,
        formatDuration(total_ms),
        cost_usd ? formatMoney(cost_usd) : undefined,
      )}
      actions={
        exchange_id ? (
          <Link to="/exchanges" search={{ open: exchange_id }} className="button button-quiet">
            {text.models.testExchange}
          </Link>
        ) : undefined
      }
    />
  );
}
