/** What you think of an answer, and which of two versions was better. */
import { useQuery } from "@tanstack/react-query";
import { Scale } from "lucide-react";
import { useState } from "react";
import { feedbackQuery, usePutFeedback, useVote } from "@/lib/api/feedback";
import { opinionWords } from "@/lib/api/opinion-words";
import { modelsQuery } from "@/lib/api/models";
import { text } from "@/lib/i18n";
import { Button } from "@/ui/button";
import { Opinion } from "@/ui/opinion";
import { Popover } from "@/ui/popover";
import { showToast } from "@/ui/toast";
import type { Version } from "../versions";

export function AnswerOpinion({ exchangeId, question }: { exchangeId: string; question: string | undefined }) {
  const { data } = useQuery(feedbackQuery(exchangeId));
  const { data: models } = useQuery(modelsQuery);
  const put = usePutFeedback();
  const providers = [...new Set(models?.models.map(({ provider }) => provider) ?? [])].toSorted();
  return (
    <Opinion
      exchangeId={exchangeId}
      said={data?.said}
      providers={providers}
      busy={put.isPending}
      words={opinionWords()}
      onSay={(said) => put.mutate({ ...said, prompt: question ?? null })}
    />
  );
}

export interface WhichWasBetterProps {
  current: Version;
  rival: Version;
  question: string | undefined;
}

export function WhichWasBetter({ current, rival, question }: WhichWasBetterProps) {
  const vote = useVote();
  const [open, setOpen] = useState(false);
  const cast = (better: "left" | "right" | "tie") =>
    vote.mutate(
      {
        left: { exchange_id: current.message.receipt?.exchange_id ?? null },
        right: { exchange_id: rival.message.receipt?.exchange_id ?? null },
        better,
        prompt: question ?? null,
      },
      {
        onSuccess: () => {
          setOpen(false);
          showToast({ text: text.experiments.voted });
        },
      },
    );
  return (
    <Popover
      label={text.experiments.which}
      open={open}
      onOpenChange={setOpen}
      trigger={
        <Button tone="quiet" icon={Scale} className="which-button">
          {text.experiments.which}
        </Button>
      }
    >
      <div className="which" role="group" aria-label={text.experiments.which}>
        <Button disabled={vote.isPending} onClick={() => cast("left")}>
          {text.experiments.thisOne(current.number)}
        </Button>
        <Button disabled={vote.isPending} onClick={() => cast("right")}>
          {text.experiments.otherOne(rival.number)}
        </Button>
        <Button disabled={vote.isPending} onClick={() => cast("tie")}>
          {text.experiments.tie}
        </Button>
      </div>
    </Popover>
  );
}
