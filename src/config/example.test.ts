import { expect, test } from "vitest";
import { exampleConfig } from "./example.ts";
import { readConfigFile } from "./file.ts";
import { KEY_NAMES } from "./keys.ts";

const text = exampleConfig({ environment: {}, home: "/home/maria", cwd: "/" });

test("the example has every setting, and sets none as it stands", () => {
  for (const name of KEY_NAMES) expect(text).toMatch(new RegExp(`^# +${name.split(".").at(-1)}:`, "m"));
  expect(readConfigFile(text, "config.yaml").texts.size).toBe(0);
});

test("a setting whose comment is taken away, with its groups, holds", () => {
  const lines = text.split("\n").filter((line) => /^# (apps:| {2}folder:)/.test(line));
  const { texts } = readConfigFile(lines.map((line) => line.replace("# ", "")).join("\n"), "config.yaml");
  expect([...texts.keys()]).toEqual(["apps.folder"]);
});
