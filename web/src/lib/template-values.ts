/** What the variables of templates are that nobody is asked for, and what the others begin with. */
import type { TemplateVariable } from "@/lib/types";
import { locale } from "@/lib/i18n/language";

export type Values = Record<string, string>;

/** What can be said of the moment; `now` is in the person's own time zone. */
export function ofTheMoment(now: Date): Values {
  const two = (number: number) => String(number).padStart(2, "0");
  const date = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  const time = `${two(now.getHours())}:${two(now.getMinutes())}`;
  return {
    CURRENT_DATE: date,
    CURRENT_TIME: time,
    CURRENT_DATETIME: `${date} ${time}`,
    CURRENT_WEEKDAY: new Intl.DateTimeFormat(locale(), { weekday: "long" }).format(now),
    CURRENT_TIMEZONE: Intl.DateTimeFormat().resolvedOptions().timeZone,
    USER_LANGUAGE: navigator.language,
  };
}

/** The values of given variables. The clipboard is only looked at where it is asked for, and may be refused. */
export async function given(variables: readonly TemplateVariable[], now = new Date()): Promise<Values> {
  const names = new Set(variables.filter((variable) => variable.given).map((variable) => variable.name));
  const values = Object.fromEntries(Object.entries(ofTheMoment(now)).filter(([name]) => names.has(name)));
  if (!names.has("CLIPBOARD")) return values;
  try {
    return { ...values, CLIPBOARD: await navigator.clipboard.readText() };
  } catch {
    return values;
  }
}

/** Those that somebody has to be asked for: all but what is given, and what was to be given and could not be had. */
export function askedFor(variables: readonly TemplateVariable[], values: Values): TemplateVariable[] {
  return variables.filter((variable) => !variable.given || values[variable.name] === undefined);
}

/** What a form begins with. */
export function beginnings(variables: readonly TemplateVariable[]): Values {
  const begun = variables.map(({ name, kind, default: value, options, required }) => {
    if (value) return [name, value];
    if (kind === "checkbox") return [name, "false"];
    return [name, kind === "select" && required ? (options?.[0] ?? "") : ""];
  });
  return Object.fromEntries(begun) as Values;
}
