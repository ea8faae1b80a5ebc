/** A screen that broke: what happened, and how to go on. The rest of the page stays. */
import { Link, useRouter, type ErrorComponentProps } from "@tanstack/react-router";
import { CircleAlert } from "lucide-react";
import { ApiError, describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import { Button } from "@/ui/button";
import { copyWithToast } from "@/ui/copy";
import { Empty } from "@/ui/feedback";

export function ErrorScreen({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const { message, hint, correlationId } = describeError(error);
  const retry = () => {
    reset();
    void router.invalidate();
  };
  return (
    <Empty
      icon={CircleAlert}
      title={text.common.screenBroke}
      heading="h1"
      actions={
        <>
          <Button tone="primary" onClick={retry}>
            {text.common.retry}
          </Button>
          <Button onClick={() => window.location.reload()}>{text.common.reload}</Button>
          <Button onClick={() => void copyWithToast(report(error))}>{text.common.copyReport}</Button>
        </>
      }
    >
      <p role="alert">{message}</p>
      {hint ? <p>{hint}</p> : undefined}
      {correlationId ? (
        <p>
          <Link to="/settings/$section" params={{ section: "advanced" }} search={{ log: correlationId }}>
            {text.common.correlation(correlationId)}
          </Link>
        </p>
      ) : undefined}
    </Empty>
  );
}

/** What a report of the fault needs; in English, as those who read it speak. */
function report(error: unknown): string {
  const { message, hint, correlationId } = describeError(error);
  const own =
    error instanceof ApiError ? `status ${error.status}, ${error.code}` : error instanceof Error ? error.stack : "";
  const lines = [message, hint, correlationId ? `correlation ${correlationId}` : "", own];
  return [...lines, `on ${window.location.pathname}`, navigator.userAgent].filter(Boolean).join("\n");
}
