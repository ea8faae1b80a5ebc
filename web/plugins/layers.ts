/**
 * Heads every style sheet with the order of the layers. The first sheet that a browser loads decides that order, and which one that is
 * follows from how the build divides the page: a rule must not win or lose by that.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

/** The statement in a style sheet that names all layers in their order. */
export function orderIn(styles: string): string {
  const order = /^@layer [\w, ]+;/m.exec(styles)?.[0];
  if (order === undefined) throw new Error("no line `@layer FIRST, SECOND, ...;` gives the layers their order");
  return order;
}

export function layers(): Plugin {
  let tokens = "src/styles/tokens.css";
  return {
    name: "familiar:layers",
    apply: "build",
    enforce: "post",
    configResolved(config) {
      tokens = join(config.root, tokens);
    },
    generateBundle(_options, bundle) {
      const order = orderIn(readFileSync(tokens, "utf8"));
      for (const file of Object.values(bundle)) {
        if (file.type === "asset" && file.fileName.endsWith(".css")) file.source = order + textOf(file.source);
      }
    },
  };
}

/** A style sheet may be given as its bytes. */
const textOf = (source: string | Uint8Array) =>
  typeof source === "string" ? source : new TextDecoder().decode(source);
