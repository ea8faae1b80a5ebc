/** Chinese words of the first steps. */
import { figure } from "../plural";
import type { Catalogue } from "../language";

const VENDORS: Record<string, string> = { ollama: "Ollama", "lm-studio": "LM Studio" };
const vendorName = (vendor: string) => VENDORS[vendor] ?? vendor;

export const onboarding: Catalogue["onboarding"] = {
  title: "欢迎你来",
  lead: "Familiar 立即可用，不需要密钥，也不需要网络。随时可以添加语言模型。",
  askTitle: "问问图书管理员",
  askHint: "它只根据文档回答，逐字引用，每句话都有来源。它读过 Familiar 手册。",
  questions: ["How do I add a provider?", "Where does Familiar keep my data?"],
  dropTitle: "带上你自己的文档",
  dropHint:
    "把 PDF、EPUB、Word、Markdown 或文本文件拖到页面任意处。它们只保存在本机；你选择的模型只会看到它回答所依据的段落。",
  own: (count) => `资料库中有你的 ${figure(count)} 份文档`,
  modelTitle: "添加语言模型",
  modelHint: "使用提供商的 API 密钥，或本机的模型服务，例如 Ollama。",
  modelsFound: (count) => `有 ${figure(count)} 个语言模型已就绪：请在下面选择一个。`,
  serviceFound: (vendor, models, url) => `${vendorName(vendor)} 在 ${url} 运行，有 ${figure(models)} 个模型。`,
  serviceInUse: (vendor, models) => `正在使用 ${vendorName(vendor)}，${figure(models)} 个模型`,
  useService: (vendor) => `使用 ${vendorName(vendor)}`,
  addKey: "添加提供商",
  dismiss: "收起入门步骤",
};
