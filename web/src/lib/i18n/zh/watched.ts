/** Chinese words of folders that the library is kept in step with. */
import type { Catalogue } from "../language";
import { figure } from "../plural";

const STATES: Record<string, string> = {
  in_step: "已同步",
  catching_up: "正在同步",
  unreachable: "无法访问",
  leaving: "正在移除",
};
const PROBLEMS: Record<string, string> = {
  missing: "目前没有这个文件夹。",
  denied: "Familiar 无权读取该文件夹。",
  not_a_folder: "那里不是文件夹。",
  another: "那里现在是另一个文件夹，原有文件一个也不在：磁盘可能未挂载。",
  too_many: "文件夹中的文件过多。",
  failed: "无法查看该文件夹。",
};
const REASONS: Record<string, string> = {
  unsupported: "没有可读取的格式",
  too_large: "过大",
  empty: "空文件",
  link: "不跟随链接",
  unfinished: "从名称看尚不完整",
  unreadable: "无权读取",
  name: "名称不是 Unicode",
  special: "不是文件",
};

export const watched: Catalogue["watched"] = {
  title: "监视的文件夹",
  lead: "这些文件夹里的内容会进入资料库，其中的更改也会同步到这里。",
  path: "文件夹",
  pathHint: "Familiar 所在机器上的完整路径，例如 /srv/books。",
  collection: "集合",
  collectionHint: "文档放入的集合；可以留空。",
  add: "监视此文件夹",
  list: "文件夹",
  none: "没有监视任何文件夹",
  noneHint: "在上面填写一个，其中的文档就会自动进来。",
  ready: "就绪",
  reading: "正在读取",
  waiting: "等待中",
  failed: "无法读取",
  deleted: "手动删除",
  hidden: "隐藏",
  nothingDeleted: "在此期间不会从资料库中删除其中的任何内容。",
  state: (state: string) => STATES[state] ?? state,
  problem: (code: string) => PROBLEMS[code] ?? code,
  reason: (code: string, message: string) => REASONS[code] ?? message,
  looked: (when: string) => `上次查看：${when}`,
  inCollection: (name: string) => `集合 ${name}`,
  ask: (path: string) => `${path} 的文档如何处理？`,
  stopped: (path: string) => `已不再监视 ${path}`,
  skipped: (count: number) => `已略过：${figure(count)}`,
  look: "立即查看",
  stop: "停止监视",
  askHint: "只能一并删除因监视而进来的文档；30 天内可以恢复。",
  keep: "保留文档",
  drop: "删除文档",
};
