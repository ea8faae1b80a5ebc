/** Arabic words of the panel beside a conversation. */
import type { Catalogue } from "../language";
import { nouns, of } from "./nouns";

export const context: Catalogue["context"] = {
  title: "السياق",
  show: "إظهار ما تستند إليه الإجابات",
  hide: "إخفاء ما تستند إليه الإجابات",
  speaks: "من يتكلم",
  nobody: "لا أحد بعينه: النموذج كما هو.",
  leave: "التحدث دون شخصية بعينها",
  you: "تتكلم بصفة",
  told: "ما أُخبر به للإجابة الأخيرة",
  toldNothing: "لم يُستحضر شيء لها.",
  known: "كل ما هو معروف هنا",
  leftOut: "ما لن يتضمنه الدور التالي",
  gonePictures: (count) => `لم يعد يُحتفظ بـ${of(nouns.picture)(count)}؛ وتُخبَر النماذج بذلك.`,
  goneFrom: (when) => `بتاريخ ${when}`,
  goneMore: (count) => `و${nouns.earlierPicture(count)}`,
};
