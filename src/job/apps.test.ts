import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { openCatalogue } from "#app";
import { packageRoot } from "#db";
import { mib, seconds } from "#kernel";
import { jobsBed } from "../../test/beds/jobs.ts";
import { jobApps } from "./apps.ts";
import { readJobFile } from "./job-file.ts";
import { planJob } from "./plan-job.ts";
import type { JobApps } from "./ports.ts";
import { readRunTimes } from "./attempt-store.ts";

let apps: JobApps;
beforeAll(async () => {
  apps = jobApps(await openCatalogue([{ origin: "catalogue", path: join(packageRoot, "apps") }]));
});

const POOL = { cores: 4, memory: mib(8192) };

function plan(text: string, pool: typeof POOL | null = POOL) {
  const file = readJobFile(text, "job.yaml");
  const planning = planJob(file.request, file.document, apps, pool, "/home/maria");
  return {
    plan: planning.plan,
    faults: planning.faults.map((fault) => `${fault.place?.line}:${fault.place?.column} ${fault.code} ${fault.path}`.trim()),
    fixes: planning.faults.map((fault) => fault.fix),
  };
}

describe("a job that names an app of the catalogue", () => {
  test("gets the app's command, resources and defaults", () => {
    const { plan: planned, faults } = plan("app: quantum-espresso\ncase: silicon-scf\n");
    expect(faults).toEqual([]);
    expect(planned).toMatchObject({ name: "quantum-espresso/silicon-scf", app: "quantum-espresso", case: "silicon-scf", tasks: 1 });
    expect(planned?.spec.command.join(" ")).toContain("pw.x");
    expect(planned?.spec.plan).toMatchObject({ app: "quantum-espresso" });
    expect(JSON.parse(JSON.stringify(planned?.spec))).toEqual(planned?.spec);
  });

  test("may ask for other resources, and for more outputs", () => {
    const { plan: planned } = plan(
      "app: quantum-espresso\ncase: silicon-scf\nresources: {cores: 2, memory: 3G}\ntime_limit: 7m\noutputs: [extra.dat]\nname: mine\n",
    );
    expect(planned).toMatchObject({ name: "mine", cores: 2, memory: 3072, timeLimit: seconds(420) });
    expect(planned?.spec.outputs).toContain("extra.dat");
  });

  test("has the same hash for the same work, whatever its resources are", () => {
    const hash = (text: string) => plan(`app: quantum-espresso\ncase: silicon-scf\n${text}`).plan?.parametersHash;
    expect(hash("resources: {cores: 2}\n")).toBe(hash("time_limit: 9m\n"));
    expect(hash("parameters: {ecutwfc: 24}\n")).not.toBe(hash(""));
  });
});

test("an app whose programs or files this machine lacks is refused before anything is reserved, with what to install", async () => {
  const bare = jobApps(await openCatalogue([{ origin: "catalogue", path: join(packageRoot, "apps") }]), "/nowhere");
  const file = readJobFile("app: quantum-espresso\ncase: silicon-scf\nresources: {cores: 2}\n", "job.yaml");
  const [fault] = planJob(file.request, file.document, bare, POOL, "/home/maria").faults;
  expect(fault).toMatchObject({ code: "app.needs-missing", place: { line: 1, column: 6 } });
  expect(fault?.message).toMatch(/needs pw\.x, .*mpirun, which this machine does not have/);
  expect(fault?.fix).toMatch(/apt-get install .*openmpi-bin quantum-espresso/);
});

test("an app's run is judged by its results, and they are kept with the job", async () => {
  const bed = await jobsBed();
  try {
    bed.submitPorts = { ...bed.submitPorts, apps };
    await bed.start({ apps });
    const number = await bed.submit("app: heat-2d\ncase: coarse\n");
    await bed.until(number);
    const row = await bed.row<{ outcome: string; reason: string; results: { name: string; ok: boolean | null; expected: string | null }[] }>(
      "select outcome, reason, results from headgate.job_attempt",
    );
    expect(row.outcome).toBe("completed");
    expect(row.results.length).toBeGreaterThan(0);
    expect(row.results.some((result) => result.ok === true && result.expected !== null)).toBe(true);
    const times = await readRunTimes(bed.database.db, { app: "heat-2d", case: "coarse", limit: 10 });
    expect(times).toMatchObject([{ case: "coarse", cores: 1 }]);
  } finally {
    await bed.close();
  }
});

test.each([
  ["an app that is not there", "app: quantum-expresso\n", ["1:6 app.not-found app"], ["Did you mean quantum-espresso?"]],
  ["a case that is not there", "app: quantum-espresso\ncase: silicon-sfc\n", ["2:7 app.case-unknown case"], ["Did you mean silicon-scf?"]],
  ["more cores than the machine has", "command: [a]\ntime_limit: 1m\nresources: {cores: 5}\n", ["3:20 job.too-large resources.cores"], ["Ask for at most 4."]],
  [
    "more memory than the machine has",
    "command: [a]\ntime_limit: 1m\nresources: {memory: 9G}\n",
    ["3:21 job.too-large resources.memory"],
    ["Ask for at most 8192M."],
  ],
])("%s is a fault at its place", (_what, text, faults, fixes) => {
  const read = plan(text);
  expect(read.faults).toEqual(faults);
  expect(read.fixes).toEqual(fixes);
  if (!text.includes("command")) expect(read.plan).toBeNull();
});

test("wrong parameters are faults at their places, all at once, beside a wrong case", () => {
  const { faults } = plan("app: quantum-espresso\ncase: silicon-scf\nparameters:\n  ecutwcf: 24\n  ecutwfc: much\n");
  expect(faults).toEqual(["4:3 app.parameter-unknown parameters.ecutwcf", "5:12 value.type parameters.ecutwfc"]);
});

test("relative inputs start from the folder of the job file", () => {
  const { plan: planned } = plan("command: [a]\ntime_limit: 1m\ninputs: [data/x, /abs/y]\n");
  expect(planned?.spec.inputs).toEqual([
    { source: "/home/maria/data/x", path: "x", sha256: null },
    { source: "/abs/y", path: "y", sha256: null },
  ]);
});

test("a machine that nobody has looked at yet refuses nothing", () => {
  expect(plan("command: [a]\ntime_limit: 1m\nresources: {cores: 5000}\n", null).faults).toEqual([]);
});
