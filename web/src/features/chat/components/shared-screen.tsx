/** A conversation that somebody shared, for reading: without the frame of the workbench, also where nobody works with it. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { CopyPlus, LinkIcon, Lock, Printer, Unlink } from "lucide-react";
import { useEffect, type ReactNode } from "react";
import { sharedQuery, useCopyShared, useOpenShared } from "@/lib/api/shares";
import { ApiError, describeError } from "@/lib/client";
import { formatFull } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { SharedConversation } from "@/lib/types";
import { Button } from "@/ui/button";
import { Eye } from "@/ui/eye";
import { Badge, Empty, Failure, Skeleton } from "@/ui/feedback";
import { TextField } from "@/ui/field";
import { SharedMessage } from "./shared-message";
import "../chat.css";
import "../share.css";

export function SharedScreen({ token }: { token: string }) {
  const { data, error, refetch } = useQuery(sharedQuery(token));
  const title = data?.title;
  useEffect(() => {
    document.title = `${title ?? text.shares.reading} · ${text.common.name}`;
  }, [title]);
  useEffect(printOnWhite, []);
  return (
    <div className="shared-page">
      <a className="skip-link" href="#main">
        {text.common.skip}
      </a>
      <header className="shared-bar">
        <span className="wordmark">
          <Eye size={20} />
          {text.common.name}
        </span>
        <Badge>{text.shares.readOnly}</Badge>
      </header>
      <main id="main" className="shared-main" tabIndex={-1}>
        {data ? <Conversation token={token} shared={data} /> : undefined}
        {!data && !error ? <Skeleton lines={6} label={text.common.loading} /> : undefined}
        {!data && error ? <Refused token={token} error={error} onRetry={() => void refetch()} /> : undefined}
      </main>
    </div>
  );
}

/** Paper is white, whatever the theme is. */
function printOnWhite(): () => void {
  const { dataset } = document.documentElement;
  let theme: string | undefined;
  const before = () => {
    theme = dataset["theme"];
    dataset["theme"] = "light";
  };
  const after = () => {
    if (theme !== undefined) dataset["theme"] = theme;
  };
  addEventListener("beforeprint", before);
  addEventListener("afterprint", after);
  return () => {
    removeEventListener("beforeprint", before);
    removeEventListener("afterprint", after);
  };
}

function Refused({ token, error, onRetry }: { token: string; error: Error; onRetry: () => void }) {
  if (error instanceof ApiError && error.code === "password_needed") return <Locked token={token} />;
  if (error instanceof ApiError && error.status === 404)
    return (
      <Empty icon={Unlink} title={text.shares.nowhere} heading="h1">
        {text.shares.nowhereHint}
      </Empty>
    );
  return (
    <>
      <h1 className="visually-hidden">{text.shares.reading}</h1>
      <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={onRetry} />
    </>
  );
}

function Locked({ token }: { token: string }) {
  const open = useOpenShared(token);
  return (
    <Empty icon={Lock} title={text.shares.lockedTitle} heading="h1">
      <form
        className="form shared-unlock"
        onSubmit={(event) => {
          event.preventDefault();
          open.mutate(String(new FormData(event.currentTarget).get("password") ?? ""));
        }}
      >
        <TextField
          label={text.shares.password}
          hint={text.shares.lockedHint}
          error={open.error ? told(open.error) : undefined}
          name="password"
          type="password"
          autoComplete="current-password"
          required
          // oxlint-disable-next-line jsx-a11y/no-autofocus
          autoFocus
        />
        <div className="dialog-actions">
          <Button tone="primary" type="submit" busy={open.isPending}>
            {text.shares.unlock}
          </Button>
        </div>
      </form>
    </Empty>
  );
}

/** Of a wrong password the field's hint says what to do. */
function told(error: Error): string {
  const { message, hint } = describeError(error);
  const wrong = error instanceof ApiError && error.code === "wrong_password";
  return hint && !wrong ? `${message}: ${hint}` : message;
}

function Conversation({ token, shared }: { token: string; shared: SharedConversation }) {
  const navigate = useNavigate();
  const copy = useCopyShared(token);
  const facts: ReactNode[] = [
    shared.model ? <bdi key="model">{shared.model}</bdi> : undefined,
    <time key="begun" dateTime={shared.begun_at}>
      {text.shares.begun(formatFull(shared.begun_at))}
    </time>,
    <time key="copied" dateTime={shared.updated_at}>
      {text.shares.copied(formatFull(shared.updated_at))}
    </time>,
  ];
  return (
    <>
      <header className="shared-head">
        <h1 className="as-named" dir="auto">
          {shared.title || text.chat.untitled}
        </h1>
        <p className="shared-facts numeric">{facts}</p>
        <div className="shared-actions">
          {shared.can_copy ? (
            <Button
              icon={CopyPlus}
              tone="primary"
              busy={copy.isPending}
              onClick={() =>
                copy.mutate(undefined, {
                  onSuccess: ({ id }) => void navigate({ to: "/c/$conversationId", params: { conversationId: id } }),
                })
              }
            >
              {text.shares.continueIt}
            </Button>
          ) : undefined}
          <Button icon={Printer} onClick={() => window.print()}>
            {text.shares.print}
          </Button>
        </div>
      </header>
      {shared.system ? (
        <details className="reasoning">
          <summary>{text.shares.instructions}</summary>
          <div className="reasoning-text" dir="auto">
            {shared.system}
          </div>
        </details>
      ) : undefined}
      {shared.messages.map((message, place) => (
        // What was copied does not move.
        <SharedMessage key={place} message={message} />
      ))}
      <footer className="shared-foot">
        <LinkIcon size={14} aria-hidden /> {text.shares.reading}
      </footer>
    </>
  );
}
