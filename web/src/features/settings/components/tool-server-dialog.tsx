/** Adds a tool server, or several from a list, or changes one. What is secret is only ever written, never shown. */
import { useState } from "react";
import { useChangeMcpServer, useCreateMcpServer, useImportMcpServers, useTestMcpServer } from "@/lib/api/mcp";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { CreateMcpServer, McpServer, McpTransport } from "@/lib/types";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { ChoiceField, Switch, TextAreaField, TextField } from "@/ui/field";
import { Failure, Notice } from "@/ui/feedback";
import { showToast } from "@/ui/toast";
import { commandLine, ToolServerFormError, values, words } from "../tool-server-form";
import { ToolServerTest } from "./tool-server-card";

const KINDS = ["command", "http", "paste"] as const;
type Kind = (typeof KINDS)[number];

export interface ToolServerDialogProps {
  /** The server to change; without one, new ones are added. */
  server: McpServer | undefined;
  onClose: () => void;
}

export function ToolServerDialog({ server, onClose }: ToolServerDialogProps) {
  const [kind, setKind] = useState<Kind>(server?.transport ?? "command");
  return (
    <Dialog
      open
      onClose={onClose}
      title={server ? text.toolServers.edit(server.name) : text.toolServers.add}
      closeLabel={text.common.close}
    >
      {server ? undefined : (
        <ChoiceField
          label={text.toolServers.kind}
          name="kind"
          value={kind}
          options={KINDS.map((value) => ({ value, label: text.toolServers.kinds[value] }))}
          onChoose={(chosen) => setKind(KINDS.find((one) => one === chosen) ?? "command")}
        />
      )}
      {kind === "paste" ? (
        <PasteForm onClose={onClose} />
      ) : (
        <ServerForm key={kind} kind={kind} server={server} onClose={onClose} />
      )}
    </Dialog>
  );
}

function ServerForm({ kind, server, onClose }: { kind: McpTransport } & ToolServerDialogProps) {
  // Once it is there it keeps its id, however often the fields are corrected.
  const [saved, setSaved] = useState(server);
  const [forget, setForget] = useState(false);
  const [wrong, setWrong] = useState<ToolServerFormError>();
  const [create, change, test] = [useCreateMcpServer(), useChangeMcpServer(), useTestMcpServer()];
  const error = create.error ?? change.error;
  const save = (form: HTMLFormElement) => {
    setWrong(undefined);
    test.reset();
    const fields = new FormData(form);
    const body = read((name) => String(fields.get(name) ?? "").trim(), kind, setWrong);
    if (!body) return;
    const tested = {
      onSuccess: (kept: McpServer) => {
        setSaved(kept);
        test.mutate(kept.id);
      },
    };
    if (!saved) return create.mutate(body, tested);
    const old = forget ? Object.fromEntries(saved.values.map((name) => [name, null])) : {};
    change.mutate({ id: saved.id, body: { ...body, values: { ...old, ...body.values } } }, tested);
  };
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        save(event.currentTarget);
      }}
    >
      <p className="field-hint">
        {kind === "command" ? text.toolServers.commandWarning : text.toolServers.httpWarning}
      </p>
      <TextField
        label={text.toolServers.name}
        hint={text.toolServers.nameHint}
        name="name"
        required
        maxLength={24}
        defaultValue={server?.name ?? ""}
      />
      {kind === "command" ? (
        <CommandFields server={server} saved={saved} wrong={wrong} />
      ) : (
        <HttpFields server={server} saved={saved} wrong={wrong} />
      )}
      {saved && saved.values.length > 0 ? (
        <Switch label={text.toolServers.forget} checked={forget} onChange={setForget} />
      ) : undefined}
      {error ? <Failure failure={describeError(error)} /> : undefined}
      {test.data ? <ToolServerTest result={test.data} /> : undefined}
      <div className="dialog-actions">
        <Button tone="quiet" onClick={onClose}>
          {saved && saved !== server ? text.common.done : text.common.cancel}
        </Button>
        <Button tone="primary" type="submit" busy={create.isPending || change.isPending || test.isPending}>
          {text.toolServers.saveAndTest}
        </Button>
      </div>
    </form>
  );
}

interface FieldsProps {
  server: McpServer | undefined;
  saved: McpServer | undefined;
  wrong: ToolServerFormError | undefined;
}

function CommandFields({ server, saved, wrong }: FieldsProps) {
  const line = server ? commandLine([server.command ?? "", ...server.args]) : "";
  return (
    <>
      <TextField
        label={text.toolServers.command}
        hint={text.toolServers.commandHint}
        error={wrong?.kind === "quote" ? text.toolServers.openQuote : undefined}
        name="command"
        required
        dir="ltr"
        placeholder="npx -y @modelcontextprotocol/server-everything"
        defaultValue={line}
      />
      <details
        className="more"
        open={Boolean(server?.folder) || (server?.values.length ?? 0) > 0 || wrong?.kind === "line"}
      >
        <summary>{text.toolServers.more}</summary>
        <div className="form">
          <ValuesField
            label={text.toolServers.variables}
            hint={text.toolServers.variablesHint}
            placeholder="API_KEY=…"
            saved={saved}
            wrong={wrong}
          />
          <TextField
            label={text.toolServers.folder}
            hint={text.toolServers.folderHint}
            name="folder"
            dir="ltr"
            defaultValue={server?.folder ?? ""}
          />
        </div>
      </details>
    </>
  );
}

function HttpFields({ server, saved, wrong }: FieldsProps) {
  return (
    <>
      <TextField
        label={text.toolServers.url}
        name="url"
        type="url"
        required
        dir="ltr"
        placeholder="https://example.com/mcp"
        defaultValue={server?.url ?? ""}
      />
      <ValuesField
        label={text.toolServers.headers}
        hint={text.toolServers.headersHint}
        placeholder="Authorization: Bearer …"
        saved={saved}
        wrong={wrong}
      />
    </>
  );
}

interface ValuesFieldProps {
  label: string;
  hint: string;
  placeholder: string;
  saved: McpServer | undefined;
  wrong: ToolServerFormError | undefined;
}

function ValuesField({ label, hint, placeholder, saved, wrong }: ValuesFieldProps) {
  const kept = saved?.values ?? [];
  return (
    <TextAreaField
      label={label}
      hint={kept.length > 0 ? `${hint} ${text.toolServers.kept(kept.join(", "))}` : hint}
      error={wrong?.kind === "line" ? text.toolServers.badLine(wrong.line) : undefined}
      name="values"
      rows={2}
      className="textarea-small"
      dir="ltr"
      placeholder={placeholder}
    />
  );
}

function PasteForm({ onClose }: { onClose: () => void }) {
  const add = useImportMcpServers();
  const save = (form: HTMLFormElement) =>
    add.mutate(String(new FormData(form).get("list") ?? ""), {
      onSuccess: ({ added, skipped }) => {
        if (added.length > 0) showToast({ text: text.toolServers.imported(added.length) });
        if (skipped.length === 0) onClose();
      },
    });
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        save(event.currentTarget);
      }}
    >
      <p className="field-hint">{text.toolServers.commandWarning}</p>
      <TextAreaField
        label={text.toolServers.paste}
        hint={text.toolServers.pasteHint}
        name="list"
        rows={10}
        required
        dir="ltr"
        spellCheck={false}
        placeholder={'{ "mcpServers": { "files": { "command": "npx", "args": ["-y", "…"] } } }'}
      />
      {add.error ? <Failure failure={describeError(add.error)} /> : undefined}
      {add.data && add.data.skipped.length > 0 ? (
        <Notice
          tone="warn"
          live
          title={text.toolServers.skipped}
          detail={add.data.skipped.map(({ name, reason }) => `${name}: ${reason}`).join("; ")}
        />
      ) : undefined}
      <div className="dialog-actions">
        <Button tone="quiet" onClick={onClose}>
          {add.data ? text.common.done : text.common.cancel}
        </Button>
        <Button tone="primary" type="submit" busy={add.isPending}>
          {text.toolServers.add}
        </Button>
      </div>
    </form>
  );
}

/** What the fields say; undefined where a line cannot be read. */
function read(
  value: (name: string) => string,
  kind: McpTransport,
  onWrong: (wrong: ToolServerFormError) => void,
): CreateMcpServer | undefined {
  try {
    const name = value("name");
    if (kind === "http") return { name, url: value("url"), values: values(value("values"), ":") };
    const [command = "", ...args] = words(value("command"));
    return { name, command, args, folder: value("folder"), values: values(value("values"), "=") };
  } catch (error) {
    if (!(error instanceof ToolServerFormError)) throw error;
    onWrong(error);
    return undefined;
  }
}
