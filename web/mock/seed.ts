import type { JobDetail, JobOutcome } from "#job/contract";
import { addMs, milliseconds, type Instant } from "#kernel";
import { addJob, ago, end, start, type MockJob, type NewJob, type Plan } from "./jobs.ts";
import { allocate, usd, type MockLedger } from "./money.ts";

/** The demonstration lab as it looks on an ordinary afternoon. Figures of results are those of the catalogue's recorded cases. */
export type MockCode = {
  readonly app: string;
  readonly case: string;
  readonly cores: number;
  readonly memoryMib: number;
  readonly limitS: number;
  readonly ranMs: number;
  readonly command: readonly string[];
  readonly parameters: Record<string, unknown>;
  readonly checks: JobDetail["checks"];
  readonly outputs: readonly (readonly [string, number])[];
};

function energy(text: string, unit: string, expected: string): JobDetail["checks"][number] {
  return { name: "total energy", value: Number(text), unit, expected, ok: true, words: "as expected" };
}

export const CODES: readonly MockCode[] = [
  {
    app: "quantum-espresso",
    case: "silicon-scf",
    cores: 2,
    memoryMib: 1024,
    limitS: 180,
    ranMs: 3086,
    command: ["pw.x", "-in", "pw.in"],
    parameters: { ecutwfc: 18, kpoints: 4 },
    checks: [
      energy("-15.84452726", "Ry", "-15.844527 +- 0.00001"),
      { name: "scf iterations", value: 7, unit: null, expected: null, ok: null, words: "reported" },
    ],
    outputs: [
      ["pw.out", 14_212],
      ["pw.in", 702],
    ],
  },
  {
    app: "quantum-espresso",
    case: "diamond-scf",
    cores: 2,
    memoryMib: 1024,
    limitS: 300,
    ranMs: 5120,
    command: ["pw.x", "-in", "pw.in"],
    parameters: { ecutwfc: 40 },
    checks: [energy("-22.78962614", "Ry", "-22.789626 +- 0.00001")],
    outputs: [["pw.out", 15_870]],
  },
  {
    app: "lammps",
    case: "lj-melt",
    cores: 4,
    memoryMib: 2048,
    limitS: 600,
    ranMs: 41_220,
    command: ["lmp", "-in", "in.melt"],
    parameters: { atoms: 32_000, steps: 1000 },
    checks: [{ name: "potential energy", value: -4.7747, unit: "eps", expected: "-4.775 +- 0.01", ok: true, words: "as expected" }],
    outputs: [["log.lammps", 8312]],
  },
  {
    app: "nwchem",
    case: "water-scf",
    cores: 2,
    memoryMib: 2048,
    limitS: 300,
    ranMs: 6480,
    command: ["nwchem", "water.nw"],
    parameters: { basis: "6-31g*" },
    checks: [energy("-76.010538", "Ha", "-76.010538 +- 0.000001")],
    outputs: [["water.out", 42_118]],
  },
  {
    app: "gromacs",
    case: "water-box",
    cores: 4,
    memoryMib: 2048,
    limitS: 900,
    ranMs: 128_300,
    command: ["gmx", "mdrun", "-deffnm", "water"],
    parameters: { steps: 5000 },
    checks: [{ name: "mean temperature", value: 299.8, unit: "K", expected: "300 +- 3", ok: true, words: "as expected" }],
    outputs: [
      ["water.log", 61_440],
      ["water.edr", 18_240],
    ],
  },
  {
    app: "cp2k",
    case: "h2-dimer",
    cores: 2,
    memoryMib: 2048,
    limitS: 600,
    ranMs: 22_950,
    command: ["cp2k.psmp", "-i", "h2.inp"],
    parameters: { cutoff: 280 },
    checks: [energy("-1.16220", "Ha", "-1.1622 +- 0.0001")],
    outputs: [["h2.out", 30_511]],
  },
];

export function codeOf(app: string, name: string): MockCode {
  const code = CODES.find((each) => each.app === app && each.case === name);
  if (code === undefined) throw new RangeError(`no code ${app}/${name}`);
  return code;
}

export function planFor(code: MockCode, more: Partial<Plan> = {}): Plan {
  const files = code.outputs.map(([path, bytes], index) => ({
    kind: "output" as const,
    path,
    bytes,
    sha256: `${index}f3a9c1e7b54d2806`.padEnd(64, "5b0e9d14"),
  }));
  return { startsAfterMs: 0, runsMs: code.ranMs, endsWith: "completed", checks: code.checks, files, reason: null, ...more };
}

/** What the programs print, as far as they have come. */
export function logOf(code: MockCode): (elapsedMs: number) => string {
  const head = [
    `     Program ${code.app} on ${code.cores} cores`,
    `     Case ${code.case}`,
    ...Object.entries(code.parameters).map(([name, value]) => `     ${name.padEnd(14)} = ${String(value)}`),
    "",
  ];
  return (elapsedMs) => {
    const steps = Math.min(400, Math.floor((elapsedMs / code.ranMs) * 9) + 1);
    const lines = Array.from(
      { length: steps },
      (_unused, index) =>
        `     iteration #${String(index + 1).padStart(3)}     estimated accuracy <  ${(10 ** (-index % 12)).toExponential(5)}     cpu ${((code.ranMs / 9000) * (index + 1)).toFixed(1).padStart(7)} s`,
    );
    const done =
      elapsedMs >= code.ranMs
        ? ["", ...code.checks.map((check) => `!    ${check.name.padEnd(24)} = ${String(check.value).padStart(16)} ${check.unit ?? ""}`), "", "     JOB DONE."]
        : [];
    return `${[...head, ...lines, ...done].join("\n")}\n`;
  };
}

function ask(code: MockCode, number: string, person: string, project: string, submittedAt: Instant, more: Partial<NewJob> = {}): NewJob {
  return {
    number,
    person,
    project,
    app: code.app,
    case: code.case,
    name: code.case,
    cores: code.cores,
    memoryMib: code.memoryMib,
    limitS: code.limitS,
    parameters: code.parameters,
    command: code.command,
    submittedAt,
    plan: planFor(code),
    log: logOf(code),
    ...more,
  };
}

export function seedAccounts(ledger: MockLedger, now: Instant): void {
  const add = (name: string, title: string, kind: "department" | "project", parent: string | null, allocated: string, members: readonly string[]) =>
    ledger.accounts.push({ name, title, kind, parent, allocated: usd(allocated), spent: usd("0"), reserved: usd("0"), leased: usd("0"), members });
  add("earth-sciences", "Department of Earth Sciences", "department", null, "620.00", []);
  add("climate", "Climate modelling", "project", "earth-sciences", "500.00", ["sarah", "maria"]);
  add("materials", "Materials under pressure", "project", "earth-sciences", "120.00", ["maria", "james"]);
  for (const account of ledger.accounts) allocate(ledger, account, ago(now, 30 * 86_400_000), "grant of the demonstration lab");
  const climate = ledger.accounts.find((account) => account.name === "climate");
  if (climate !== undefined) climate.leased = usd("40.00");
  const department = ledger.accounts.find((account) => account.name === "earth-sciences");
  if (department !== undefined) department.leased = usd("40.00");
}

const PEOPLE = ["maria", "sarah", "james"] as const;
const PAST_OUTCOMES: readonly (readonly [JobOutcome, string | null])[] = [
  ["completed", null],
  ["completed", null],
  ["completed", null],
  ["failed", "total energy is 0.0021 Ry off the value expected"],
  ["completed", null],
  ["completed", null],
  ["timeout", "stopped at its time limit"],
  ["completed", null],
  ["cancelled", "cancelled by its owner"],
  ["completed", null],
  ["completed", null],
  ["lost", "its end was not seen: charged up to the last sign of life"],
];

/** Forty jobs that ended over the last two days, then what runs and waits now. */
export function seedJobs(jobs: MockJob[], ledger: MockLedger, now: Instant): void {
  for (let index = 0; index < 40; index += 1) {
    const code = CODES[(index * 5 + 2) % CODES.length];
    const person = PEOPLE[(index * 7 + 1) % PEOPLE.length];
    const past = PAST_OUTCOMES[index % PAST_OUTCOMES.length];
    if (code === undefined || person === undefined || past === undefined) continue;
    const at = ago(now, (40 - index) ** 2 * 110_000 + 400_000);
    const job = addJob(
      jobs,
      ledger,
      ask(code, String(1790 + index), person, person === "james" || (person === "maria" && index % 3 > 0) ? "materials" : "climate", at),
    );
    if (job.hold === null) continue;
    const [outcome, reason] = past;
    const started = addMs(at, milliseconds(700));
    start(job, started);
    const ran = outcome === "timeout" ? code.limitS * 1000 : outcome === "cancelled" ? code.ranMs / 3 : code.ranMs * (0.94 + (index % 7) / 50);
    end(job, ledger, addMs(started, milliseconds(ran)), outcome, reason);
    job.detail.flagged = outcome === "lost";
    if (outcome === "failed")
      job.detail.checks = code.checks.map((check) => ({
        ...check,
        value: Number(check.value) + 0.0021,
        ok: check.ok === null ? null : false,
        words: check.ok === null ? check.words : "off by 0.0021",
      }));
  }
  seedPresent(jobs, ledger, now);
}

const HOUR_MS = 3_600_000;

function seedPresent(jobs: MockJob[], ledger: MockLedger, now: Instant): void {
  const long = (code: MockCode, more: Partial<Plan> = {}) => planFor(code, { runsMs: 5 * HOUR_MS, ...more });
  const [qe, melt, box, water] = [
    codeOf("quantum-espresso", "diamond-scf"),
    codeOf("lammps", "lj-melt"),
    codeOf("gromacs", "water-box"),
    codeOf("nwchem", "water-scf"),
  ];
  const slow = (code: MockCode): MockCode => ({ ...code, ranMs: 5 * HOUR_MS });
  const running = [
    ask(box, "1836", "sarah", "climate", ago(now, 47 * 60_000), { limitS: 6 * 3600, plan: long(box), log: logOf(slow(box)) }),
    ask(melt, "1838", "james", "materials", ago(now, 12 * 60_000), { limitS: 3 * 3600, plan: long(melt), name: "melt at 3 GPa", log: logOf(slow(melt)) }),
    ask(qe, "1839", "maria", "materials", ago(now, 95_000), { limitS: 1800, plan: long(qe, { runsMs: 25 * 60_000 }), log: logOf(slow(qe)) }),
  ];
  for (const each of running) start(addJob(jobs, ledger, each), addMs(each.submittedAt, milliseconds(900)));
  const sweep = addJob(
    jobs,
    ledger,
    ask(qe, "1840", "maria", "materials", ago(now, 60_000), {
      name: "ecutwfc sweep",
      limitS: 600,
      plan: long(qe),
      array: { spec: "0-99%4", throttle: 4, tasks: 100, pending: 61, running: 2, ended: 37, completed: 36 },
    }),
  );
  start(sweep, ago(now, 58_000));
  const never: Partial<Plan> = { startsAfterMs: 1000 * HOUR_MS };
  addJob(jobs, ledger, ask(box, "1841", "sarah", "climate", ago(now, 50_000), { cores: 8, limitS: 6 * 3600, plan: long(box, never) }));
  const after = addJob(
    jobs,
    ledger,
    ask(water, "1842", "james", "materials", ago(now, 40_000), { plan: long(water, never), waits: "job 1838 has to complete first" }),
  );
  Object.assign(after.detail, { state: "waiting", dependencies: [{ kind: "afterok", job: "1838", state: "open" }] });
  addJob(jobs, ledger, ask(melt, "1843", "maria", "materials", ago(now, 21_000), { cores: 2, plan: long(melt, never) }));
}
