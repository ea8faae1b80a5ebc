/**
 * Arabic words that are counted. One and two are words without a figure; three to ten take the plural, eleven to ninety-nine
 * the singular with its ending, and hundreds the plain singular.
 */
import { counted } from "../plural";

type Noun = (count: number) => string;

/** One of it, two of it, its plural, its singular as it is read behind eleven, and as it is read behind a hundred. */
function noun(one: string, two: string, [few, many, other]: readonly [string, string, string]): Noun {
  return (count) => counted("ar", count, { one, two, few: `# ${few}`, many: `# ${many}`, other: `# ${other}` });
}

/** The same behind a preposition or as an object: the dual ends otherwise. */
export function of(named: Noun): Noun {
  return (count) => (count === 2 ? named(count).replaceAll(/ان(?= |$)/g, "ين") : named(count));
}

const feminine = (word: string, two: string, few: string) => noun(`${word} واحدة`, two, [few, word, word]);
const masculine = (word: string, two: string, few: string, many = `${word}ًا`) =>
  noun(`${word} واحد`, two, [few, many, word]);

export const nouns = {
  answer: feminine("إجابة", "إجابتان", "إجابات"),
  bar: masculine("عمود", "عمودان", "أعمدة"),
  call: masculine("استدعاء", "استدعاءان", "استدعاءات", "استدعاءً"),
  conversation: feminine("محادثة", "محادثتان", "محادثات"),
  day: masculine("يوم", "يومان", "أيام"),
  deletedMessage: noun("رسالة واحدة حُذفت هنا", "رسالتان حُذفتا هنا", [
    "رسائل حُذفت هنا",
    "رسالة حُذفت هنا",
    "رسالة حُذفت هنا",
  ]),
  document: masculine("مستند", "مستندان", "مستندات"),
  earlierPicture: noun("صورة أقدم واحدة", "صورتان أقدم", ["صور أقدم", "صورة أقدم", "صورة أقدم"]),
  entry: masculine("مدخل", "مدخلان", "مداخل"),
  exchange: masculine("تبادل", "تبادلان", "تبادلات"),
  fact: feminine("معلومة", "معلومتان", "معلومات"),
  failure: masculine("إخفاق", "إخفاقان", "إخفاقات"),
  file: masculine("ملف", "ملفان", "ملفات"),
  filter: masculine("عامل تصفية", "عاملا تصفية", "عوامل تصفية", "عامل تصفية"),
  instruction: masculine("تعليم", "تعليمان", "تعليمات"),
  job: feminine("مهمة", "مهمتان", "مهام"),
  key: masculine("مفتاح", "مفتاحان", "مفاتيح"),
  languageModel: noun("نموذج لغوي واحد", "نموذجان لغويان", ["نماذج لغوية", "نموذجًا لغويًا", "نموذج لغوي"]),
  line: masculine("سطر", "سطران", "أسطر"),
  media: noun("صورة أو تسجيل واحد", "صورتان أو تسجيلان", ["صور أو تسجيلات", "صورة أو تسجيلًا", "صورة أو تسجيل"]),
  message: feminine("رسالة", "رسالتان", "رسائل"),
  model: masculine("نموذج", "نموذجان", "نماذج"),
  newFolder: noun("مجلد جديد واحد", "مجلدان جديدان", ["مجلدات جديدة", "مجلدًا جديدًا", "مجلد جديد"]),
  newMessage: noun("رسالة جديدة واحدة", "رسالتان جديدتان", ["رسائل جديدة", "رسالة جديدة", "رسالة جديدة"]),
  newTag: noun("وسم جديد واحد", "وسمان جديدان", ["وسوم جديدة", "وسمًا جديدًا", "وسم جديد"]),
  opinion: noun("رأي واحد", "رأيان", ["آراء", "رأيًا", "رأي"]),
  outcome: feminine("نتيجة", "نتيجتان", "نتائج"),
  page: feminine("صفحة", "صفحتان", "صفحات"),
  passage: masculine("مقطع", "مقطعان", "مقاطع"),
  persona: feminine("شخصية", "شخصيتان", "شخصيات"),
  picture: feminine("صورة", "صورتان", "صور"),
  point: feminine("نقطة", "نقطتان", "نقاط"),
  prompt: feminine("مطالبة", "مطالبتان", "مطالبات"),
  relation: feminine("علاقة", "علاقتان", "علاقات"),
  result: feminine("نتيجة", "نتيجتان", "نتائج"),
  row: masculine("صف", "صفان", "صفوف"),
  sentence: feminine("جملة", "جملتان", "جمل"),
  source: masculine("مصدر", "مصدران", "مصادر"),
  step: feminine("خطوة", "خطوتان", "خطوات"),
  suggestion: masculine("اقتراح", "اقتراحان", "اقتراحات"),
  time: feminine("مرة", "مرتان", "مرات"),
  tool: feminine("أداة", "أداتان", "أدوات"),
  toolCall: noun("استدعاء أداة واحد", "استدعاءا أداتين", ["استدعاءات أدوات", "استدعاء أداة", "استدعاء أداة"]),
  vote: masculine("صوت", "صوتان", "أصوات"),
};
