/** Chinese words of how searches went. */
import type { Catalogue } from "../language";

export const searches: Catalogue["searches"] = {
  title: "搜索记录",
  asked: "搜索次数",
  withoutHits: "没有结果",
  opened: "打开过段落",
  nearTop: "打开了前三条之一",
  frequent: "最常搜索",
  missed: "没有找到",
  popular: "最常打开",
  hint: "最近 30 天。搜索记录在本机保留 90 天。",
  forget: "清除所有搜索记录",
  forgetTitle: "清除所有搜索记录？",
  forgetHint: "搜索过和打开过的内容都会清除，这里显示的一切也随之消失。此操作无法撤销。",
  forgotten: "所有搜索记录已清除。",
  none: "还没有搜索过。",
};
