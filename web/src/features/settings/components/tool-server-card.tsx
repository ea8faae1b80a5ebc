/** A tool server: how it is doing, what it offers with what that costs, and what can be done with it. */
import { Pencil, PlugZap, RotateCcw, Trash2 } from "lucide-react";
import {
  useChangeMcpServer,
  useRemoveMcpServer,
  useRestartMcpServer,
  useRestoreMcpServer,
  useTestMcpServer,
} from "@/lib/api/mcp";
import { describeError } from "@/lib/client";
import { formatDuration } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { McpServer, McpTest } from "@/lib/types";
import { Button } from "@/ui/button";
import { Switch } from "@/ui/field";
import { Badge, Failure, Notice, type Tone } from "@/ui/feedback";
import { showToast } from "@/ui/toast";
import { commandLine } from "../tool-server-form";

const TONES: Record<McpServer["state"], Tone> = { off: "neutral", starting: "accent", ready: "good", away: "danger" };

export function ToolServerCard({ server, onEdit }: { server: McpServer; onEdit: () => void }) {
  const [test, restart, change] = [useTestMcpServer(), useRestartMcpServer(), useChangeMcpServer()];
  const remove = useRemoval(server);
  const line = server.command === undefined ? server.url : commandLine([server.command ?? "", ...server.args]);
  return (
    <li className="card provider-card">
      <div className="provider-head">
        <h3>
          <bdi>{server.name}</bdi>
        </h3>
        <Badge tone={TONES[server.state]}>{text.toolServers.state[server.state]}</Badge>
        {server.editable ? undefined : <Badge>{text.toolServers.fromFile}</Badge>}
        {server.about ? <span className="field-hint">MCP {server.about.protocol}</span> : undefined}
      </div>
      <p className="provider-address">
        <bdi dir="ltr">{line}</bdi>
      </p>
      {server.problem && server.state !== "off" ? (
        <Notice tone="danger" title={server.problem.message} hint={server.problem.hint ?? undefined} />
      ) : undefined}
      <Offered server={server} />
      {server.state === "away" ? <LastWords said={server.said} /> : undefined}
      {server.editable ? (
        <Switch
          label={text.toolServers.on(server.name)}
          checked={server.enabled}
          onChange={(enabled) => change.mutate({ id: server.id, body: { enabled } })}
        />
      ) : undefined}
      <div className="page-actions">
        <Button icon={PlugZap} busy={test.isPending} onClick={() => test.mutate(server.id)}>
          {text.toolServers.test}
        </Button>
        {server.enabled ? (
          <Button icon={RotateCcw} busy={restart.isPending} onClick={() => restart.mutate(server.id)}>
            {text.toolServers.restart}
          </Button>
        ) : undefined}
        {server.editable ? (
          <>
            <Button icon={Pencil} onClick={onEdit}>
              {text.common.edit}
            </Button>
            <Button icon={Trash2} tone="danger" busy={remove.isPending} onClick={remove.run}>
              {text.common.remove}
            </Button>
          </>
        ) : undefined}
      </div>
      {change.error ? <Failure failure={describeError(change.error)} /> : undefined}
      {test.data ? <ToolServerTest result={test.data} /> : undefined}
    </li>
  );
}

/** Removes it at once; the message has the way back. */
function useRemoval(server: McpServer) {
  const [remove, restore] = [useRemoveMcpServer(), useRestoreMcpServer()];
  const run = () => {
    // As a promise, since the card itself is gone when the answer comes; a refusal has its own message.
    void remove.mutateAsync(server.id).then(
      () =>
        showToast({
          text: text.toolServers.removed(server.name),
          action: { label: text.common.undo, run: () => restore.mutate(server.id) },
        }),
      () => undefined,
    );
  };
  return { run, isPending: remove.isPending };
}

function Offered({ server }: { server: McpServer }) {
  if (server.tools.length === 0 && server.left_out.length === 0) return undefined;
  const tokens = server.tools.reduce((sum, tool) => sum + tool.tokens, 0);
  return (
    <details className="tool-server-tools">
      <summary>{text.toolServers.summary(server.tools.length, tokens)}</summary>
      <ul>
        {server.tools.map((tool) => (
          <li key={tool.name}>
            <code>{tool.own_name}</code>{" "}
            <Badge tone={tool.changes ? "warn" : "neutral"}>
              {tool.changes ? text.toolServers.changes : text.toolServers.reads}
            </Badge>{" "}
            <span className="field-hint">{text.toolServers.tokens(tool.tokens)}</span>
            {tool.description ? (
              <p className="tool-server-about" dir="auto">
                {tool.description}
              </p>
            ) : undefined}
          </li>
        ))}
        {server.left_out.map((one, place) => (
          <li key={`${place} ${one.name}`}>
            <code>{one.name}</code> <Badge tone="danger">{text.toolServers.leftOut}</Badge>
            <p className="tool-server-about">{one.reason}</p>
          </li>
        ))}
      </ul>
    </details>
  );
}

function LastWords({ said }: { said: readonly string[] }) {
  if (said.length === 0) return undefined;
  return (
    <div>
      <p className="field-hint">{text.toolServers.said}</p>
      <pre className="tool-server-said" tabIndex={0} role="region" aria-label={text.toolServers.said} dir="ltr">
        {said.join("\n")}
      </pre>
    </div>
  );
}

export function ToolServerTest({ result }: { result: McpTest }) {
  const tools = typeof result.tools === "number" ? text.toolServers.tested(result.tools) : undefined;
  return (
    <>
      <Notice
        tone={result.ok ? "good" : "danger"}
        live
        title={result.message}
        hint={result.hint ?? undefined}
        detail={[tools, formatDuration(result.took_ms)].filter(Boolean).join(" · ")}
      />
      {result.ok ? undefined : <LastWords said={result.said} />}
    </>
  );
}
