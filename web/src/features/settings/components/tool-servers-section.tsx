/** The servers that tools come from: how they are doing, what they offer, and new ones. */
import { useQuery } from "@tanstack/react-query";
import { Plus, Wrench } from "lucide-react";
import { useState } from "react";
import { mcpServersQuery } from "@/lib/api/mcp";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { McpServer } from "@/lib/types";
import { Button } from "@/ui/button";
import { Empty, Failure, Notice, Skeleton } from "@/ui/feedback";
import { ToolServerCard } from "./tool-server-card";
import { ToolServerDialog } from "./tool-server-dialog";

export function ToolServersSection() {
  const { data, error, refetch } = useQuery(mcpServersQuery);
  const [edited, setEdited] = useState<McpServer | "new">();
  if (error)
    return <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton label={text.common.loading} />;
  const add = (
    <Button tone="primary" icon={Plus} onClick={() => setEdited("new")}>
      {text.toolServers.add}
    </Button>
  );
  return (
    <>
      <p className="field-hint">{text.toolServers.hint}</p>
      {data.file_problems.length > 0 ? (
        <Notice
          tone="warn"
          title={text.toolServers.fileProblem}
          detail={data.file_problems.map(({ name, reason }) => (name ? `${name}: ${reason}` : reason)).join("; ")}
        />
      ) : undefined}
      {data.servers.length === 0 ? (
        <Empty icon={Wrench} title={text.toolServers.none} actions={add}>
          {text.toolServers.noneHint}
        </Empty>
      ) : (
        <>
          <ul className="provider-list">
            {data.servers.map((server) => (
              <ToolServerCard key={server.id} server={server} onEdit={() => setEdited(server)} />
            ))}
          </ul>
          <div>{add}</div>
        </>
      )}
      <p className="field-hint tool-server-file">{text.toolServers.file(data.file)}</p>
      {edited ? (
        <ToolServerDialog server={edited === "new" ? undefined : edited} onClose={() => setEdited(undefined)} />
      ) : undefined}
    </>
  );
}
