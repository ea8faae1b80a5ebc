/** Chinese words of the tools that models use. */
import { figure } from "../plural";
import type { Catalogue } from "../language";

export const tools: Catalogue["tools"] = {
  title: "工具",
  off: "不用工具",
  some: (count: number) => `${figure(count)} 个工具`,
  modelCannot: "此模型不能调用工具。",
  here: "模型在此对话中可以使用的工具",
  asSettings: "与设置相同",
  asSettingsHint: "在这里选择，可使此对话与设置不同。",
  asks: "会更改内容；会先问你",
  withoutAsking: (name: string) => `使用“${name}”时不再询问`,
  chosenOf: (on: number, all: number, tokens: number) =>
    `已开启 ${figure(on)}／${figure(all)}，每次请求约 ${figure(tokens)} 个 token`,
  allOf: (server: string) => `“${server}”的全部工具`,
  away: "暂时不可用",
  everywhere: "对话中的工具",
  everywhereHint: "对话没有另行指定时，能调用工具的模型可以使用的工具。每个工具都会让请求稍长一些。",
  calls: (count: number) => `使用了 ${figure(count)} 次工具`,
  arguments: "请求内容",
  result: "结果",
  nothingGiven: "没有给出内容。",
  waiting: "等待你的决定",
  running: "进行中",
  done: "完成",
  failed: "失败",
  declined: "未允许",
  cancelled: "提前结束",
  asksFor: (name: string) => `模型想使用“${name}”，它会更改内容。`,
  allow: "允许",
  allowAlways: "在此对话中始终允许",
  decline: "不允许",
};
