/** Chinese words of the panel beside a conversation. */
import type { Catalogue } from "../language";
import { figure } from "../plural";

export const context: Catalogue["context"] = {
  title: "上下文",
  show: "显示回答所依据的内容",
  hide: "隐藏回答所依据的内容",
  speaks: "谁在说话",
  nobody: "没有特定角色：就是模型本身。",
  leave: "不与特定角色交谈",
  you: "你的身份是",
  told: "为上一条回答提供的记忆",
  toldNothing: "没有为它回忆任何内容。",
  known: "这里已知的一切",
  leftOut: "下一轮不包含",
  gonePictures: (count) => `${figure(count)} 张图片已不再保留；模型会被告知。`,
  goneFrom: (when) => `来自 ${when}`,
  goneMore: (count) => `以及更早的 ${figure(count)} 张图片`,
};
