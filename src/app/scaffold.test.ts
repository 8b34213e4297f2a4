import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCase } from "../../test/beds/run-case.ts";
import { openCatalogue, requireApp, type Catalogue } from "./catalogue.ts";
import { writeScaffold } from "./scaffold.ts";

let base: string;
let catalogue: Catalogue;

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), "headgate-new-"));
  await writeScaffold(base, "my-model");
  catalogue = await openCatalogue([
    { origin: "user", path: base },
    { origin: "catalogue", path: join(import.meta.dirname, "..", "..", "apps") },
  ]);
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

describe("what runs on any machine", () => {
  test("the case of an app that was just begun gives what its file says", async () => {
    const { judgement } = await runCase(requireApp(catalogue, "my-model"), { case: "example" });
    expect(judgement).toMatchObject({ verdict: "correct", version: "1.0" });
  });

  test("with other parameters it computes something else, which is only reported", async () => {
    const { judgement } = await runCase(requireApp(catalogue, "my-model"), { case: "example", parameters: { steps: 100 } });
    expect(judgement.verdict).toBe("completed");
    expect(judgement.results[0]!.value).toBeCloseTo(0.4988, 4);
  });

  test("the plate of the catalogue cools as theory says, with the error that its grid must have", async () => {
    const plate = requireApp(catalogue, "heat-2d");
    const errorOf = async (points: number) => {
      const { judgement } = await runCase(plate, { case: "coarse", parameters: { points } });
      expect(["correct", "completed"]).toContain(judgement.verdict);
      return Number(judgement.results.find((result) => result.name === "theory_error")!.value);
    };
    // Half the spacing, a quarter of the error; not quite, because the number of steps is whole.
    const ratio = (await errorOf(17)) / (await errorOf(33));
    expect(ratio).toBeGreaterThan(3.8);
    expect(ratio).toBeLessThan(4.2);
  });

  test("a plate of nonsense is refused by the program, and told as its failure", async () => {
    const broken = requireApp(catalogue, "heat-2d");
    const texts = new Map([...broken.texts].map(([name, text]) => [name, text.replace("if (points < 5", "if (points < 500")]));
    const { judgement } = await runCase({ ...broken, texts }, { case: "coarse" });
    expect(judgement).toMatchObject({ verdict: "failed", summary: "the program ended with exit code 2" });
  });
});
