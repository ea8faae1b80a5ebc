/** Arabic words of the library. */
import type { Catalogue } from "../language";
import { nouns, of } from "./nouns";
import { bdi } from "../bidi";
import { figure } from "../plural";

const STAGES: Record<string, string> = {
  extract: "تجري القراءة",
  chunk: "يجري التقطيع إلى مقاطع",
  index: "تجري الفهرسة",
  embed: "يجري تعلّم المعنى",
};
const FACTS: Record<string, string> = {
  author: "المؤلف",
  publisher: "الناشر",
  published: "تاريخ النشر",
  made: "تاريخ الإنشاء",
  language: "اللغة",
  file: "الملف",
  added: "تاريخ الإضافة",
};

export const library: Catalogue["library"] = {
  title: "المكتبة",
  lead: "مستندات تستند إليها الإجابات، محفوظة على هذا الجهاز. أفلت ملفات أو مجلدات في أي موضع من الصفحة.",
  addFiles: "إضافة ملفات",
  addFolder: "إضافة مجلد",
  search: "البحث في كل المستندات",
  filter: "تصفية بالاسم",
  statusFilter: "الحالة",
  sort: "الترتيب",
  sortName: (name) =>
    ({
      added: "الأحدث أولًا",
      title: "بالعنوان",
      size: "الأكبر أولًا",
      pages: "الأكثر صفحات أولًا",
      status: "غير المنتهي أولًا",
    })[name] ?? name,
  statusName: (name) =>
    ({ "": "كل الحالات", queued: "بالانتظار", processing: "تجري قراءته", ready: "جاهز", failed: "غير مقروء" })[name] ??
    name,
  columns: {
    title: "المستند",
    status: "الحالة",
    format: "الصيغة",
    pages: "الصفحات",
    passages: "المقاطع",
    size: "الحجم",
    added: "أُضيف",
    commands: "الأوامر",
  },
  handbook: "دليل Familiar",
  shown: (shown, total) => (shown === total ? nouns.document(total) : `${shown} من ${of(nouns.document)(total)}`),
  emptyTitle: "المكتبة فارغة",
  emptyHint:
    "أضف ملفات PDF أو EPUB أو MOBI أو Word أو PowerPoint أو Excel أو OpenDocument أو بريد أو HTML أو Markdown أو نص أو CSV. يُقطَّع كل منها إلى مقاطع تستشهد بها الإجابات.",
  noneFound: "لا مستند مطابق",
  noneFoundHint: "غيّر الاسم أو الحالة أعلاه.",
  noHits: (query) => `لا نتائج لـ«${bdi(query)}»`,
  noHitsHint: "جرّب كلمات أقل، أو بداية كلمة مع نجمة: librar*.",
  hits: (total, took) => `${nouns.passage(total)} خلال ${took}.`,
  fuzzy: "لا مطابقة تامة؛ تُعرض كلمات مشابهة.",
  chips: "ما فُهم من كلماتك",
  chip: (kind, typed, meant) => {
    if (kind === "correction") return `«${bdi(typed)}» على أنها ${bdi(meant)}`;
    if (kind === "vocabulary") return `«${bdi(typed)}»، وفي مستنداتك أيضًا ${bdi(meant)}`;
    if (kind === "related") return `مع «${bdi(typed)}» أيضًا: ${bdi(meant)}`;
    return `«${bdi(typed)}»، وأيضًا ${bdi(meant)}`;
  },
  chipOff: "تعطيل هذا",
  chipOn: "تفعيل هذا مجددًا",
  chipAdd: "البحث عن هذا أيضًا",
  synonyms: "المرادفات",
  synonymsOwn: "كلمات بالمعنى نفسه",
  synonymsHint: "مجموعة في كل سطر، كلماتها مفصولة بفواصل، مثل: hp, hit points. تسري إلى جانب المرفقة.",
  synonymsShipped: "مرفقة مع Familiar",
  synonymsSaved: "حُفظت المرادفات.",
  mode: "طريقة البحث",
  modeName: (mode) => ({ hybrid: "بالكلمات والمعنى", keyword: "بالكلمات فقط", semantic: "بالمعنى فقط" })[mode] ?? mode,
  embedded: (embedded, documents) => `يمكن إيجاد ${embedded} من ${of(nouns.document)(documents)} بالمعنى حتى الآن.`,
  wordsOnly: (code, message) =>
    ({
      no_embedder: "بُحث بالكلمات فقط: لا نموذج هنا يصنع متجهات.",
      no_vectors: "بُحث بالكلمات فقط: لا مقطع يمكن إيجاده بالمعنى بعد.",
      engine_failed: "بُحث بالكلمات فقط: المحرك الذي يبحث بالمعنى غير متاح أو يُملأ الآن.",
    })[code] ?? message,
  foundBy: (hit) => {
    if (!hit.by_words) return "بالمعنى";
    return hit.likeness === undefined || hit.likeness === null ? undefined : "بالكلمات والمعنى";
  },
  score: (score) => `الدرجة ${figure(Math.round(score * 100) / 100)}`,
  order: "ترتيب النتائج",
  orderName: (order) => ({ best: "الأفضل أولا", place: "حسب المستند والموضع (أفضل 200)" })[order],
  bookmark: "علامة",
  bookmarks: "العلامات",
  bookmarkRemove: "إزالة العلامة",
  bookmarkRemoved: "أزيلت العلامة.",
  bookmarksNone: "لا علامات بعد",
  bookmarksNoneHint: "زر «علامة» تحت المقطع الذي عثر عليه أو بجانب ما تقرؤه يحفظه هنا.",
  bookmarkGone: "أعيدت قراءة المستند ويقول هناك شيئا آخر",
  similar: "المزيد مثل هذا",
  similarNone: "لا مقطع آخر يشبه هذا",
  page: (page) => `الصفحة ${page}`,
  passage: "مقطع",
  passageIn: (title) => `مقطع من ${bdi(title)}`,
  previousPassage: "السابق",
  nextPassage: "التالي",
  openOriginal: "فتح الأصل",
  details: "التفاصيل",
  factName: (name: string) => FACTS[name] ?? name,
  reprocess: "قراءته مجددًا",
  cancel: "إيقاف القراءة",
  commandsFor: (title) => `أوامر ${bdi(title)}`,
  deleted: (title) => `حُذف «${bdi(title)}».`,
  queued: "بالانتظار",
  processing: (stage, progress) =>
    `${STAGES[stage ?? ""] ?? stage ?? "تجري قراءته"}${progress === undefined ? "" : ` · ${Math.round(progress * 100)}%`}`,
  ready: (pages, chunks) => `جاهز${pages ? ` · ${nouns.page(pages)}` : ""} · ${nouns.passage(chunks)}`,
  failed: "تتعذّر قراءته",
  duplicate: "موجود في المكتبة",
  uploads: "الملفات المضافة",
  uploading: (count) => `يجري إرسال ${of(nouns.file)(count)}`,
  uploaded: (count) => `أُضيف ${nouns.file(count)}`,
  uploadState: (state) =>
    ({
      waiting: "بالانتظار",
      sending: "يُرسل",
      sent: "أُرسل",
      duplicate: "موجود في المكتبة",
      failed: "مرفوض",
      cancelled: "ملغى",
    })[state] ?? state,
  clearUploads: "إغلاق هذه القائمة",
  cancelUpload: (name) => `إلغاء ${bdi(name)}`,
  retryUpload: (name) => `إرسال ${bdi(name)} مجددًا`,
  sendingProgress: (name) => `إرسال ${bdi(name)}`,
  readingProgress: (name) => `قراءة ${bdi(name)}`,
  dropTitle: "أفلت للإضافة إلى المكتبة",
  dropHint: "ملفات ومجلدات كاملة",
};
