/** Arabic words of conversations from and to files. */
import type { Catalogue } from "../language";
import { nouns, of } from "./nouns";
import { bdi } from "../bidi";
import { figure } from "../plural";

export const transfer: Catalogue["transfer"] = {
  importTitle: "نقل محادثات إلى هنا",
  importHint:
    "صادرات ChatGPT وClaude وOpen WebUI وLibreChat وSillyTavern وShareGPT وFamiliar كما جاءت: الأرشيف، أو ملف JSON الذي فيه. تُحفظ كل الفروع؛ والملف نفسه مرتين لا يضيف شيئًا.",
  chooseFiles: "الملفات",
  looking: "يجري النظر في الملفات …",
  taking: "يجري النقل …",
  going: (label, file, done, count) => `${label} ${figure(done)} من ${figure(count)} في ${bdi(file)}`,
  stopped: "أُوقف النقل",
  stoppedHint: "ما نُقل حتى الآن يبقى. اختيار الملفات نفسها مرة أخرى ينقل الباقي.",
  takeOver: (count) => `نقل ${of(nouns.conversation)(count)}`,
  took: (count) => `نُقل: ${nouns.conversation(count)}.`,
  found: (file, source, count) => `${source}: ${nouns.conversation(count)} في ${bdi(file)}`,
  states: ({ fresh, grown, here, restored }) =>
    [
      fresh > 0 ? `${fresh} جديدة` : "",
      grown > 0 ? `${grown} فيها المزيد` : "",
      restored > 0 ? `${restored} حُذفت سابقًا` : "",
      here > 0 ? `${here} موجودة هنا` : "",
    ]
      .filter(Boolean)
      .join("، "),
  messages: nouns.newMessage,
  shelves: ({ folders, tags }) =>
    [folders > 0 ? nouns.newFolder(folders) : "", tags > 0 ? nouns.newTag(tags) : ""].filter(Boolean).join("، "),
  leftOut: ({ deleted, media, files, tools, instructions }) => {
    const parts = [
      deleted > 0 ? nouns.deletedMessage(deleted) : "",
      media > 0 ? nouns.media(media) : "",
      files > 0 ? nouns.file(files) : "",
      tools > 0 ? nouns.toolCall(tools) : "",
      instructions > 0 ? nouns.instruction(instructions) : "",
    ].filter(Boolean);
    return parts.length > 0 ? `تُرك: ${parts.join("، ")}` : "";
  },
  broken: (count, which) => `تعذّرت قراءة ${of(nouns.file)(count)}: ${bdi(which)}`,
  exportIt: "حفظ في ملف",
  exportTitle: (title) => `حفظ «${bdi(title)}»`,
  exportAllTitle: "حفظ كل المحادثات",
  form: "الصيغة",
  forms: {
    markdown: "Markdown",
    html: "صفحة (HTML)",
    pdf: "PDF (بالطباعة)",
    json: "كل شيء (JSON)",
    openai: "أسطر OpenAI ‏(JSONL)",
    sharegpt: "ShareGPT (JSON)",
  },
  formHint: {
    markdown: "المعروض، للناس والمحررات.",
    html: "المعروض، في صفحة لا تحتاج إلى غيرها؛ اطبعها لتحصل على PDF.",
    pdf: "المعروض، منسّقًا للورق: يطبعه متصفحك أو يحفظه بصيغة PDF.",
    json: "كل الفروع وكل ما هو معروف؛ ويقرؤها Familiar مجددًا.",
    openai: "المعروض، محادثة في كل سطر، للضبط الدقيق.",
    sharegpt: "المعروض، كما في مجموعات البيانات.",
  },
  save: "حفظ",
  print: "طباعة أو حفظ بصيغة PDF",
  saveAll: "حفظ الكل",
};
