import { describe, expect, test } from "vitest";
import { z } from "zod";
import { durationField, memoryField, moneyField } from "./fields.ts";
import { readDocument } from "./read.ts";

const schema = z.strictObject({
  app: z.string(),
  cores: z.int().min(1).max(64),
  limit: durationField(),
  memory: memoryField().optional(),
  budget: moneyField().optional(),
  kind: z.enum(["serial", "parallel"]).optional(),
  queues: z.array(z.strictObject({ name: z.string(), max_count: z.int() })).optional(),
});

function faults(text: string): string[] {
  return readDocument(text, "job.yaml", schema).faults.map((fault) => `${fault.place?.line}:${fault.place?.column} ${fault.code} ${fault.path} | ${fault.fix}`);
}

describe("reading a document", () => {
  test("gives the typed value of a good file", () => {
    const { value } = readDocument("app: x\ncores: 2\nlimit: 1h30m\nmemory: 4G\nbudget: 0.1\n", "job.yaml", schema);
    expect(value).toEqual({ app: "x", cores: 2, limit: 5400, memory: 4096, budget: 100_000n });
  });

  test("reports every fault at once with line and column, in the order of the file", () => {
    expect(faults("cores: 0\nlimit: soon\nqueues:\n  - name: a\n    max_cuont: 3\nkind: paralel\nbudget: 1.0000001\n")).toEqual([
      "1:1 key.missing app | Add app.",
      "1:8 value.range cores | Give a value within the range named.",
      "2:8 value.time limit | Write 90s, 15m, 6h, 2d, 1h30m, or one of Slurm's forms such as 1-12:00:00.",
      "4:5 key.missing queues[0].max_count | Add max_count.",
      "5:5 key.unknown queues[0].max_cuont | Did you mean max_count?",
      "6:7 value.invalid kind | Did you mean parallel?",
      '7:9 value.money budget | Write dollars with at most six decimals, e.g. "120.00".',
    ]);
  });

  test("syntax, duplicate keys, unlimited time and alias bombs have codes of their own", () => {
    expect(faults("app: [1\ncores: 2")[0]).toContain("yaml.syntax");
    expect(faults("app: a\napp: b\n")[0]).toBe("2:1 yaml.duplicate-key  | Keep one of the two.");
    expect(faults("app: a\ncores: 1\nlimit: UNLIMITED\n")[0]).toContain("3:8 value.time limit");
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n`;
    expect(faults(bomb)[0]).toContain("yaml.alias");
    expect(faults(`app: ${"[".repeat(20_000)}`)[0]).toContain("yaml.too-deep");
  });

  test("an empty file misses its keys", () => {
    expect(faults("").map((line) => line.split(" ")[1])).toEqual(["key.missing", "key.missing", "key.missing"]);
  });

  test("a union that is told apart by a key names its branches, and the keys of the branch that is meant", () => {
    const shapes = z.strictObject({
      shape: z.discriminatedUnion("type", [
        z.strictObject({ type: z.literal("circle"), radius: z.number() }),
        z.strictObject({ type: z.literal("square"), side: z.number() }),
      ]),
    });
    const lines = (text: string) =>
      readDocument(text, "shape.yaml", shapes).faults.map((fault) => `${fault.place?.line}:${fault.place?.column} ${fault.code} ${fault.path} | ${fault.fix}`);
    expect(lines("shape:\n  type: sqare\n  side: 1\n")).toEqual(["2:9 value.invalid shape.type | Did you mean square?"]);
    expect(lines("shape:\n  side: 1\n")).toEqual(["2:3 key.missing shape.type | Add type."]);
    expect(lines("shape:\n  type: circle\n  radius: 1\n  side: 2\n")).toEqual(["4:3 key.unknown shape.side | Remove it. Known here: type, radius."]);
  });
});
