/** The rules of `tidy`: files in, findings out. */
import { posix } from "node:path";

export type SourceFile = { readonly path: string; readonly text: string };

export type Finding = { readonly severity: "error" | "warning"; readonly place: string; readonly words: string };

const error = (place: string, words: string): Finding => ({ severity: "error", place, words });

const CODE = /^(src|web|test|tools|bin)\/.*\.(ts|tsx|js|mjs)$/;
const TEST = /\.test\.tsx?$/;

/** A file of more lines holds more than one idea. Tests tell many small stories and may be longer. */
const LINES_MAX = 400;
const LINES_WARN = 300;
const TEST_LINES_MAX = 800;

export function lengthFaults({ path, text }: SourceFile): Finding[] {
  if (!CODE.test(path) && !/^src\/.*\.sql$/.test(path)) return [];
  const lines = text.split("\n").length - 1;
  if (TEST.test(path)) return lines > TEST_LINES_MAX ? [error(path, `${lines} lines; a test file has at most ${TEST_LINES_MAX}`)] : [];
  if (lines > LINES_MAX) return [error(path, `${lines} lines; at most ${LINES_MAX}: which second idea does it hold?`)];
  return lines > LINES_WARN ? [{ severity: "warning", place: path, words: `${lines} lines; more than ${LINES_WARN} is rare` }] : [];
}

const KEBAB_FOLDERS = /^(src|web|test|tools|bin|apps|docs|examples|changelog|schemas)\//;
const KEBAB = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/;

/** Names that a tool or a custom prescribes. Inputs of science codes keep the names that those codes know. */
const OTHER_NAMES = /^(README\.md|Dockerfile)$/;

export function nameFaults(paths: readonly string[]): Finding[] {
  return paths.flatMap((path) => {
    if (!KEBAB_FOLDERS.test(path) || /^apps\/[^/]+\/.+\//.test(path)) return [];
    const parts = path.split("/").filter((part) => !KEBAB.test(part) && !OTHER_NAMES.test(part));
    return path.startsWith("apps/") && parts.every((part) => path.endsWith(`/${part}`))
      ? []
      : parts.map((part) => error(path, `"${part}" is not in kebab-case`));
  });
}

type Ban = { readonly pattern: RegExp; readonly where: RegExp; readonly words: string };

/** Written in pieces, so that this file does not find itself. */
const BANS: readonly Ban[] = [
  { pattern: new RegExp(`\\b(TO${"DO"}|FIX${"ME"}|XX${"X"}|HA${"CK"})\\b`), where: /./, words: "do it now, or say in the issue what is missing" },
  { pattern: new RegExp(`\\bas ${"any"}(?=\\s*([;,.)\\]}]|$))|<${"any"}>|[(\\w]: ${"any"}\\b`), where: /\.tsx?$/, words: "say the type, or unknown" },
  { pattern: new RegExp(`@ts-${"(ignore|nocheck|expect-error)"}`), where: /\.(tsx?|mjs|js)$/, words: "no type is switched off" },
  {
    pattern: new RegExp(`(oxlint|eslint)-${"disable"}(?!.*--)`),
    where: /\.(tsx?|mjs|js)$/,
    words: "a lint rule is switched off with its reason: oxlint-disable-next-line rule -- why",
  },
  { pattern: new RegExp(`\\b(it|test|describe)\\.${"(only|todo)"}\\b`), where: TEST, words: "every test runs" },
  { pattern: new RegExp(`\\bexpect\\(${"true"}\\)`), where: TEST, words: "a test that cannot fail" },
  {
    pattern: new RegExp(`${"timers"}/promises|\\bset${"Timeout"}\\(`),
    where: TEST,
    words: "a test waits for what it expects (eventually of test/beds), it does not sleep",
  },
];

/** `root` is where this clone lies: a path that means something on one machine only. */
export function textFaults({ path, text }: SourceFile, root: string): Finding[] {
  const bans = BANS.filter((ban) => ban.where.test(path));
  const lines = text.split("\n").flatMap((line, index) => {
    const place = `${path}:${index + 1}`;
    const banned = bans.filter((ban) => ban.pattern.test(line)).map((ban) => error(place, ban.words));
    if (line.includes(root)) banned.push(error(place, "a path of this machine"));
    return /[ \t]$/.test(line) && !/\.(md|svg)$/.test(path) && !path.startsWith("apps/") ? [...banned, error(place, "blanks at the end of the line")] : banned;
  });
  return text === "" || text.endsWith("\n") ? lines : [...lines, error(path, "the last line has no end")];
}

/** Numbered series that must have neither gap nor double: a gap is a file that somebody forgot to commit. */
const SERIES: readonly { readonly folder: string; readonly name: RegExp; readonly first: number }[] = [
  { folder: "src/db/migrations/", name: /^(\d{6})-[a-z0-9-]+\.sql$/, first: 1 },
  { folder: "docs/decisions/", name: /^(\d{4})-[a-z0-9-]+\.md$/, first: 1 },
];

export function numberingFaults(paths: readonly string[]): Finding[] {
  return SERIES.flatMap(({ folder, name, first }) => {
    const files = paths.filter((path) => path.startsWith(folder) && !path.endsWith("README.md")).map((path) => path.slice(folder.length));
    const misnamed = files
      .filter((file) => !name.test(file))
      .map((file) => error(`${folder}${file}`, `is not named like ${folder}${"0".repeat(3)}1-what-it-is`));
    const numbers = files
      .flatMap((file) => name.exec(file)?.[1] ?? [])
      .map(Number)
      .toSorted((a, b) => a - b);
    const wrong = numbers.findIndex((number, index) => number !== first + index);
    return wrong === -1 ? misnamed : [...misnamed, error(folder, `number ${numbers[wrong]} stands where ${first + wrong} was expected`)];
  });
}

/** A file of SQL whose name no code of its room says is dead. */
export function unusedSql(sources: readonly SourceFile[]): Finding[] {
  return sources.flatMap(({ path }) => {
    const match = /^src\/([^/]+)\/sql\/([^/]+)\.sql$/.exec(path);
    if (match === null) return [];
    const [room, name] = [match[1]!, match[2]!];
    const used = sources.some((source) => source.path.startsWith(`src/${room}/`) && source.path.endsWith(".ts") && source.text.includes(`"${name}"`));
    return used ? [] : [error(path, `no file of src/${room} loads "${name}"`)];
  });
}

/** Links from one page of the repository to a file that is not there. */
export function deadLinks(sources: readonly SourceFile[], exists: (path: string) => boolean): Finding[] {
  return sources.flatMap(({ path, text }) => {
    if (!path.endsWith(".md")) return [];
    const targets = [...text.matchAll(/\]\(([^)\s#]+)(?:#[^)\s]*)?\)/g)].map((match) => match[1]!).filter((target) => !/^[a-z]+:/.test(target));
    return targets.filter((target) => !exists(posix.join(posix.dirname(path), target))).map((target) => error(path, `links to ${target}, which is not there`));
  });
}
