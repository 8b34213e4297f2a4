import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { packageRoot } from "#db";
import { headgateBed, type HeadgateBed } from "../beds/headgate.ts";
import { askerOf, PROBE_CORES, type Asker } from "./ask.ts";
import { answerOf, PROBES } from "./probes.ts";
import { TABLE, tableOf } from "./table.ts";

let bed: HeadgateBed;
let asker: Asker;
beforeAll(async () => {
  bed = await headgateBed({ cores: PROBE_CORES });
  await bed.up();
  asker = askerOf(bed);
}, 180_000);
afterAll(() => bed.down(), 60_000);

test.each(PROBES.map((probe) => [`${probe.of}: ${probe.name}`, probe] as const))(
  "%s",
  async (_name, probe) => {
    expect(await answerOf(probe, asker)).toBe(probe.expected);
  },
  120_000,
);

test("the page in the docs says what Headgate answers", () => {
  expect(readFileSync(join(packageRoot, TABLE), "utf8")).toBe(tableOf(PROBES.map((probe) => ({ probe, answer: probe.expected }))));
});
