import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needWords, openCatalogue, requireApp, writeScaffold } from "#app";
import type { JobDetail } from "#job";
import { packageRoot } from "#db";
import { eventually } from "../beds/eventually.ts";
import { headgateBed, type HeadgateBed } from "../beds/headgate.ts";
import { lacking } from "../beds/run-case.ts";

/**
 * Every case of the catalogue, sent down the main road as its users send it: submitted over HTTP, reserved, run by the local executor,
 * judged by what it computed, settled. A case whose packages are not here is skipped; in CI a skip is a failure.
 */

/** Some minutes for thirty-odd runs on two cores that are busy with something else. */
const ALL_MS_MAX = 600_000;

type Run = { readonly name: string; readonly app: string; readonly case: string; readonly more: string; readonly missing: readonly string[] };

const catalogue = await openCatalogue([{ origin: "catalogue", path: join(packageRoot, "apps") }]);

function runOf(app: string, name: string, parameters: Readonly<Record<string, unknown>> = {}, cores?: number): Run {
  const ask = { case: name, parameters, ...(cores === undefined ? {} : { cores }) };
  const more = [
    ...(Object.keys(parameters).length === 0 ? [] : [`parameters: ${JSON.stringify(parameters)}`]),
    ...(cores === undefined ? [] : [`resources: { cores: ${cores} }`]),
  ];
  const words = [...Object.entries(parameters).map(([key, value]) => `${key}=${String(value)}`), ...(cores === undefined ? [] : [`${cores} cores`])];
  return {
    name: [`${app}/${name}`, ...words].join(" "),
    app,
    case: name,
    more: more.join("\n"),
    missing: lacking(requireApp(catalogue, app), ask).map(needWords),
  };
}

const CASES = catalogue.names().flatMap((app) => Object.keys(requireApp(catalogue, app).file.cases).map((name) => runOf(app, name)));

/** So that no value can be written into the program. */
const CUTOFFS = [12, 24].map((ecutwfc) => runOf("quantum-espresso", "silicon-scf", { ecutwfc }));

/** The same to the printed digits on one rank and on two. */
const RANKS = [1, 2].map((cores) => runOf("quantum-espresso", "copper-scf", {}, cores));

/** HPC Challenge measures this machine; it checks its answers itself, and there is no value to compare with. */
const WITHOUT_RECORDED_VALUE = new Set(["hpcc/tiny"]);

const ALL = [...CASES, ...CUTOFFS, ...RANKS];
const RUNNABLE = ALL.filter((run) => run.missing.length === 0);

let bed: HeadgateBed;
const settled = new Map<string, JobDetail>();

beforeAll(async () => {
  bed = await headgateBed({ cores: 2, memoryMib: 4096 });
  await writeScaffold(join(bed.state, "..", "home", "headgate", "apps"), "my-model");
  await bed.up();
  const numbers = new Map<string, string>();
  for (const run of [...RUNNABLE, { name: "scaffold", app: "my-model", case: "example", more: "" }]) numbers.set(run.name, await submit(run));
  for (const [name, number] of numbers)
    settled.set(
      name,
      await eventually(
        name,
        () => show(number),
        (job) => job.state === "settled" || job.state === "refused",
        ALL_MS_MAX,
      ),
    );
}, ALL_MS_MAX);

afterAll(async () => {
  await bed?.down();
});

async function submit(run: Pick<Run, "name" | "app" | "case" | "more">): Promise<string> {
  const text = `app: ${run.app}\ncase: ${run.case}\nproject: materials\n${run.more}\n`;
  const answer = await bed.call("POST", "/api/v1/jobs", { body: { file: "job.yaml", text }, key: `science ${run.name}`.replaceAll(" ", "-"), as: "maria" });
  expect(answer, run.name).toMatchObject({ status: 201 });
  return (answer.body as { job: JobDetail }).job.number;
}

async function show(number: string): Promise<JobDetail> {
  const answer = await bed.call("GET", `/api/v1/jobs/${number}`, { as: "maria" });
  expect(answer.status).toBe(200);
  return answer.body as JobDetail;
}

function jobOf(run: Pick<Run, "name">): JobDetail {
  return settled.get(run.name)!;
}

/** What was computed, printed digit for digit. */
function energyOf(run: Run): unknown {
  return jobOf(run).checks.find((check) => check.name === "total_energy")?.value;
}

describe("real codes on the local executor", () => {
  for (const run of [...CASES, ...CUTOFFS]) {
    test.skipIf(run.missing.length > 0)(`${run.name} gives what was recorded`, () => {
      const job = jobOf(run);
      expect(job, JSON.stringify(job.checks)).toMatchObject({ state: "settled", outcome: "completed" });
      expect(job.checks.filter((check) => check.ok === false)).toEqual([]);
      const compared = job.checks.filter((check) => check.ok === true && check.expected !== null);
      if (!WITHOUT_RECORDED_VALUE.has(run.name)) expect(compared).not.toEqual([]);
      // At $0.042 a core-hour, one core costs half a micro-dollar, the least that is charged, after 43 ms: the quickest codes round to nothing.
      expect(Number(job.charged)).toBeGreaterThanOrEqual((job.elapsed_ms ?? 0) * job.cores >= 50 ? 0.000001 : 0);
      expect(Number(job.charged)).toBeLessThanOrEqual(Number(job.reserved));
    });
  }

  test.skipIf(CUTOFFS.some((run) => run.missing.length > 0))("the energy of silicon follows its cutoff", () => {
    const energies = [CUTOFFS[0]!, CASES.find((run) => run.name === "quantum-espresso/silicon-scf")!, CUTOFFS[1]!].map(energyOf);
    // Each was held to its recorded value above, within 1e-7 for the same version; this says that they are three different ones.
    const recorded = [-15.807_312_03, -15.844_527_26, -15.850_817_93];
    energies.forEach((energy, index) => expect(Math.abs(Number(energy) - recorded[index]!)).toBeLessThan(1e-4));
  });

  test.skipIf(RANKS.some((run) => run.missing.length > 0))("an energy is the same on one rank and on two", () => {
    expect(energyOf(RANKS[0]!)).toBeTypeOf("number");
    expect(energyOf(RANKS[1]!)).toBe(energyOf(RANKS[0]!));
  });

  test.skipIf(RUNNABLE.length < ALL.length)("at least twelve cases of at least five codes were run", () => {
    const right = CASES.filter((run) => settled.get(run.name)?.outcome === "completed");
    expect(right.length).toBeGreaterThanOrEqual(12);
    expect(new Set(right.map((run) => run.app)).size).toBeGreaterThanOrEqual(5);
  });

  test("the case of an app that was just begun runs as it is", () => {
    expect(jobOf({ name: "scaffold" })).toMatchObject({ state: "settled", outcome: "completed" });
  });

  test("in CI every code is there", () => {
    const absent = ALL.filter((run) => run.missing.length > 0).map((run) => `${run.name}: ${run.missing.join(", ")}`);
    if (process.env["CI"] === "true") expect(absent).toEqual([]);
    else expect(RUNNABLE.length).toBeGreaterThan(0);
  });
});
