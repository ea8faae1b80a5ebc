/** What you think of the answer of an exchange. */
import { useQuery } from "@tanstack/react-query";
import { feedbackQuery, usePutFeedback } from "@/lib/api/feedback";
import { modelsQuery } from "@/lib/api/models";
import { opinionWords } from "@/lib/api/opinion-words";
import { Opinion } from "@/ui/opinion";

export function ExchangeOpinion({ id }: { id: string }) {
  const { data } = useQuery(feedbackQuery(id));
  const { data: models } = useQuery(modelsQuery);
  const put = usePutFeedback();
  const providers = [...new Set(models?.models.map(({ provider }) => provider) ?? [])].toSorted();
  return (
    <Opinion
      exchangeId={id}
      said={data?.said}
      providers={providers}
      busy={put.isPending}
      words={opinionWords()}
      onSay={(said) => put.mutate(said)}
    />
  );
}
