import { isAlias, isCollection, isNode, visit, type Alias, type Document as YamlDocument, type Node, type YAMLError } from "yaml";
import type { ProblemCode } from "#kernel";

/** An alias expands at most this often in all, so that nested anchors cannot grow without limit. */
const ALIASES_MAX = 100;

/** A file that people write is nested a few levels; far below where the reader's own recursion would end. */
const DEPTH_MAX = 100;

/** A fault of the text as such, before any schema: where it stands counted in UTF-16 units from the beginning. */
export type TextFault = { readonly code: ProblemCode; readonly offset: number; readonly message: string };

/** Characters that no editor shows: YAML allows tab, line feed and carriage return of the control characters, and half a surrogate pair is no character. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const UNPRINTABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** The tags that mean what a plain value would mean too. Any other asks for something that Headgate would not do, so it must not be passed over. */
const TAGS = new Set(["str", "int", "float", "bool", "null", "map", "seq"].map((name) => `tag:yaml.org,2002:${name}`));

/** What is wrong with the characters; the first is enough, for the rest follow from it. */
export function characterFault(text: string): TextFault | null {
  const found = UNPRINTABLE.exec(text);
  if (found === null) return null;
  const code = text.charCodeAt(found.index).toString(16).toUpperCase().padStart(4, "0");
  return { code: "file.encoding", offset: found.index, message: `the character U+${code} cannot stand in a text file` };
}

/** What the reader of YAML says, each with a code of ours. */
export function syntaxFaults(errors: readonly YAMLError[]): TextFault[] {
  // Where the reader gave up for depth, every bracket after it is a fault that nobody made.
  const exhausted = errors.filter((error) => error.code === "RESOURCE_EXHAUSTION").slice(0, 1);
  return (exhausted.length > 0 ? exhausted : errors).map((error) => {
    const code = codeOf(error);
    return { code, offset: error.pos[0], message: WORDS[code] ?? error.message.split("\n")[0]! };
  });
}

function codeOf(error: YAMLError): ProblemCode {
  switch (error.code) {
    case "DUPLICATE_KEY":
      return "yaml.duplicate-key";
    case "TAB_AS_INDENT":
      return "yaml.tab";
    case "MULTIPLE_DOCS":
      return "yaml.documents";
    case "RESOURCE_EXHAUSTION":
      return "yaml.too-deep";
    default:
      return "yaml.syntax";
  }
}

const WORDS: Partial<Record<ProblemCode, string>> = {
  "yaml.documents": "a second document begins here; a file is one",
  "yaml.too-deep": "the file is nested too deeply to be read",
};

/** What YAML allows and a file for Headgate does not: an older YAML, tags that would do something, anchors that are not there or grow, depth. */
export function meaningFaults(yaml: YamlDocument, text: string): TextFault[] {
  const faults: TextFault[] = [];
  if (yaml.directives?.yaml.version === "1.1")
    faults.push({
      code: "yaml.version",
      offset: Math.max(0, text.search(/^%YAML/m)),
      message: "YAML 1.1 reads no as false and 1:30 as 90; this file would not mean what it says",
    });
  visit(yaml, {
    Node: (_key, node, path) => {
      if (node.tag !== undefined && !isAlias(node) && !TAGS.has(node.tag))
        faults.push({ code: "yaml.tag", offset: offsetOf(node), message: `the tag ${shortTag(node.tag)} has no meaning here` });
      if (path.filter((part) => isCollection(part)).length < DEPTH_MAX) return undefined;
      faults.push({ code: "yaml.too-deep", offset: offsetOf(node), message: `the file is nested more than ${DEPTH_MAX} levels deep` });
      return visit.BREAK;
    },
  });
  return [...faults, ...aliasFaults(yaml)];
}

function shortTag(tag: string): string {
  return tag.replace("tag:yaml.org,2002:", "!!").slice(0, 60);
}

/** Aliases without an anchor before them, anchors within themselves, and the alias at which expanding passes the bound. */
function aliasFaults(yaml: YamlDocument): TextFault[] {
  const faults: TextFault[] = [];
  const weights = new Map<string, number>();
  let [total, passed] = [0, false];
  const open: { readonly node: Node; readonly anchor: string; readonly before: number }[] = [];
  function enter(node: Node): void {
    if (isAlias(node)) {
      const fault = aliasFault(node, weights, open);
      if (fault !== null) faults.push(fault);
      total += 1 + (weights.get(node.source) ?? 0);
      if (total <= ALIASES_MAX || passed) return;
      passed = true;
      faults.push({ code: "yaml.alias", offset: offsetOf(node), message: `with *${node.source} the aliases expand more than ${ALIASES_MAX} times` });
      return;
    }
    const anchor = "anchor" in node && typeof node.anchor === "string" ? node.anchor : undefined;
    if (anchor !== undefined) open.push({ node, anchor, before: total });
    for (const child of childrenOf(node)) enter(child);
    if (anchor === undefined) return;
    weights.set(anchor, total - open.pop()!.before);
  }
  if (yaml.contents !== null) enter(yaml.contents);
  return faults;
}

function aliasFault(alias: Alias, known: ReadonlyMap<string, number>, open: readonly { readonly anchor: string }[]): TextFault | null {
  if (open.some(({ anchor }) => anchor === alias.source))
    return { code: "yaml.alias", offset: offsetOf(alias), message: `*${alias.source} stands within its own anchor, so it has no end` };
  if (known.has(alias.source)) return null;
  return { code: "yaml.anchor", offset: offsetOf(alias), message: `*${alias.source} stands for nothing: there is no &${alias.source} before it` };
}

function childrenOf(node: Node): Node[] {
  if (!isCollection(node)) return [];
  return node.items.flatMap((item) => {
    if (isNode(item)) return [item];
    const pair = item as { readonly key: unknown; readonly value: unknown };
    return [pair.key, pair.value].filter((part) => isNode(part));
  });
}

function offsetOf(node: Node): number {
  return node.range?.[0] ?? 0;
}
