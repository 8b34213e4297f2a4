import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Metafile } from "esbuild";

const LICENCE_FILE = /^(licen[cs]e|copying|notice)(\.|-|$)/i;

/** What was bundled is given on, and its licences ask that their text goes with it. Throws when a package has none. */
export function licencesOf(metafiles: readonly Metafile[], root: string): string {
  const packages = [...new Set(metafiles.flatMap((metafile) => Object.keys(metafile.inputs)).flatMap((path) => packageFolder(path) ?? []))].toSorted();
  const sections = packages.map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as {
      name: string;
      version: string;
      license?: string;
    };
    const files = readdirSync(join(root, folder)).filter((file) => LICENCE_FILE.test(file));
    if (files.length === 0 && license === undefined) throw new Error(`${folder} names no licence; it cannot be given on`);
    const texts = files.map((file) => readFileSync(join(root, folder, file), "utf8").trim());
    return `${name} ${version}\n${license ?? "see below"}\n\n${texts.length === 0 ? "(the package holds no text of its licence)" : texts.join("\n\n")}`;
  });
  const rule = "-".repeat(80);
  return `Headgate is under the licence in the file LICENSE. It contains parts of these packages, each under its own.\n\n${sections.join(`\n\n${rule}\n\n`)}\n`;
}

/** `node_modules/@scope/name` of an input, the innermost when packages are nested; null for our own files. */
function packageFolder(path: string): string | null {
  const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path);
  return match === null ? null : match[1]!;
}
