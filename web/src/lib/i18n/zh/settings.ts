/** Chinese words of the settings. */
import { figure } from "../plural";
import type { Catalogue } from "../language";

export const settings: Catalogue["settings"] = {
  title: "设置",
  sections: {
    general: "通用",
    providers: "提供商",
    tools: "工具服务器",
    conversations: "对话",
    appearance: "外观",
    advanced: "高级",
  },
  saved: "已保存。",
  language: "语言",
  languageHint: "页面会以所选语言重新开始。你正在写的内容会保留。",
  languageOfBrowser: "跟随浏览器",
  theme: "主题",
  themeHint: "“系统”跟随你的电脑。",
  themes: { system: "系统", light: "浅色", dark: "深色" },
  density: "密度",
  densityHint: "“紧凑”一次显示更多内容。",
  densities: { comfortable: "宽松", compact: "紧凑" },
  textSize: "大小",
  textSizeHint: "所有内容随之放大，与浏览器自身的缩放叠加。",
  textSizes: { normal: "标准", large: "大", larger: "更大" },
  pictures: "消息和比较中的图片",
  picturesHint:
    "较旧的图片每天清理一次，无法撤销；名称、大小和所有文字都会保留。有链接的对话在链接有效期间保留其图片，资料库保留其文档。更新之后，在同样的天数内不会删除任何图片。",
  picturesKept: (days: number) => (days === 0 ? "永久保留" : `${figure(days)} 天后删除`),
  picturesFixed: "由配置文件规定。",
  defaultModel: "新对话使用的模型",
  defaultModelHint: "每个对话都可以另选。",
  automatic: "由 Familiar 选择",
  systemPrompt: "适用于每个对话的说明",
  systemPromptHint: "放在每个对话之前，例如你希望怎样的回答。",
  titles: "由模型写标题",
  titlesHint: "在第一个回答之后多一次小调用。否则用第一条消息做标题。",
  about: "关于此安装",
  version: "版本",
  database: "数据库",
  dataFolder: "数据文件夹",
  runningSince: "运行开始于",
  providersHint: "提供模型的公司和程序。密钥在本机加密，不会再次显示。",
  addProvider: "添加提供商",
  editProvider: (name) => `修改 ${name}`,
  noProviders: "还没有提供商",
  noProvidersHint: "没有提供商时，图书管理员根据你的文档回答。添加提供商即可与语言模型对话。",
  keySource: (source) =>
    ({ environment: "来自环境的密钥", file: "来自文件的密钥", settings: "保存在这里的密钥", none: "没有密钥" })[
      source
    ] ?? source,
  modelCount: (count) => `${figure(count)} 个模型`,
  notEditable: (source) =>
    source === "environment"
      ? "来自环境；请在那里修改。"
      : source === "files"
        ? "来自这个文件夹中的文件；请在那里添加和移除。"
        : "来自配置文件；请在那里修改。",
  test: "测试",
  vendor: "厂商",
  providerName: "名称",
  providerNameHint: "其模型名称的前半部分：小写字母、数字、点和短横线。",
  baseUrl: "地址",
  baseUrlHint: "留空则使用厂商的常用地址。",
  apiKey: "API 密钥",
  apiKeyHint: "来自厂商的控制台。",
  apiKeyOptional: "仅当服务器要求时。",
  apiKeyKeep: "留空则保留现有密钥。",
  onlyModels: "仅这些模型",
  onlyModelsHint: "用逗号或换行分隔；留空表示提供商列出的全部模型。",
  more: "组织、代理、请求头和超时",
  organisation: "组织",
  project: "项目",
  proxy: "代理",
  proxyHint: "http、https 或 socks5；需要时在主机前写 用户名:密码@。",
  headers: "随每个请求发送的请求头",
  headersHint: (kept) =>
    kept.length === 0
      ? "每行一个，写成 名称: 值。加密保存。"
      : `已保存：${kept.join("、")}。在此填写的内容会取代它们。`,
  badHeader: (line) => `“${line}”不是请求头；请写成 名称: 值。`,
  forgetHeaders: "不再发送任何请求头",
  timeOuts: "超时（秒）；留空为常用值",
  timeOut: {
    connect_ms: "建立连接",
    first_byte_ms: "到回复开头",
    first_token_ms: "到首个词元",
    stall_ms: "两段之间",
    total_ms: "到结束",
  },
  saveAndTest: "保存并测试",
  orderProviders: "提供商的顺序",
  orderProvidersHint: "模型按此顺序列出。未选择模型时，Familiar 会先询问第一个提供商。",
  providersOrdered: "已更改提供商的顺序。",
  removedHint: "它的密钥会被删除。对话和账本会保留。",
  removed: (name) => `已移除 ${name}。`,
};
