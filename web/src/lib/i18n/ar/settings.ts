/** Arabic words of the settings. */
import type { Catalogue } from "../language";
import { nouns, of } from "./nouns";
import { bdi } from "../bidi";

export const settings: Catalogue["settings"] = {
  title: "الإعدادات",
  sections: {
    general: "عام",
    providers: "المزوّدون",
    tools: "خوادم الأدوات",
    conversations: "المحادثات",
    appearance: "المظهر",
    advanced: "متقدم",
  },
  saved: "حُفظ.",
  language: "اللغة",
  languageHint: "تبدأ الصفحة بها من جديد. ويُحفظ ما تكتبه.",
  languageOfBrowser: "كما يقول المتصفح",
  theme: "السمة",
  themeHint: "«النظام» تتبع حاسوبك.",
  themes: { system: "النظام", light: "فاتحة", dark: "داكنة" },
  density: "الكثافة",
  densityHint: "«متراصّة» تعرض المزيد معًا.",
  densities: { comfortable: "مريحة", compact: "متراصّة" },
  textSize: "الحجم",
  textSizeHint: "يكبر معه كل شيء، إضافة إلى ما يكبّره متصفحك.",
  textSizes: { normal: "عادي", large: "كبير", larger: "أكبر" },
  pictures: "الصور في الرسائل والمقارنات",
  picturesHint:
    "تُحذف القديمة منها مرة في اليوم، ولا رجوع عن ذلك؛ ويبقى اسمها وحجمها وكل الكلام. وتحتفظ المحادثات التي لها رابط بصورها ما دام الرابط ساريًا، وتحتفظ المكتبة بمستنداتها. وبعد التحديث لا يُحذف شيء مدة الأيام نفسها.",
  picturesKept: (days: number) => (days === 0 ? "تُحفظ إلى الأبد" : `تُحذف بعد ${of(nouns.day)(days)}`),
  picturesFixed: "هذا ما يقوله ملف الإعدادات.",
  defaultModel: "نموذج المحادثات الجديدة",
  defaultModelHint: "لكل محادثة أن تختار غيره.",
  automatic: "يختاره Familiar",
  systemPrompt: "تعليمات لكل محادثة",
  systemPromptHint: "تسبق كل محادثة، مثل الطريقة التي تحب أن تُجاب بها.",
  titles: "عناوين يكتبها النموذج",
  titlesHint: "استدعاء صغير إضافي بعد أول إجابة. ومن دونه تصنع الرسالة الأولى العنوان.",
  about: "عن هذا التثبيت",
  version: "الإصدار",
  database: "قاعدة البيانات",
  dataFolder: "مجلد البيانات",
  runningSince: "يعمل منذ",
  providersHint: "شركات وبرامج تقدّم النماذج. تُشفّر المفاتيح على هذا الجهاز ولا تُعرض مجددًا أبدًا.",
  addProvider: "إضافة مزوّد",
  editProvider: (name) => `تغيير ${bdi(name)}`,
  noProviders: "لا مزوّد بعد",
  noProvidersHint: "من دونه يجيب أمين المكتبة من مستنداتك. أضف مزوّدًا لتتحدث مع نماذج لغوية.",
  keySource: (source) =>
    ({
      environment: "المفتاح من متغيرات البيئة",
      file: "المفتاح من الملف",
      settings: "المفتاح محفوظ هنا",
      none: "بلا مفتاح",
    })[source] ?? source,
  modelCount: nouns.model,
  notEditable: (source) =>
    source === "environment"
      ? "يأتي من متغيرات البيئة؛ غيّره هناك."
      : source === "files"
        ? "يأتي من الملفات في هذا المجلد؛ أضفها وأزلها هناك."
        : "يأتي من ملف الإعداد؛ غيّره هناك.",
  test: "اختبار",
  vendor: "الشركة",
  providerName: "الاسم",
  providerNameHint: "النصف الأول من أسماء نماذجه: حروف لاتينية صغيرة وأرقام ونقاط وشرطات.",
  baseUrl: "العنوان",
  baseUrlHint: "اتركه فارغًا لعنوان الشركة المعتاد.",
  apiKey: "مفتاح API",
  apiKeyHint: "من لوحة تحكم الشركة.",
  apiKeyOptional: "فقط إن طلبه الخادم.",
  apiKeyKeep: "اتركه فارغًا للإبقاء على المفتاح الحالي.",
  onlyModels: "هذه النماذج فقط",
  onlyModelsHint: "مفصولة بفواصل أو أسطر؛ فارغًا يعني كل ما يسرده المزوّد.",
  more: "المؤسسة والوكيل والترويسات والمهل",
  organisation: "المؤسسة",
  project: "المشروع",
  proxy: "الوكيل",
  proxyHint: "http أو https أو socks5؛ مع user:password@ قبل المضيف حيث يطلبها.",
  headers: "ترويسات تُرسل مع كل طلب",
  headersHint: (kept) =>
    kept.length === 0
      ? "واحدة في كل سطر بصيغة Name: value. وتُحفظ مشفّرة."
      : `المحفوظة: ${kept.join("، ")}. وما تكتبه هنا يحل محلها.`,
  badHeader: (line) => `«${bdi(line)}» ليست ترويسة؛ اكتبها بصيغة Name: value.`,
  forgetHeaders: "عدم إرسال أي منها بعد الآن",
  timeOuts: "المهل بالثواني؛ فارغًا يعني المعتادة",
  timeOut: {
    connect_ms: "للاتصال",
    first_byte_ms: "إلى رأس الإجابة",
    first_token_ms: "إلى رمزها الأول",
    stall_ms: "بين جزأين",
    total_ms: "إلى نهايتها",
  },
  saveAndTest: "حفظ واختبار",
  orderProviders: "ترتيب المزوّدين",
  orderProvidersHint: "تُعرض النماذج بهذا الترتيب. وحين لا يُختار نموذج يسأل Familiar المزوّد الأول أولًا.",
  providersOrdered: "تغيّر ترتيب المزوّدين.",
  removedHint: "يُحذف مفتاحه. وتبقى المحادثات والسجل.",
  removed: (name) => `أُزيل ${bdi(name)}.`,
};
