/** Language, theme, density and size of the text: shown at once, kept on the server. */
import { useQuery } from "@tanstack/react-query";
import { settingsQuery, useChangeSettings } from "@/lib/api/settings";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import { LANGUAGE_NAMES, LANGUAGES } from "@/lib/i18n/language";
import { ChoiceField, SelectField } from "@/ui/field";
import { Failure, Skeleton } from "@/ui/feedback";

export function AppearanceSection() {
  const { data: settings, error, refetch } = useQuery(settingsQuery);
  const change = useChangeSettings();
  if (!settings && error)
    return <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />;
  if (!settings) return <Skeleton label={text.common.loading} />;
  const { theme, density, textSize, themes, densities, textSizes, themeHint, densityHint, textSizeHint } =
    text.settings;
  return (
    <div className="form">
      <SelectField
        label={text.settings.language}
        hint={text.settings.languageHint}
        options={[
          { value: "", label: text.settings.languageOfBrowser },
          ...LANGUAGES.map((value) => ({ value, label: LANGUAGE_NAMES[value] })),
        ]}
        value={settings.language ?? ""}
        onChange={(event) => change.mutate({ language: event.target.value })}
      />
      <ChoiceField
        label={theme}
        hint={themeHint}
        name="theme"
        value={settings.theme ?? "system"}
        options={(["system", "light", "dark"] as const).map((value) => ({ value, label: themes[value] }))}
        onChoose={(value) => change.mutate({ theme: value })}
      />
      <ChoiceField
        label={density}
        hint={densityHint}
        name="density"
        value={settings.density ?? "comfortable"}
        options={(["comfortable", "compact"] as const).map((value) => ({ value, label: densities[value] }))}
        onChoose={(value) => change.mutate({ density: value })}
      />
      <ChoiceField
        label={textSize}
        hint={textSizeHint}
        name="text-size"
        value={settings.text_size ?? "normal"}
        options={(["normal", "large", "larger"] as const).map((value) => ({ value, label: textSizes[value] }))}
        onChoose={(value) => change.mutate({ text_size: value })}
      />
    </div>
  );
}
