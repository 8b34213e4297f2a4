import { builtinModules, createRequire } from "node:module";
import type { Plugin } from "esbuild";

const NAMES = new Set(builtinModules.flatMap((name) => (name.startsWith("node:") ? [name] : [name, `node:${name}`])));
const require = createRequire(import.meta.url);

/** Each export is asked for when it is used: for code that names what it imports, as ours does. */
function lazily(name: string): string {
  const keys = Object.keys(require(name) as object).filter((key) => !key.startsWith("_"));
  return `for (const key of ${JSON.stringify(keys)}) Object.defineProperty(exports, key, { enumerable: true, get: () => process.getBuiltinModule(${JSON.stringify(name)})[key] });`;
}

/** The module itself, which may be a function or a class: for libraries, which do all sorts of things with it. */
function atOnce(name: string): string {
  return `module.exports = process.getBuiltinModule(${JSON.stringify(name)});`;
}

/**
 * Takes Node's own modules by process.getBuiltinModule instead of import. An import reads every export of the module first, and with it
 * what those load: `node:fs` alone costs 4 ms that way, a sixth of Node's whole start, and nothing this way. It also gives CommonJS
 * libraries, which ask by require, what a module could not.
 */
export function builtins(when: "when-used" | "at-once"): Plugin {
  return {
    name: "builtins",
    setup(build) {
      build.onResolve({ filter: /^(node:)?[a-z][a-z0-9_/]*$/ }, ({ path }) =>
        NAMES.has(path) ? { path: path.replace(/^(node:)?/, "node:"), namespace: "builtin", sideEffects: false } : null,
      );
      build.onLoad({ filter: /./, namespace: "builtin" }, ({ path }) => ({ contents: when === "when-used" ? lazily(path) : atOnce(path), loader: "js" }));
    },
  };
}
