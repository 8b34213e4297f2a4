import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const APP = fileURLToPath(new URL(".", import.meta.url));
const REFERENCE = readFileSync(new URL("../../docs/reference/cli.md", import.meta.url), "utf8");

/** Every `headgate <words>` that the dashboard tells people to type. */
function commandsShown(): readonly string[] {
  const sources = readdirSync(APP, { recursive: true, encoding: "utf8" }).filter((path) => /\.tsx?$/.test(path) && !path.includes(".test."));
  return sources.flatMap((path) =>
    [...readFileSync(join(APP, path), "utf8").matchAll(/\bheadgate ((?:[a-z][a-z-]+ ?){1,2})/g)].map((match) => (match[1] ?? "").trim()),
  );
}

/** A command of the reference, alone or followed by an argument. */
function exists(words: string): boolean {
  const [first, second] = words.split(" ");
  return [`headgate ${first} ${second}`, `headgate ${first}`].some((command) => new RegExp(`^#+ .*${command}\\b(?! [a-z])`, "m").test(REFERENCE));
}

test("every command that the dashboard tells people to type is one", () => {
  const shown = commandsShown();
  expect(shown.length).toBeGreaterThan(5);
  expect(shown.filter((words) => !exists(words))).toEqual([]);
});
