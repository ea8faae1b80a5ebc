/** Arabic words of how searches went. */
import type { Catalogue } from "../language";

export const searches: Catalogue["searches"] = {
  title: "عمليات البحث",
  asked: "عدد عمليات البحث",
  withoutHits: "بلا نتائج",
  opened: "فُتح منها شيء",
  nearTop: "فُتح من الثلاثة الأولى",
  frequent: "الأكثر بحثًا",
  missed: "لم يُعثر عليه",
  popular: "الأكثر فتحًا",
  hint: "من آخر 30 يومًا. تُحفظ عمليات البحث على هذا الجهاز 90 يومًا.",
  forget: "نسيان كل عمليات البحث",
  forgetTitle: "نسيان كل عمليات البحث؟",
  forgetHint: "يُحذف كل ما بُحث عنه وما فُتح، ومعه كل ما يُذكر هنا. لا يمكن التراجع عن ذلك.",
  forgotten: "نُسيت كل عمليات البحث.",
  none: "لم يُبحث عن شيء بعد.",
};
