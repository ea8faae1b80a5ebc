/** Arabic words of the first steps. */
import type { Catalogue } from "../language";
import { nouns, of } from "./nouns";
import { bdi } from "../bidi";

const VENDORS: Record<string, string> = { ollama: "Ollama", "lm-studio": "LM Studio" };
const vendorName = (vendor: string) => VENDORS[vendor] ?? vendor;

export const onboarding: Catalogue["onboarding"] = {
  title: "أهلًا بك",
  lead: "يعمل Familiar فورًا، دون مفتاح ودون شبكة. أضف نموذجًا لغويًا متى شئت.",
  askTitle: "اسأل أمين المكتبة",
  askHint: "يجيب من المستندات وحدها، حرفيًا ومع مصدر كل جملة. وقد قرأ دليل Familiar.",
  questions: ["How do I add a provider?", "Where does Familiar keep my data?"],
  dropTitle: "أحضر مستنداتك",
  dropHint:
    "أفلت ملفات PDF أو EPUB أو Word أو Markdown أو نص في أي موضع من الصفحة. تُحفظ على هذا الجهاز فقط؛ ولا يرى النموذج الذي تختاره إلا المقاطع التي يجيب منها.",
  own: (count) => `لك في المكتبة: ${nouns.document(count)}`,
  modelTitle: "إضافة نموذج لغوي",
  modelHint: "استخدم مفتاح API لأحد المزوّدين، أو خادم نماذج مثل Ollama على هذا الجهاز.",
  modelsFound: (count) => `جاهز: ${nouns.languageModel(count)}. اختر أدناه.`,
  serviceFound: (vendor, models, url) => `يعمل ${vendorName(vendor)} على ${bdi(url)} ومعه ${of(nouns.model)(models)}.`,
  serviceInUse: (vendor, models) => `${vendorName(vendor)} قيد الاستخدام، ${nouns.model(models)}`,
  useService: (vendor) => `استخدام ${vendorName(vendor)}`,
  addKey: "إضافة مزوّد",
  dismiss: "إبعاد الخطوات الأولى",
};
