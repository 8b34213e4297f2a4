import { expect, test } from "vitest";
import { functionLengths } from "./function-lengths.ts";

const body = (lines: number) => "  f();\n".repeat(lines);
const findings = async (text: string, path = "src/a.ts") => (await functionLengths([{ path, text }])).map((finding) => `${finding.place} ${finding.words}`);

test("a function of 60 lines is let through, one of 61 is not", async () => {
  expect(await findings(`function a() {\n${body(58)}}\n`)).toEqual([]);
  expect(await findings(`function a() {\n${body(59)}}\n`)).toEqual(["src/a.ts:1 a function of 61 lines; at most 60"]);
});

test("lines of functions inside are theirs", async () => {
  const inner = `const b = () => {\n${body(40)}};\n`;
  expect(await findings(`function a() {\n${inner}${inner}}\n`)).toEqual([]);
});

test("but a factory is not endless", async () => {
  const inner = `const b = () => {\n${body(40)}};\n`;
  expect(await findings(`function a() {\n${inner.repeat(4)}}\n`)).toEqual(["src/a.ts:1 a function of 170 lines with those inside it; at most 150"]);
});

test("tests may be as long as their story", async () => {
  expect(await findings(`test("a", () => {\n${body(200)}});\n`, "src/a.test.ts")).toEqual([]);
});
