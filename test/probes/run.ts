/**
 * `npm run probes`: what broke asbb and what obol passed, done to a Headgate of its own, with the answers. Ends with 1 when one is not the expected.
 *   npm run probes -- --write     writes docs/probes.md as well
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { packageRoot } from "#db";
import { headgateBed } from "../beds/headgate.ts";
import { answerOf, PROBES, type Probe } from "./probes.ts";
import { askerOf, PROBE_CORES } from "./ask.ts";
import { TABLE, tableOf } from "./table.ts";

const { values } = parseArgs({ options: { write: { type: "boolean", default: false } } });
const say = (line: string) => process.stdout.write(`${line}\n`);
const bed = await headgateBed({ cores: PROBE_CORES });
const rows: { probe: Probe; answer: string }[] = [];
try {
  await bed.up();
  const asker = askerOf(bed);
  for (const probe of PROBES) {
    const answer = await answerOf(probe, asker);
    rows.push({ probe, answer });
    say(`${answer === probe.expected ? "ok   " : "WRONG"}  ${probe.name}`);
    say(`         ${probe.of}: ${probe.was}`);
    say(`         headgate: ${answer}${answer === probe.expected ? "" : `   (expected: ${probe.expected})`}`);
  }
} finally {
  await bed.down();
}
const wrong = rows.filter(({ probe, answer }) => answer !== probe.expected).length;
if (values.write && wrong === 0) writeFileSync(join(packageRoot, TABLE), tableOf(rows));
say(`probes_answered: ${rows.length}`);
say(`probes_wrong: ${wrong}`);
process.exitCode = wrong === 0 ? 0 : 1;
