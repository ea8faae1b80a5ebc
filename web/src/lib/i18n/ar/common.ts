/** Arabic words of the frame: buttons, sidebar, status bar, palette, help. */
import { formatMonth } from "../../format";
import type { Catalogue } from "../language";
import { nouns } from "./nouns";
import { bdi } from "../bidi";

export const common: Catalogue["common"] = {
  name: "Familiar",
  home: "Familiar، إلى البداية",
  skip: "الانتقال إلى المحتوى",
  loading: "جارٍ التحميل",
  retry: "المحاولة مجددًا",
  reload: "إعادة تحميل الصفحة",
  cancel: "إلغاء",
  close: "إغلاق",
  done: "تم",
  save: "حفظ",
  edit: "تعديل",
  remove: "إزالة",
  rename: "إعادة تسمية",
  newTitle: "العنوان",
  delete: "حذف",
  undo: "تراجع",
  copy: "نسخ",
  copied: "نُسخ",
  copyFailed: "لا يسمح المتصفح بالنسخ هنا",
  copyReport: "نسخ تقرير",
  more: "عرض المزيد",
  collapse: "طيّ",
  expand: "توسيع",
  notifications: "الإشعارات",
  screenBroke: "تعذّر عرض هذه الشاشة",
  correlation: (id) => `في السجل المزيد تحت ${id}.`,
  notFound: "لا شيء في هذا العنوان",
  jobGone: "لم تعد هذه المهمة معروفة",
  notFoundHint: "ربما حُذف، أو أن الرابط ناقص.",
};

export const sidebar: Catalogue["sidebar"] = {
  title: "الشريط الجانبي",
  open: "فتح الشريط الجانبي",
  places: "الأماكن",
  conversations: "المحادثات",
  newChat: "محادثة جديدة",
  search: "البحث في المحادثات",
  empty: "ستظهر محادثاتك هنا.",
  nothingFound: (query) => `لا محادثة فيها «${bdi(query)}».`,
  group: (key) => {
    const names: Record<string, string> = {
      today: "اليوم",
      yesterday: "أمس",
      week: "آخر 7 أيام",
      month: "آخر 30 يومًا",
    };
    return names[key] ?? formatMonth(key);
  },
  commandsFor: (title) => `أوامر «${bdi(title)}»`,
  renameTitle: "إعادة تسمية المحادثة",
  deleted: (title) => `حُذفت «${bdi(title)}».`,
  writing: "تُكتب إجابة الآن",
};

export const status: Catalogue["status"] = {
  title: "الحالة",
  connection: { connecting: "جارٍ الاتصال", online: "متصل", reconnecting: "انقطع الاتصال، تجري إعادته" },
  jobs: (count) => `قيد التنفيذ: ${nouns.job(count)}`,
  conversation: (cost) => `هذه المحادثة ${cost}`,
  context: (tokens) => `السياق ${tokens}`,
  month: (cost) => `هذا الشهر ${cost}`,
};

export const actions: Catalogue["actions"] = {
  go: "الانتقال إلى",
  gateway: "البوابة",
  failures: "التبادلات الفاشلة",
  view: "العرض",
  chat: "هذه المحادثة",
  palette: "لوحة الأوامر",
  placeholder: "ماذا تريد أن تفعل؟",
  nothing: "لا أمر ولا محادثة بهذه الكلمات.",
  toggleSidebar: "إظهار الشريط الجانبي أو إخفاؤه",
  dark: "المظهر الداكن",
  light: "المظهر الفاتح",
};

export const help: Catalogue["help"] = {
  title: "المساعدة",
  lead: "دليل هذا الإصدار. هو داخل البرنامج نفسه ولا يحتاج إلى شبكة.",
  search: "البحث في الدليل",
  results: "ما عثر عليه في الدليل",
  found: (count) => `المواضع التي عثر عليها: ${count}`,
  nothing: (query) => `لا يذكر الدليل شيئا عن «${bdi(query)}».`,
  nothingHint: "قد تفيد كلمات أقل أو غيرها. يجب أن ترد الكلمات كلها في قسم واحد.",
  clear: "مسح البحث",
  pages: "صفحات الدليل",
  whatsNew: "الجديد",
  version: (version) => `هذا ${bdi(`Familiar ${version}`)}.`,
  englishOnly: "الدليل مكتوب بالإنجليزية.",
  unknown: (page) => `ليس في الدليل صفحة «${bdi(page)}».`,
  unknownHint: "في القائمة كل الصفحات الموجودة.",
  asScreen: "فتح كصفحة",
  shortcuts: "اختصارات لوحة المفاتيح",
  shortcutsHint: "يمكن إعطاء كل منها مفاتيح أخرى تحفظ على هذا الجهاز.",
  pressKeys: "اضغط المفاتيح الجديدة",
  keysTaken: (action) => `هذه المفاتيح مستعملة في «${action}»`,
  changeKeys: (action) => `مفاتيح أخرى لـ«${action}»`,
  ownKeys: (action) => `المفاتيح المعتادة لـ«${action}»`,
  writing: "أثناء الكتابة",
  newLine: "سطر جديد",
  shift: "Shift",
};
