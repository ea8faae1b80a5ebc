/** A screen that broke: what happened, and how to go on. The rest of the page stays. */
import { useRouter, type ErrorComponentProps } from "@tanstack/react-router";
import { CircleAlert } from "lucide-react";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import { Button } from "@/ui/button";
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
        </>
      }
    >
      <p role="alert">{message}</p>
      {hint ? <p>{hint}</p> : undefined}
      {correlationId ? <p>{text.common.correlation(correlationId)}</p> : undefined}
    </Empty>
  );
}
