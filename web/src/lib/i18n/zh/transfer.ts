/** Chinese words of conversations from and to files. */
import type { Catalogue } from "../language";
import { figure, plural } from "../plural";

export const transfer: Catalogue["transfer"] = {
  importTitle: "导入对话",
  importHint:
    "ChatGPT、Claude、Open WebUI、LibreChat、SillyTavern、ShareGPT 或 Familiar 的导出文件，保持原样：压缩包或其中的 JSON。所有分支都会保留；同一文件再次导入不会增加内容。",
  chooseFiles: "文件",
  looking: "正在查看文件…",
  taking: "正在导入…",
  going: (label, file, done, of) => `${label} ${file} 中 ${figure(of)} 个的第 ${figure(done)} 个`,
  stopped: "已中止",
  stoppedHint: "已导入的会保留。再次选择同样的文件会导入其余部分。",
  takeOver: (count) => `导入 ${plural(count, "个对话", "个对话")}`,
  took: (count) => `已导入 ${plural(count, "个对话", "个对话")}。`,
  found: (file, source, count) => `${source}：${file} 中有 ${plural(count, "个对话", "个对话")}`,
  states: ({ fresh, grown, here, restored }) =>
    [
      fresh > 0 ? `${fresh} 个新对话` : "",
      grown > 0 ? `${grown} 个有新内容` : "",
      restored > 0 ? `${restored} 个曾被删除` : "",
      here > 0 ? `${here} 个已存在` : "",
    ]
      .filter(Boolean)
      .join("，"),
  messages: (count) => plural(count, "条新消息", "条新消息"),
  shelves: ({ folders, tags }) =>
    [
      folders > 0 ? plural(folders, "个新文件夹", "个新文件夹") : "",
      tags > 0 ? plural(tags, "个新标签", "个新标签") : "",
    ]
      .filter(Boolean)
      .join("、"),
  leftOut: ({ deleted, media, files, tools, instructions }) => {
    const parts = [
      deleted > 0 ? plural(deleted, "条已在此删除的消息", "条已在此删除的消息") : "",
      media > 0 ? plural(media, "个图片或录音", "个图片或录音") : "",
      files > 0 ? plural(files, "个文件", "个文件") : "",
      tools > 0 ? plural(tools, "次工具调用", "次工具调用") : "",
      instructions > 0 ? plural(instructions, "条指令", "条指令") : "",
    ].filter(Boolean);
    return parts.length > 0 ? `未包含：${parts.join("，")}` : "";
  },
  broken: (count, which) => `${plural(count, "个无法读取", "个无法读取")}：${which}`,
  exportIt: "保存为文件",
  exportTitle: (title) => `保存“${title}”`,
  exportAllTitle: "保存所有对话",
  form: "格式",
  forms: {
    markdown: "Markdown",
    html: "网页 (HTML)",
    pdf: "PDF（通过打印）",
    json: "全部内容 (JSON)",
    openai: "OpenAI 行 (JSONL)",
    sharegpt: "ShareGPT (JSON)",
  },
  formHint: {
    markdown: "当前显示的内容，供人和编辑器阅读。",
    html: "当前显示的内容，独立的网页；打印即得 PDF。",
    pdf: "显示的内容，按纸张排版：由浏览器打印或存为 PDF。",
    json: "所有分支和全部已知信息；Familiar 可以再次读取。",
    openai: "当前显示的内容，每行一个对话，用于微调。",
    sharegpt: "当前显示的内容，数据集的格式。",
  },
  save: "保存",
  print: "打印或存为 PDF",
  saveAll: "全部保存",
};
