/** Chinese words of decisions: strategies, tiers, factors and why a request goes where it goes. */
import type { Catalogue } from "../language";

const named = (names: Record<string, string>) => (name: string) => names[name] ?? name;

export const routing: Catalogue["routing"] = {
  strategy: named({
    ordered: "按顺序",
    cost: "最便宜",
    speed: "最快",
    quality: "最好",
    reliability: "最可靠",
    load_balanced: "均衡负载",
    adaptive: "自适应",
    weighted: "加权",
  }),
  strategyHint: named({
    ordered: "按下面的顺序，第一个能回答的。",
    cost: "对当前请求价格最低的。",
    speed: "实测到第一个字时间最短的。",
    quality: "公开排行榜上最好的。",
    reliability: "实测失败最少的。",
    load_balanced: "按下面的规则分给所有模型。",
    adaptive: "从发生的事情中学习，并不时再试试其他模型。",
    weighted: "由四个因素按你的权重算出的分数。",
  }),
  balancer: named({
    round_robin: "轮流",
    least_connections: "进行中调用最少的",
    weighted: "按份额",
    fastest: "两者中较快的",
  }),
  tier: named({
    primary: "首选",
    secondary: "次选",
    tertiary: "第三选择",
    emergency: "应急",
    degraded: "较小的模型",
    fast: "快速",
    voice: "语音",
    thinker: "思考",
  }),
  factor: named({
    cost: "费用",
    speed: "速度",
    quality: "质量",
    reliability: "可靠性",
    load: "负载",
    preference: "你的意见",
  }),
  factorValue: (name, value) => `${name} ${Math.round(value * 100)}，满分 100`,
  candidates: "候选",
  chosen: "回答",
  answered: "已回答",
  score: (score) => `得分 ${score.toFixed(2)}`,
  decidedBy: "依据",
  task: "任务",
  taskName: (name) => {
    const words = name.replaceAll("_", " ");
    return words.charAt(0).toUpperCase() + words.slice(1);
  },
  tierTaken: "层级",
  degraded: "放弃的",
  context: "情境",
  complexity: "复杂度",
  latencyNeed: "紧迫程度",
  confidence: "把握",
  percent: (share) => `${Math.round(share * 100)} %`,
};
