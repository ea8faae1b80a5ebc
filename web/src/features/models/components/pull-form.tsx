/** Pulls a model of Ollama's library, and says how far it is. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { isOver, jobQuery, useCancelJob } from "@/lib/api/jobs";
import { modelsKey } from "@/lib/api/models";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import { Button } from "@/ui/button";
import { TextField } from "@/ui/field";
import { Failure, Notice, Progress } from "@/ui/feedback";
import { usePullModel } from "../api";

export function PullForm({ provider, onClose }: { provider: string; onClose: () => void }) {
  const pull = usePullModel();
  const [name, setName] = useState("");
  return (
    <form
      className="inline-form"
      aria-label={text.models.pull}
      onSubmit={(event) => {
        event.preventDefault();
        pull.mutate({ provider, model: name.trim() });
      }}
    >
      <TextField
        label={text.models.pullName}
        hint={text.models.pullHint}
        required
        autoFocus
        value={name}
        onChange={(event) => setName(event.target.value)}
        placeholder="llama3.2"
      />
      <div className="inline-form-actions">
        <Button tone="primary" type="submit" busy={pull.isPending}>
          {text.models.pullStart}
        </Button>
        <Button tone="quiet" onClick={onClose}>
          {text.common.close}
        </Button>
      </div>
      {pull.error ? <Failure failure={describeError(pull.error)} /> : undefined}
      {pull.data ? <PullState id={pull.data.id} name={pull.variables.model} /> : undefined}
    </form>
  );
}

function PullState({ id, name }: { id: string; name: string }) {
  const client = useQueryClient();
  const { data: job, error } = useQuery(jobQuery(id));
  const cancel = useCancelJob();
  const finished = job?.state === "finished";
  useEffect(() => {
    if (finished) void client.invalidateQueries({ queryKey: modelsKey });
  }, [client, finished]);
  if (error) return <Failure failure={describeError(error)} />;
  if (!job) return undefined;
  if (finished) return <Notice tone="good" live title={text.models.pulled(name)} />;
  if (isOver(job)) return <Notice tone="danger" live title={job.error ?? text.models.pullStopped} />;
  return (
    <div className="pull-state">
      <p>
        {text.models.pulling(name)}
        {job.stage ? `: ${job.stage}` : ""}
      </p>
      <Progress value={job.progress} label={text.models.pulling(name)} />
      <Button tone="quiet" onClick={() => cancel.mutate(id)}>
        {text.common.cancel}
      </Button>
    </div>
  );
}
