/** Chinese words of the frame: buttons, sidebar, status bar, palette, help. */
import { formatMonth } from "../../format";
import { figure } from "../plural";
import type { Catalogue } from "../language";

export const common: Catalogue["common"] = {
  name: "Familiar",
  home: "Familiar，回到首页",
  skip: "跳到内容",
  loading: "正在加载",
  retry: "再试一次",
  reload: "重新加载页面",
  cancel: "取消",
  close: "关闭",
  done: "完成",
  save: "保存",
  edit: "编辑",
  remove: "移除",
  rename: "重命名",
  newTitle: "标题",
  delete: "删除",
  undo: "撤销",
  copy: "复制",
  copied: "已复制",
  copyFailed: "浏览器不允许在这里复制",
  copyReport: "复制报告",
  more: "显示更多",
  collapse: "收起",
  expand: "展开",
  notifications: "通知",
  screenBroke: "无法显示这个画面",
  correlation: (id) => `日志在 ${id} 下有更多信息。`,
  notFound: "这个地址什么也没有",
  jobGone: "这个任务已经不存在",
  notFoundHint: "它可能已被删除，或者链接不完整。",
};

export const sidebar: Catalogue["sidebar"] = {
  title: "侧栏",
  open: "打开侧栏",
  places: "位置",
  conversations: "对话",
  newChat: "新对话",
  search: "搜索对话",
  empty: "你聊过的内容会列在这里。",
  nothingFound: (query) => `没有对话包含“${query}”。`,
  group: (key) => {
    const names: Record<string, string> = { today: "今天", yesterday: "昨天", week: "过去 7 天", month: "过去 30 天" };
    return names[key] ?? formatMonth(key);
  },
  commandsFor: (title) => `“${title}”的操作`,
  renameTitle: "重命名对话",
  deleted: (title) => `已删除“${title}”。`,
  writing: "正在写回答",
};

export const status: Catalogue["status"] = {
  title: "状态",
  connection: { connecting: "正在连接", online: "已连接", reconnecting: "连接已断开，正在重新连接" },
  jobs: (count) => `${figure(count)} 个任务正在运行`,
  conversation: (cost) => `本次对话 ${cost}`,
  context: (tokens) => `上下文 ${tokens}`,
  month: (cost) => `本月 ${cost}`,
};

export const actions: Catalogue["actions"] = {
  go: "前往",
  gateway: "网关",
  failures: "失败的交换",
  view: "视图",
  chat: "这个对话",
  palette: "命令面板",
  placeholder: "你想做什么？",
  nothing: "没有命令或对话包含这些字词。",
  toggleSidebar: "显示或隐藏侧栏",
  dark: "深色主题",
  light: "浅色主题",
};

export const help: Catalogue["help"] = {
  title: "帮助",
  lead: "本版本的手册。它就在程序里，无需联网。",
  search: "搜索手册",
  results: "手册中的搜索结果",
  found: (count) => `找到 ${count} 处`,
  nothing: (query) => `手册中没有关于“${query}”的内容。`,
  nothingHint: "可以减少或更换字词。所有字词须出现在同一节中。",
  clear: "清除搜索",
  pages: "手册页面",
  whatsNew: "新增内容",
  version: (version) => `当前为 Familiar ${version}。`,
  englishOnly: "手册以英文写成。",
  unknown: (page) => `手册中没有“${page}”这一页。`,
  unknownHint: "列表中有全部页面。",
  asScreen: "以整页打开",
  shortcuts: "键盘快捷键",
  shortcutsHint: "每项都可以改用其他按键，改动保存在本设备上。",
  pressKeys: "请按新的按键",
  keysTaken: (action) => `“${action}”已在使用这些按键`,
  changeKeys: (action) => `为“${action}”改按键`,
  ownKeys: (action) => `恢复“${action}”的默认按键`,
  writing: "书写时",
  newLine: "换行",
  shift: "Shift",
};
