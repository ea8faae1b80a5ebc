/** Arabic words of decisions: strategies, tiers, factors and why a request goes where it goes. */
import type { Catalogue } from "../language";
import { bdi } from "../bidi";

const named = (names: Record<string, string>) => (name: string) => names[name] ?? name;

export const routing: Catalogue["routing"] = {
  strategy: named({
    ordered: "بالترتيب",
    cost: "الأرخص",
    speed: "الأسرع",
    quality: "الأفضل",
    reliability: "الأكثر موثوقية",
    load_balanced: "حمل متوازن",
    adaptive: "متكيّف",
    weighted: "موزون",
  }),
  strategyHint: named({
    ordered: "أول ما يستطيع الإجابة، بالترتيب أدناه.",
    cost: "أدنى سعر للطلب الحالي.",
    speed: "أقصر زمن حتى الكلمة الأولى، كما قيس.",
    quality: "الأفضل بحسب لوائح التصنيف العامة.",
    reliability: "أقل الإخفاقات، كما قيست.",
    load_balanced: "موزّع على الجميع بالقاعدة أدناه.",
    adaptive: "يتعلّم مما يحدث، ويواصل تجربة الأخرى بين حين وآخر.",
    weighted: "درجة من العوامل الأربعة بأوزان تختارها.",
  }),
  balancer: named({
    round_robin: "واحد بعد الآخر",
    least_connections: "أقل الاستدعاءات الجارية",
    weighted: "بالحصص",
    fastest: "الأسرع من اثنين",
  }),
  tier: named({
    primary: "أساسية",
    secondary: "ثانوية",
    tertiary: "ثالثة",
    emergency: "طوارئ",
    degraded: "نموذج أصغر",
    fast: "سريع",
    voice: "صوت",
    thinker: "مفكّر",
  }),
  factor: named({
    cost: "التكلفة",
    speed: "السرعة",
    quality: "الجودة",
    reliability: "الموثوقية",
    load: "الحمل",
    preference: "رأيك",
  }),
  factorValue: (name, value) => `${bdi(name)} ${Math.round(value * 100)} من 100`,
  candidates: "المرشّحون",
  chosen: "يجيب",
  answered: "أجاب",
  score: (score) => `الدرجة ${score.toFixed(2)}`,
  decidedBy: "حسمه",
  task: "المهمة",
  taskName: (name) => {
    const words = name.replaceAll("_", " ");
    return words.charAt(0).toUpperCase() + words.slice(1);
  },
  tierTaken: "الطبقة",
  degraded: "المتنازَل عنه",
  context: "الظروف",
  complexity: "التعقيد",
  latencyNeed: "العجلة",
  confidence: "الثقة",
  percent: (share) => `${Math.round(share * 100)}%`,
};
