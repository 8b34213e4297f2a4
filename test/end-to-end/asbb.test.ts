import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DOCUMENTED_ROUTES } from "#asbb";
import { oldLines } from "#cli";
import { packageRoot } from "#db";
import { headgateBed, type Answer, type HeadgateBed } from "../beds/headgate.ts";

/** Everything that asbb's documents tell people to type or to call, one after the other on a fresh Headgate. What does not work says `not-yet` and is on the page of those that are not there. */
const MS_MAX = 60_000;
const CHECK = "/api/v1/budget/check";

const folder = mkdtempSync(join(tmpdir(), "headgate-asbb-"));
let bed: HeadgateBed;
beforeAll(async () => {
  bed = await headgateBed({ cores: 2 });
  await bed.up();
});
afterAll(async () => {
  await bed.down();
  rmSync(folder, { recursive: true, force: true });
});

type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

function type(program: string, words: readonly string[], more: Readonly<Record<string, string>> = {}): Ended {
  const environment = { PATH: process.env["PATH"] ?? "", HOME: folder, HEADGATE_STATE: bed.state, NO_COLOR: "1", SLURM_JOB_ACCOUNT: "ice", ...more };
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(packageRoot, "bin", `${program}.js`), ...words], {
    cwd: folder,
    env: environment,
    encoding: "utf8",
    timeout: MS_MAX,
    input: "",
  });
  return { code: status, stdout, stderr };
}

const call = (method: string, path: string, body?: unknown): Promise<Answer> =>
  bed.call(method as "POST", path, { ...(body === undefined ? {} : { body }), ...(method === "POST" ? { key: `walk-${Math.random()}` } : {}) });

const WORK = { account: "ice", partition: "main", nodes: 1, cpus: 1, wall_time: "1:00:00" };
const reserve = async () => String((((await call("POST", CHECK, WORK)).body ?? {}) as { transaction_id?: string }).transaction_id);

/** Lines in an order in which each finds what it needs. A function stands where a value comes from the ledger. */
const LINES: readonly (readonly [documented: string, words: () => readonly string[] | Promise<readonly string[]>])[] = [
  [
    "account create",
    () => ["account", "create", "--name=Ice", "--account=ice", "--description=sea ice", "--budget=1000", "--start=2026-01-01", "--end=2099-12-31"],
  ],
  ["account list", () => ["account", "list"]],
  ["account show", () => ["account", "show", "ice"]],
  ["account update", () => ["account", "update", "ice", "--end", "2098-12-31"]],
  ["account set-limit", () => ["account", "set-limit", "ice", "--partition=gpu", "--limit=10"]],
  [
    "grant create",
    () => [
      ..."grant create --number=W-1 --agency=NSF --program=Polar --co-pi=Wu --institution=Lab --department=Earth --amount=5000 --start=2026-01-01".split(" "),
      ..."--end=2030-12-31 --periods=12 --federal-id=F1 --project=P1 --cost-center=C1".split(" "),
      "--pi=Dr Li",
    ],
  ],
  ["grant list", () => ["grant", "list", "--active"]],
  ["grant show", () => ["grant", "show", "W-1"]],
  ["grant periods", () => ["grant", "periods", "W-1"]],
  ["grant report", () => ["grant", "report", "W-1", "--type=annual", "--format=pdf"]],
  ["burn-rate", () => ["burn-rate", "ice", "--period=30d", "--projection"]],
  ["forecast", () => ["forecast", "ice"]],
  ["allocations list", () => ["allocations", "list"]],
  ["allocations show", () => ["allocations", "show"]],
  ["allocations process", () => ["allocations", "process"]],
  ["allocations pause", () => ["allocations", "pause", "1"]],
  ["allocations resume", () => ["allocations", "resume", "1"]],
  ["reconcile", async () => ["reconcile", "4711", `--transaction=${await reserve()}`, "--actual-cost=0.05"]],
  ["hold list", () => ["hold", "list"]],
  ["hold show", async () => ["hold", "show", await reserve()]],
  ["usage show", () => ["usage", "show", "ice"]],
  ["usage summary", () => ["usage", "summary"]],
  ["transactions list", () => ["transactions", "list", "--account=ice", "--last=7d", "--type=hold"]],
  ["transactions show", async () => ["transactions", "show", await newest()]],
  ["transactions", () => ["transactions", "ice", "--last=30d"]],
  ["recover", () => ["recover", "--reconcile-orphaned"]],
  ["config init", () => ["config", "init", "--output", join(folder, "made.yaml")]],
  ["config validate", () => ["config", "validate"]],
  ["database migrate", () => ["database", "migrate"]],
  ["database rollback", () => ["database", "rollback"]],
  ["service status", () => ["service", "status"]],
  ["ecosystem discover", () => ["ecosystem", "discover"]],
  ["ecosystem status", () => ["ecosystem", "status"]],
  ["ecosystem health", () => ["ecosystem", "health"]],
  ["ecosystem config", () => ["ecosystem", "config"]],
  ["alerts list", () => ["alerts", "list", "--grant=W-1", "--severity=critical"]],
  ["alerts acknowledge", () => ["alerts", "acknowledge", "1", "--notes=seen"]],
  ["analytics accuracy", () => ["analytics", "accuracy", "--period=30d"]],
  ["analytics performance", () => ["analytics", "performance", "--profile=p"]],
  ["status", () => ["status"]],
  ["remaining", () => ["remaining"]],
  ["quick-check", () => ["quick-check", "--nodes=4", "--cpus=16", "--time=2h"]],
  ["slurm configure", () => ["slurm", "configure"]],
  ["job-context", () => ["job-context", "--job-id=1"]],
  ["version", () => ["version"]],
  ["account delete", () => ["account", "delete", "ice", "--yes"]],
];

/** Programs that go on until they are ended; that they start is what the tests of the start see. */
const DAEMONS = ["asbb service start"];

/** Lines that rightly answer of a fresh Headgate that there is no such thing, or that something is missing on this machine. */
const MAY_SAY: Readonly<Record<string, string>> = {
  "alerts acknowledge": "alert",
  "service status": "",
  "ecosystem discover": "",
  "ecosystem status": "",
  "ecosystem health": "",
};

async function newest(): Promise<string> {
  const { body } = await call("GET", "/api/v1/transactions?account=ice&limit=1");
  const [first] = (body as { transactions: { id: string }[] }).transactions;
  return String(first?.id);
}

describe("asbb in the terminal", () => {
  const old = oldLines("asbb");

  test("each line that is taken is walked here", () => {
    const walked = new Set(LINES.map(([line]) => `asbb ${line}`));
    expect(old.map(({ line }) => line).filter((line) => !walked.has(line) && !DAEMONS.includes(line))).toEqual([]);
  });

  test.each(LINES)("asbb %s", async (documented, words) => {
    const { code, stdout, stderr } = type("asbb", await words());
    const { there } = old.find(({ line }) => line === `asbb ${documented}`) ?? { there: null };
    const said = `${stdout}${stderr}`;
    if (there === false) expect([code, stdout, stderr.includes("not-yet")]).toEqual([1, "", true]);
    else if (code !== 0 && documented in MAY_SAY) expect(said).toContain(MAY_SAY[documented]);
    else expect([code, stderr.includes("error")], said).toEqual([0, false]);
  });
});

test("what remains is that of the project that is set, else of the Slurm job's account", () => {
  type("asbb", ["account", "create", "--account=fern", "--name=Fern", "--budget=7", "--start=2026-01-01", "--end=2099-12-31"]);
  expect(type("asbb", ["remaining"], { SLURM_JOB_ACCOUNT: "fern" })).toMatchObject({ code: 0, stdout: "$7.00\n" });
  expect(type("asbb", ["remaining"], { SLURM_JOB_ACCOUNT: "nobody", HEADGATE_PROJECT: "fern" })).toMatchObject({ code: 0, stdout: "$7.00\n" });
});

describe("asbb's routes", () => {
  const DATES = { start_date: "2026-01-01", end_date: "2099-12-31" };
  const record = async () => ({ job_id: "77", budget_transaction_id: await reserve(), actual_cost: 0.02, job_state: "COMPLETED", memory: "4G" });
  const BODIES: Readonly<Record<string, () => unknown>> = {
    "POST /api/v1/accounts": () => ({ slurm_account: "fog", name: "Fog", budget_limit: 5, ...DATES }),
    "POST /api/v1/budget/check": () => WORK,
    "POST /api/v1/budget/reconcile": async () => ({ job_id: "7", actual_cost: 0.01, transaction_id: await reserve() }),
    "PUT /api/v1/accounts/{account}": () => ({ end_date: "2097-12-31" }),
    "POST /api/v1/asbx/reconcile": record,
    "POST /api/v1/asbx/epilog": record,
    "POST /api/v1/asba/budget-status": () => ({ account: "ice" }),
    "POST /api/v1/asba/affordability-check": () => ({ account: "ice", estimated_cost: 2000 }),
    "POST /api/v1/asba/grant-timeline": () => ({ grant_number: "G-9" }),
    "POST /api/v1/asba/burst-decision": () => ({ account: "ice" }),
    "POST /api/v1/grants": () => ({ grant_number: "G-10", agency: "NSF", pi: "Dr Li", amount: 100, start_date: "2026-01-01", end_date: "2030-12-31" }),
    "POST /api/v1/allocations": () => ({ grant_number: "G-9", amount: 10, due_date: "2026-01-01" }),
    "POST /api/v1/allocations/process": () => ({}),
    "POST /api/v1/alerts/{id}/acknowledge": () => ({ notes: "seen" }),
  };
  const NAMES: Readonly<Record<string, string>> = { account: "ice", id: "G-9:1", number: "G-9" };
  const QUERIES: Readonly<Record<string, string>> = { "GET /api/v1/transactions": "?account=ice" };

  beforeAll(async () => {
    await call("POST", "/api/v1/accounts", { slurm_account: "ice", name: "Ice", budget_limit: 1000, ...DATES });
    await call("PUT", "/api/v1/accounts/ice", { status: "active" });
    await call("POST", "/api/v1/grants", { grant_number: "G-9", agency: "NSF", pi: "Dr Li", amount: 1000, start_date: "2026-01-01", end_date: "2030-12-31" });
    await call("POST", "/api/v1/allocations", { grant_number: "G-9", amount: 10, due_date: "2026-01-01" });
  });

  test("a record of ASBX is charged once, whichever road it comes by", async () => {
    const cost = await record();
    const first = await call("POST", "/api/v1/asbx/epilog", cost);
    expect(first).toMatchObject({ status: 200, body: { success: true, actual_charge: 0.02, transaction_id: cost.budget_transaction_id } });
    expect(await call("POST", "/api/v1/asbx/reconcile", cost)).toMatchObject({ status: 200, body: { actual_charge: 0.02 } });
    expect((await call("POST", "/api/v1/asbx/reconcile", { ...cost, actual_cost: 3 })).status).toBe(422);
  });

  test("what an account can afford is what a check would let in, and nothing is reserved", async () => {
    const { body } = await call("POST", "/api/v1/asba/budget-status", { account: "ice" });
    const { budget_available: free, budget_held: held } = body as { budget_available: number; budget_held: number };
    const ask = async (cost: number) => (await call("POST", "/api/v1/asba/affordability-check", { account: "ice", estimated_cost: cost })).body;
    expect(await ask(free)).toMatchObject({ affordable: true, shortfall: 0 });
    expect(await ask(Math.round((free + 1) * 1e6) / 1e6)).toMatchObject({ affordable: false, shortfall: 1 });
    expect((await call("POST", "/api/v1/asba/budget-status", { account: "ice" })).body).toMatchObject({ budget_held: held });
  });

  test.each(DOCUMENTED_ROUTES.toSorted((one, other) => Number(one.startsWith("DELETE")) - Number(other.startsWith("DELETE"))))("%s", async (route) => {
    const [method = "", path = ""] = route.split(" ");
    const url = path.includes("/alerts/") ? path.replace("{id}", "1") : path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => NAMES[name]!);
    const { status, body } = await call(method, `${url}${QUERIES[route] ?? ""}`, await BODIES[route]?.());
    const nothingRang = route === "POST /api/v1/alerts/{id}/acknowledge";
    const notYet = route === "POST /api/v1/asba/burst-decision";
    const expected = notYet ? [501] : nothingRang ? [404] : [200, 201];
    expect(expected, JSON.stringify(body)).toContain(status);
    if (status >= 400) expect(body).toMatchObject({ error: { code: expect.any(String), details: expect.stringContaining(notYet ? "not-yet" : "alert") } });
  });
});
