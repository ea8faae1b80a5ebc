// Asks llama.cpp what it makes of some texts with the vocabularies of `tokens.py`.
//
//     node tokens.mjs FOLDER > tokens.json        (needs node-llama-cpp)

import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { getLlama, readGgufFileInfo } from "node-llama-cpp";

const TEXTS = [
  "Hello world",
  "  two spaces, a\ttab\n\nand lines \n",
  "It's 12345 o'clock; we'll see 3.14159!",
  "Größe, naïve, Ünïcödé and 中文字符 with 😀 emoji",
  "<|im_start|>user\nHi<|im_end|>\n",
  "The gateway's models: a provider/model pair (see `familiar models`).",
  "",
  " ",
  "CamelCase HTTPServer XMLParser isn't ISN'T",
];

const folder = process.argv[2];
const llama = await getLlama({ gpu: false, build: "never", logLevel: "error" });
const cases = [];
for (const file of readdirSync(folder).filter((file) => file.endsWith(".gguf")).sort()) {
  const path = join(folder, file);
  const { metadata } = await readGgufFileInfo(path, { ignoreKeys: [] });
  const model = await llama.loadModel({ modelPath: path, vocabOnly: true });
  const { model: kind, pre, tokens, scores, token_type: types, merges } = metadata.tokenizer.ggml;
  cases.push({
    name: basename(file, ".gguf"),
    model: kind,
    pre,
    tokens,
    scores: (scores ?? []).map((score) => Number(score.toFixed(4))),
    types,
    merges: merges ?? [],
    texts: TEXTS.map((text) => ({ text, ids: [...model.tokenize(text, true)] })),
  });
  await model.dispose();
}
process.stdout.write(`${JSON.stringify(cases)}\n`);
