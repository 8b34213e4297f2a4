/**
 * npm run bench:reports: how much longer a month's report of usage takes when the journal is a hundred times as long.
 *
 * Two Headgates as their users have them, with the same tree of 1,000 accounts of people under 111 others and the same 24 months, one with 50,000 entries in its journal, the other with
 * 5,000,000; `db verify` accepts both. The reports are asked for through HTTP, in turn, from a server whose worker has brought the sums of usage up to date; a figure is the ratio of the
 * medians. The last line is the worst of them.
 *
 * --small N, --large N: entries; --rounds N (default 25); --smoke runs everything once and small, to see that it works.
 */
import { parseArgs } from "node:util";
import { ledgerVerifications } from "#budget";
import { verify } from "#db";
import { reportVerifications, rollUpUsage } from "#report";
import { medianOf } from "./ledger/pgbench.ts";
import { ledgerPlace, type Place } from "./ledger/place.ts";
import { writeJournal } from "./reports/journal.ts";

type Plan = { readonly small: number; readonly large: number; readonly rounds: number };

function plan(): Plan {
  const { values } = parseArgs({
    options: {
      small: { type: "string", default: "50000" },
      large: { type: "string", default: "5000000" },
      rounds: { type: "string", default: "25" },
      smoke: { type: "boolean", default: false },
    },
  });
  if (values.smoke) return { small: 15_000, large: 30_000, rounds: 3 };
  return { small: Number(values.small), large: Number(values.large), rounds: Number(values.rounds) };
}

const MONTH = "month=2028-06&zone=America/Chicago";
const REPORTS: Readonly<Record<string, string>> = {
  "all accounts": `${MONTH}&by=account`,
  "all people and partitions": `${MONTH}&by=person,partition`,
  "all, by day": `${MONTH}&by=day`,
  "one department, by account": `${MONTH}&account=bench-d3&by=account`,
  "one project, by person and partition": `${MONTH}&account=bench-p37&by=person,partition`,
  "one project, by day": `${MONTH}&account=bench-p37&by=day`,
};

async function filled(entries: number): Promise<Place> {
  const place = await ledgerPlace();
  const seconds = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const begun = performance.now();
    const result = await work();
    console.log(`  ${entries.toLocaleString("en")} entries: ${what} in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
    return result;
  };
  const count = await seconds("written and sealed", () => writeJournal(place.db, entries));
  if (count < entries) throw new Error(`${count} entries were written, not ${entries}`);
  await seconds("added up for reports", () => rollUpUsage(place.db));
  await place.db.query("vacuum (analyze) headgate.usage_sum, headgate.usage_work");
  const faults = (await seconds("verified", () => verify(place.db, [...ledgerVerifications(), ...reportVerifications()]))).flatMap((result) => result.faults);
  if (faults.length > 0) throw new Error(`the journal is not what it says: ${faults.slice(0, 5).join("; ")}`);
  return place;
}

/** Asks for a report; gives how long it took, and how many rows it has. */
async function ask(place: Place, query: string): Promise<{ ms: number; rows: number }> {
  const begun = performance.now();
  const response = await fetch(`${place.bed.url}/api/v1/reports/usage?limit=10000&${query}`, { headers: { authorization: `Bearer ${place.token}` } });
  const report = (await response.json()) as { rows?: unknown[] };
  const ms = performance.now() - begun;
  if (report.rows === undefined || report.rows.length === 0) throw new Error(`no report but ${response.status} ${JSON.stringify(report).slice(0, 300)}`);
  return { ms, rows: report.rows.length };
}

async function main(): Promise<void> {
  const { small, large, rounds } = plan();
  const places: Place[] = [];
  try {
    for (const entries of [small, large]) places.push(await filled(entries));
    const [few, many] = places as [Place, Place];
    const growths: number[] = [];
    for (const [name, query] of Object.entries(REPORTS)) {
      // What is loaded and planned once is nobody's figure.
      for (let turn = 0; turn < 8; turn += 1) for (const place of places) await ask(place, query);
      const times: [number[], number[]] = [[], []];
      for (let round = 0; round < rounds; round += 1) {
        times[0].push((await ask(few, query)).ms);
        times[1].push((await ask(many, query)).ms);
      }
      const [before, after] = [medianOf(times[0]), medianOf(times[1])];
      const rows = [(await ask(few, query)).rows, (await ask(many, query)).rows];
      growths.push(after / before);
      console.log(
        `  ${name.padEnd(38)}${before.toFixed(1).padStart(6)} ms, ${rows[0]} rows   ${after.toFixed(1).padStart(6)} ms, ${rows[1]} rows   ${(after / before).toFixed(2)}`,
      );
    }
    console.log(`report_growth: ${Math.max(...growths).toFixed(2)}`);
  } finally {
    for (const place of places) await place.down();
  }
}

await main();
