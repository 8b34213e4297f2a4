import { expect, test } from "vitest";
import { turnWriter } from "./turn-writer.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const line = (level: string, text: string): string => `{"level":"${level}","msg":"${text}"}\n`;

function written(): { readonly texts: string[]; readonly writer: { write(line: string): void } } {
  const texts: string[] = [];
  return { texts, writer: turnWriter((text) => void texts.push(text)) };
}

test("lines of one turn are written together, those of the next by themselves", async () => {
  const { texts, writer } = written();
  for (const text of ["a", "b", "c"]) writer.write(line("info", text));
  expect(texts).toEqual([]);
  await turn();
  writer.write(line("info", "d"));
  await turn();
  expect(texts).toEqual([line("info", "a") + line("info", "b") + line("info", "c"), line("info", "d")]);
});

test("a warning is written at once, after what was said before it", () => {
  const { texts, writer } = written();
  writer.write(line("info", "before"));
  writer.write(line("error", "the disk is full"));
  expect(texts).toEqual([line("info", "before") + line("error", "the disk is full")]);
});

test("a line that is not one of ours is not kept waiting", () => {
  const { texts, writer } = written();
  writer.write("FATAL ERROR\n");
  expect(texts).toEqual(["FATAL ERROR\n"]);
});

test("what waits is bounded", () => {
  const { texts, writer } = written();
  for (let count = 0; count < 2_000; count += 1) writer.write(line("info", "x".repeat(100)));
  expect(texts.length).toBeGreaterThan(2);
  expect(Math.max(...texts.map((text) => text.length))).toBeLessThan(70_000);
});
