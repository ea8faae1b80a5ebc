/** Arabic words of folders that the library is kept in step with. */
import type { Catalogue } from "../language";
import { figure } from "../plural";

const STATES: Record<string, string> = {
  in_step: "متزامن",
  catching_up: "جارٍ اللحاق",
  unreachable: "يتعذر الوصول إليه",
  leaving: "قيد الإزالة",
};
const PROBLEMS: Record<string, string> = {
  missing: "لا يوجد هذا المجلد في الوقت الحالي.",
  denied: "لا يُسمح لـ Familiar بقراءة المجلد.",
  not_a_folder: "يوجد هناك شيء غير مجلد.",
  another: "يوجد الآن مجلد آخر بلا أي من الملفات: ربما لم يُوصَل قرص.",
  too_many: "في المجلد ملفات أكثر من اللازم.",
  failed: "تعذرت معاينة المجلد.",
};
const REASONS: Record<string, string> = {
  unsupported: "ليست صيغة يمكن قراءتها",
  too_large: "كبير جدًا",
  empty: "فارغ",
  link: "لا تُتبع الروابط",
  unfinished: "غير مكتمل بحسب اسمه",
  unreadable: "لا يُسمح بقراءته",
  name: "اسمه ليس بترميز Unicode",
  special: "ليس ملفًا",
};

export const watched: Catalogue["watched"] = {
  title: "المجلدات المراقَبة",
  lead: "ما في هذه المجلدات يدخل المكتبة، وما يتغير فيها يتغير هنا أيضًا.",
  path: "المجلد",
  pathHint: "المسار الكامل على الجهاز الذي يعمل عليه Familiar، مثل ‎/srv/books.",
  collection: "المجموعة",
  collectionHint: "حيث توضع مستنداته؛ يمكن تركها فارغة.",
  add: "مراقبة المجلد",
  list: "المجلدات",
  none: "لا يوجد مجلد مراقَب",
  noneHint: "اذكر مجلدًا في الأعلى فتدخل مستنداته من تلقاء نفسها.",
  ready: "جاهزة",
  reading: "قيد القراءة",
  waiting: "في الانتظار",
  failed: "غير مقروءة",
  deleted: "حُذفت يدويًا",
  hidden: "مخفية",
  nothingDeleted: "لا يُحذف شيء منه من المكتبة في هذه الأثناء.",
  state: (state: string) => STATES[state] ?? state,
  problem: (code: string) => PROBLEMS[code] ?? code,
  reason: (code: string, message: string) => REASONS[code] ?? message,
  looked: (when: string) => `آخر معاينة: ${when}`,
  inCollection: (name: string) => `المجموعة ${name}`,
  ask: (path: string) => `ماذا يحدث لمستندات ${path}؟`,
  stopped: (path: string) => `لم يعد ${path} مراقَبًا`,
  skipped: (count: number) => `مستبعدة: ${figure(count)}`,
  look: "المعاينة الآن",
  stop: "إيقاف المراقبة",
  askHint: "لا يُحذف معه إلا ما جاء بالمراقبة؛ ويمكن استعادته خلال 30 يومًا.",
  keep: "الاحتفاظ بالمستندات",
  drop: "حذف المستندات",
};
