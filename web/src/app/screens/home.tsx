/** The beginning: the first steps for a newcomer, a fresh conversation for everyone else. */
import { useQuery } from "@tanstack/react-query";
import { NewChatScreen } from "@/features/chat/components/new-chat-screen";
import { AddButtons } from "@/features/library/components/add-buttons";
import { Welcome } from "@/features/onboarding/components/welcome";
import { modelsQuery } from "@/lib/api/models";
import { settingsQuery, useChangeSettings } from "@/lib/api/settings";
import "../../features/chat/chat.css";

export function Home() {
  const { data: settings } = useQuery(settingsQuery);
  const { data: models } = useQuery(modelsQuery);
  const change = useChangeSettings();
  if (!settings || settings.onboarded) return <NewChatScreen />;
  const librarian = models?.models.find((model) => !model.language_model)?.id;
  return (
    <NewChatScreen
      welcome={(ask) => (
        <Welcome
          addFiles={<AddButtons tone="plain" />}
          onAsk={(question) => ask(librarian ? { question, model: librarian } : { question })}
          onDismiss={() => change.mutate({ onboarded: true })}
        />
      )}
    />
  );
}
