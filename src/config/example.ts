import { anyKey, KEY_NAMES, variableOf, type Surroundings } from "./keys.ts";

/** A file of settings with every one of them as a comment: what it is for, its variable, and what holds without it. As it stands it sets nothing. */
export function exampleConfig(surroundings: Surroundings): string {
  const lines = [
    "# Settings of Headgate. Everything here has a default: take the # away from a setting and from the groups above it to set it.",
    "# headgate config show says what holds and who set it.",
    "",
  ];
  let groups: readonly string[] = [];
  for (const name of KEY_NAMES) {
    const { kind, brief, otherwise, fallback, show } = anyKey(name);
    const parts = name.split(".");
    const last = parts.pop()!;
    const common = parts.findIndex((part, index) => groups[index] !== part);
    const fresh = common === -1 ? [] : parts.slice(common);
    for (const [index, part] of fresh.entries()) lines.push(`# ${"  ".repeat(parts.length - fresh.length + index)}${part}:`);
    groups = parts;
    const indent = "  ".repeat(parts.length);
    const value = fallback(surroundings);
    const shown = value === null ? "" : show(value);
    const without = value !== null || otherwise === "" ? "" : ` Without it: ${otherwise}.`;
    lines.push(`# ${indent}# ${brief}.${without} Also ${variableOf(name)}.`, `# ${indent}${last}: ${kind.parse(shown) === undefined ? "" : shown}`.trimEnd());
  }
  return `${lines.join("\n")}\n`;
}
