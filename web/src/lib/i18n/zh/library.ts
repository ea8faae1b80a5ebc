/** Chinese words of the library. */
import { figure } from "../plural";
import type { Catalogue } from "../language";

const STAGES: Record<string, string> = {
  extract: "正在读取",
  chunk: "正在切分段落",
  index: "正在建立索引",
  embed: "正在学习含义",
};
const named = (names: Record<string, string>) => (name: string) => names[name] ?? name;
const FACTS: Record<string, string> = {
  author: "作者",
  publisher: "出版者",
  published: "出版时间",
  made: "制作时间",
  language: "语言",
  file: "文件",
  added: "添加时间",
};

export const library: Catalogue["library"] = {
  title: "资料库",
  lead: "回答可以依据的文档，保存在本机。把文件或文件夹拖到页面任意处即可。",
  addFiles: "添加文件",
  addFolder: "添加文件夹",
  search: "在所有文档中搜索",
  filter: "按名称筛选",
  statusFilter: "状态",
  sort: "排序",
  sortName: named({
    added: "最新的在前",
    title: "按标题",
    size: "最大的在前",
    pages: "页数最多的在前",
    status: "未完成的在前",
  }),
  statusName: named({ "": "所有状态", queued: "等待中", processing: "正在读取", ready: "就绪", failed: "无法读取" }),
  columns: {
    title: "文档",
    status: "状态",
    format: "格式",
    pages: "页数",
    passages: "段落",
    size: "大小",
    added: "添加时间",
    commands: "操作",
  },
  handbook: "Familiar 手册",
  shown: (shown, total) => (shown === total ? `${figure(total)} 份文档` : `${figure(total)} 份文档中的 ${shown} 份`),
  emptyTitle: "资料库是空的",
  emptyHint:
    "添加 PDF、EPUB、MOBI、Word、PowerPoint、Excel、OpenDocument、电子邮件、HTML、Markdown、文本或 CSV 文件。每份都会切成可供回答引用的段落。",
  noneFound: "没有符合的文档",
  noneFoundHint: "请更改上面的名称或状态。",
  noHits: (query) => `没有找到“${query}”`,
  noHitsHint: "试试更少的字词，或在词的开头后加星号：librar*。",
  hits: (total, took) => `${figure(total)} 个段落，用时 ${took}。`,
  fuzzy: "没有完全匹配的；显示相近的字词。",
  chips: "字词的理解方式",
  chip: (kind, typed, meant) => {
    if (kind === "correction") return `“${typed}”理解为 ${meant}`;
    if (kind === "vocabulary") return `“${typed}”，在您的文档中也称 ${meant}`;
    if (kind === "related") return `与“${typed}”相关：${meant}`;
    return `“${typed}”，也找 ${meant}`;
  },
  chipOff: "关闭此项",
  chipOn: "重新打开此项",
  chipAdd: "也查找这些",
  synonyms: "同义词",
  synonymsOwn: "意思相同的字词",
  synonymsHint: "每行一组，字词之间用逗号隔开，例如：hp, hit points。与自带的同义词一起生效。",
  synonymsShipped: "Familiar 自带",
  synonymsSaved: "同义词已保存。",
  mode: "搜索方式",
  modeName: named({ hybrid: "按字词和含义", keyword: "仅按字词", semantic: "仅按含义" }),
  embedded: (embedded, documents) => `目前 ${figure(documents)} 份文档中有 ${embedded} 份可以按含义查找。`,
  wordsOnly: (code, message) =>
    ({
      no_embedder: "仅按字词搜索：这里没有生成向量的模型。",
      no_vectors: "仅按字词搜索：还没有段落可以按含义查找。",
      engine_failed: "仅按字词搜索：按含义查找的引擎无法访问或正在填充。",
    })[code] ?? message,
  foundBy: (hit) => {
    if (!hit.by_words) return "按含义";
    return hit.likeness === undefined || hit.likeness === null ? undefined : "按字词和含义";
  },
  score: (score) => `得分 ${figure(Math.round(score * 100) / 100)}`,
  order: "结果顺序",
  orderName: (order) => ({ best: "最佳优先", place: "按文档和位置（最佳的 200 个）" })[order],
  bookmark: "书签",
  bookmarks: "书签",
  bookmarkRemove: "移除书签",
  bookmarkRemoved: "书签已移除。",
  bookmarksNone: "还没有书签",
  bookmarksNoneHint: "点击搜索到的段落下方或正在阅读的段落旁的“书签”，就会保存在这里。",
  bookmarkGone: "文档已重新读取，此处内容已变",
  similar: "更多类似内容",
  similarNone: "没有与此段落类似的内容",
  page: (page) => `第 ${page} 页`,
  passage: "段落",
  passageIn: (title) => `${title} 中的段落`,
  previousPassage: "上一个",
  nextPassage: "下一个",
  openOriginal: "打开原件",
  details: "详细信息",
  factName: (name: string) => FACTS[name] ?? name,
  reprocess: "重新读取",
  cancel: "停止读取",
  commandsFor: (title) => `${title} 的操作`,
  deleted: (title) => `已删除“${title}”。`,
  queued: "等待中",
  processing: (stage, progress) =>
    `${STAGES[stage ?? ""] ?? stage ?? "正在读取"}${progress === undefined ? "" : ` · ${Math.round(progress * 100)} %`}`,
  ready: (pages, chunks) => `就绪${pages ? ` · ${figure(pages)} 页` : ""} · ${figure(chunks)} 个段落`,
  failed: "无法读取",
  duplicate: "资料库中已有",
  uploads: "添加的文件",
  uploading: (count) => `正在发送 ${figure(count)} 个文件`,
  uploaded: (count) => `已添加 ${figure(count)} 个文件`,
  uploadState: named({
    waiting: "等待中",
    sending: "正在发送",
    sent: "已发送",
    duplicate: "资料库中已有",
    failed: "被拒绝",
    cancelled: "已取消",
  }),
  clearUploads: "关闭此列表",
  cancelUpload: (name) => `取消 ${name}`,
  retryUpload: (name) => `重新发送 ${name}`,
  sendingProgress: (name) => `正在发送 ${name}`,
  readingProgress: (name) => `正在读取 ${name}`,
  dropTitle: "松开即可加入资料库",
  dropHint: "文件和整个文件夹",
};
