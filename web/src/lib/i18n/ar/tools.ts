/** Arabic words of the tools that models use. */
import type { Catalogue } from "../language";
import { nouns } from "./nouns";
import { bdi } from "../bidi";
import { figure } from "../plural";

export const tools: Catalogue["tools"] = {
  title: "الأدوات",
  off: "بلا أدوات",
  some: nouns.tool,
  modelCannot: "لا يستطيع هذا النموذج استدعاء أدوات.",
  here: "ما يجوز للنموذج استخدامه في هذه المحادثة",
  asSettings: "كما في الإعدادات",
  asSettingsHint: "اختر هنا لتختلف هذه المحادثة عن الإعدادات.",
  asks: "تغيّر شيئًا؛ تُسأل أنت أولًا",
  withoutAsking: (name) => `استخدام «${bdi(name)}» دون سؤال`,
  chosenOf: (on, all, tokens) => `المفعّل ${figure(on)} من ${figure(all)}، نحو ${figure(tokens)} من الرموز في كل مطالبة`,
  allOf: (server) => `كل أدوات «${bdi(server)}»`,
  away: "غائبة الآن",
  everywhere: "الأدوات في المحادثات",
  everywhereHint:
    "ما يجوز للنماذج القادرة على استدعاء الأدوات استخدامه حيث لا تحدّد المحادثة. تطيل كل أداة المطالبات قليلًا.",
  calls: (count) => `استُخدمت: ${nouns.tool(count)}`,
  arguments: "المطلوب",
  result: "النتيجة",
  nothingGiven: "لم يُعطَ شيء.",
  waiting: "تنتظرك",
  running: "تعمل",
  done: "تمت",
  failed: "فشلت",
  declined: "غير مسموح بها",
  cancelled: "أُنهيت من قبل",
  asksFor: (name) => `يريد النموذج استخدام «${bdi(name)}» التي تغيّر شيئًا.`,
  allow: "سماح",
  allowAlways: "دائمًا في هذه المحادثة",
  decline: "عدم السماح",
};
