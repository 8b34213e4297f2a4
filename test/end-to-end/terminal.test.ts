import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accessRoutes } from "#access/contract";
import { budgetRoutes } from "#budget/contract";
import { packageRoot } from "#db";
import { jobRoutes } from "#job/contract";
import { eventually } from "../beds/eventually.ts";
import { headgateBed, type HeadgateBed } from "../beds/headgate.ts";

/** The terminal as people and scripts use it, against a running server and a real executor. */
const MS_MAX = 60_000;
const PROGRAM = join(packageRoot, "bin", "headgate.js");

const folder = mkdtempSync(join(tmpdir(), "headgate-terminal-"));
let bed: HeadgateBed;
let environment: Record<string, string>;

type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

function headgate(...args: readonly string[]): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], { cwd: folder, env: environment, encoding: "utf8", timeout: MS_MAX });
  return { code: status, stdout, stderr };
}

/** The answer of a command with -o json, in the shape that the API promises. */
function json<T>(shape: { parse(value: unknown): T }, ...args: readonly string[]): T {
  const { code, stdout, stderr } = headgate(...args, "-o", "json");
  expect([args.join(" "), code, code === 0 ? "" : stderr]).toEqual([args.join(" "), 0, ""]);
  return shape.parse(JSON.parse(stdout));
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const script = (name: string, command: string) => file(name, `command: ${JSON.stringify(command)}\ntime_limit: 1m\nproject: materials\n`);

beforeAll(async () => {
  bed = await headgateBed({ cores: 2 });
  await bed.up();
  environment = { PATH: process.env["PATH"] ?? "", HOME: folder, HEADGATE_STATE: bed.state, HEADGATE_PERSON: "maria", NO_COLOR: "1" };
});

afterAll(async () => {
  await bed.down();
  rmSync(folder, { recursive: true, force: true });
});

describe("a job in the terminal", () => {
  test("is sent, waited for, and charged; every answer has the shape of the API", async () => {
    const sent = json(jobRoutes.submit.reply, "job", "submit", "heat-2d/coarse", "--project", "materials");
    const job = sent.job.number;
    expect([sent.job.person, sent.job.project, sent.job.app]).toEqual(["maria", "materials", "heat-2d"]);
    await eventually(
      "the job to be settled",
      () => json(jobRoutes.show.reply, "job", "status", job).state,
      (state) => state === "settled",
    );
    const cost = json(jobRoutes.cost.reply, "job", "cost", job);
    expect([cost.settled, cost.open]).toEqual([true, "0.00"]);
    expect(json(jobRoutes.list.reply, "job", "list", "--app", "heat-2d").items.map((one) => one.number)).toContain(job);
    expect(json(jobRoutes.why.reply, "job", "why", job).outcome).toBe("completed");
    expect(json(jobRoutes.events.reply, "job", "status", job, "--events").items.at(-1)?.to).toBe("settled");
    expect(json(budgetRoutes.showAccount.reply, "budget", "status", "materials").name).toBe("materials");
    expect(json(budgetRoutes.showAccount.reply, "budget", "account", "show", "materials").name).toBe("materials");
    expect(json(budgetRoutes.listAccounts.reply, "budget", "account", "list").items.map((one) => one.name)).toContain("materials");
    expect(json(budgetRoutes.showStatus.reply, "budget", "status").person).toBe("maria");
    expect(json(budgetRoutes.listJournal.reply, "budget", "journal", "materials").items.some((entry) => entry.why.includes(`job ${job}`))).toBe(true);
    expect(json(budgetRoutes.listHolds.reply, "budget", "holds", "materials").items[0]?.state).toBe("settled");
    expect(json(budgetRoutes.explainAccount.reply, "budget", "explain", "materials").binding).toBe("materials");
  });

  test("job run waits for its end and tells by its exit code how that was", () => {
    const good = headgate("job", "run", "heat-2d/coarse", "-p", "materials");
    expect([good.code, good.stdout]).toEqual([0, expect.stringMatching(/completed[^]*charged +\$[0-9.]+/)]);
    const bad = headgate("job", "run", "-f", script("fails.yaml", "echo no; exit 3"));
    expect([bad.code, bad.stdout.match(/exit code 3/g)]).toEqual([1, ["exit code 3"]]);
    expect(headgate("job", "run", "-f", file("slow.yaml", 'command: "sleep 60"\ntime_limit: 1s\nproject: materials\n')).code).toBe(8);
    const shown = headgate("job", "run", "--log", "-f", script("says.yaml", "echo hello from the job"));
    expect([shown.code, shown.stdout.includes("hello"), shown.stderr.includes("hello from the job")]).toEqual([0, false, true]);
  });

  test("its log is followed as it is printed, to its end", async () => {
    const job = json(jobRoutes.submit.reply, "job", "submit", "-f", script("counts.yaml", "for i in 1 2 3; do echo line $i; sleep 0.2; done")).job.number;
    await eventually(
      "the job to start",
      () => json(jobRoutes.show.reply, "job", "status", job).started_at,
      (at) => at !== null,
    );
    expect(headgate("job", "logs", "-f", job)).toEqual({ code: 0, stdout: "line 1\nline 2\nline 3\n", stderr: "" });
    expect(headgate("job", "logs", job, "--tail", "10").stdout).toBe("line 3\n");
  });

  test("Ctrl-C leaves the job running; it can then be cancelled and sent again", async () => {
    const child = spawn(process.execPath, [PROGRAM, "job", "run", "-f", script("sleeps.yaml", "sleep 300")], {
      env: environment,
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let words = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (words += chunk));
    const end = new Promise<number | null>((resolve) => child.once("close", resolve));
    await eventually(
      "the job to run",
      () => words,
      (said) => said.includes("running"),
    );
    child.kill("SIGINT");
    expect(await end).toBe(130);
    const job = /^job (\d+)/.exec(words)?.[1] ?? "";
    expect(words).toContain(`job ${job} goes on`);
    expect(json(jobRoutes.show.reply, "job", "status", job).state).toBe("running");
    expect(headgate("job", "cancel", job, "--reason", "enough").code).toBe(0);
    await eventually(
      "the job to end",
      () => json(jobRoutes.show.reply, "job", "status", job).outcome,
      (outcome) => outcome === "cancelled",
    );
    // Job 1 is the laboratory's own simulation, which has ended.
    expect(headgate("job", "cancel", "1").code).toBe(5);
    const again = json(jobRoutes.retry.reply, "job", "retry", job, "--time-limit", "30s");
    expect([again.job.time_limit_s, again.job.retry_of]).toEqual([30, job]);
    headgate("job", "cancel", again.job.number);
  });

  test("is read from stdin, with what the line says on top", () => {
    const text = script("stdin.yaml", "true");
    const { status, stdout } = spawnSync(
      "/bin/sh",
      ["-c", `"$0" "$1" job submit -f - --name piped -n 2 --dry-run -o json < "$2"`, process.execPath, PROGRAM, text],
      { env: environment, encoding: "utf8" },
    );
    const plan = jobRoutes.estimate.reply.parse(JSON.parse(stdout));
    expect([status, plan.name, plan.cores, plan.decision]).toEqual([0, "piped", 2, "accepted"]);
  });
});

describe("leases in the terminal", () => {
  const owner = ["--as", "owner"] as const;

  test("are opened, listed, renewed, settled and given back; every answer has the shape of the API", () => {
    const until = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
    const opened = json(budgetRoutes.openLease.reply, "budget", "lease", "open", "materials", "2", "--expires", until(1), ...owner);
    const lease = opened.lease_id;
    expect([opened.amount, opened.remaining]).toEqual(["2.00", "2.00"]);
    const { items } = json(budgetRoutes.listLeases.reply, "budget", "lease", "list", "materials", "--state", "open", ...owner);
    expect(items).toMatchObject([{ id: lease, account: "materials", holder: "owner", state: "open" }]);
    const renewed = json(budgetRoutes.renewLease.reply, "budget", "lease", "renew", lease, "--expires", until(2), "--returns", "0.50", ...owner);
    expect([renewed.amount, renewed.remaining]).toEqual(["0.50", "1.50"]);
    const work = ["budget", "lease", "settle", lease, "1", "0.40", "--person", "maria", "--for", "slurm:alps:1"];
    expect(json(budgetRoutes.settleLease.reply, ...work, ...owner)).toMatchObject({ charged: "0.40", remaining: "0.50", overrun: "0.00" });
    expect(headgate("budget", "lease", "return", lease, "--why", "the cluster is gone", ...owner)).toMatchObject({
      code: 0,
      stdout: "0.50 given back; the lease is closed\n",
    });
    expect(headgate("budget", "lease", "show", lease, ...owner).stdout).toMatch(/state +returned\n[^]*left +\$0\.00 of \$2\.00/);
  });

  test("say what is missing, what there is not, and who may", () => {
    const open = ["budget", "lease", "open", "materials", "2"];
    expect(headgate(...open, ...owner)).toMatchObject({ code: 2, stderr: expect.stringContaining("--expires") as string });
    expect(headgate("budget", "lease", "show", "01890000-0000-7000-8000-00000000000a", ...owner).code).toBe(4);
    expect(headgate(...open, "--expires", "2020-01-01T00:00:00Z", ...owner).code).toBe(3);
    expect(headgate(...open, "--expires", "2099-01-01T00:00:00Z")).toMatchObject({ code: 7, stdout: "" });
  });
});

describe("what does not go", () => {
  test("a budget that says no: exit 7, and what would fit is accepted as it stands", () => {
    const line = ["job", "submit", "heat-2d/coarse", "-p", "materials"];
    const refused = headgate(...line, "--time-limit", "500d");
    expect([refused.code, refused.stdout, refused.stderr.split(" ")[0]]).toEqual([7, "", "refused"]);
    const plan = headgate(...line, "--time-limit", "500d", "--dry-run", "-o", "json");
    expect(plan.code).toBe(7);
    const { fits } = jobRoutes.estimate.reply.parse(JSON.parse(plan.stdout));
    expect(fits.length).toBeGreaterThan(0);
    for (const { change } of fits) expect(headgate(...line, ...change.split(" "), "--dry-run").code, change).toBe(0);
  });

  test("a file with faults: all of them, with places, exit 3", () => {
    const wrong = headgate("job", "submit", "-f", file("wrong.yaml", "app: heat-2\ncse: x\nresources:\n  cores: 0\ntime_limit: soon\nproject: materials\n"));
    expect([wrong.code, wrong.stdout]).toEqual([3, ""]);
    const places = wrong.stderr.split("\n").flatMap((line) => /^\S+:(\d+):\d+ +error/.exec(line)?.[1] ?? []);
    expect(places).toEqual(["1", "2", "4", "5"]);
    expect(wrong.stderr).toContain("Did you mean case?");
  });

  test("names of nobody and nothing: exit 4; what only others may: exit 7", () => {
    expect(headgate("job", "status", "99999").code).toBe(4);
    expect(headgate("budget", "explain", "nowhere").code).toBe(4);
    expect(headgate("job", "list", "--as", "nobody").code).toBe(4);
    const owners = json(jobRoutes.submit.reply, "job", "submit", "heat-2d/coarse", "-p", "climate", "--as", "sarah").job.number;
    expect([4, 7]).toContain(headgate("job", "cancel", owners).code);
  });

  test("another server without a token of its own: nothing is sent", () => {
    expect(headgate("job", "list", "--server", "http://127.0.0.1:9")).toMatchObject({ code: 6, stderr: expect.stringContaining("server.no-token") as string });
  });
});

describe("around the jobs", () => {
  test("a sign-in code is the answer, and nothing else is on stdout", () => {
    expect(headgate("login-code")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^[0-9A-Z]{4}-[0-9A-Z]{4}\n$/) as string,
      stderr: expect.stringContaining(bed.url) as string,
    });
    expect(json(accessRoutes.createCode.reply, "login-code", "--as", "sarah").person).toBe("sarah");
  });

  test("people are added, given a part in a project and a token, and switched off; who may not is told so", () => {
    const owner = ["--as", "owner"];
    expect(json(accessRoutes.createPerson.reply, "person", "add", "lena", "--title", "Lena Fischer", "--project", "materials", ...owner).display_name).toBe(
      "Lena Fischer",
    );
    expect(json(accessRoutes.listMemberships.reply, "member", "list", "materials", "--person", "lena", ...owner).items).toMatchObject([
      { person: "lena", role: "member" },
    ]);
    expect(json(budgetRoutes.showStatus.reply, "budget", "status", "--as", "lena").accounts.map(({ name }) => name)).toContain("materials");
    expect(headgate("member", "add", "materials", "lena", "--manager", ...owner).stdout).toBe("lena is a manager of materials\n");
    const token = headgate("token", "create", "nightly runs", "--person", "lena", "--days", "3", ...owner);
    expect([token.code, token.stdout.trim().includes(" "), token.stdout.length > 20]).toEqual([0, false, true]);
    const [listed] = json(accessRoutes.listTokens.reply, "token", "list", "lena", ...owner).items;
    expect(listed?.label).toBe("nightly runs");
    expect(headgate("token", "revoke", listed!.id, ...owner).code).toBe(0);
    expect(headgate("member", "remove", "materials", "lena", ...owner).stdout).toBe("lena no longer belongs to materials\n");
    expect(headgate("person", "change", "lena", "--active", "no", ...owner).stdout).toBe("lena (Lena Fischer) is switched off\n");
    expect(headgate("person", "list", ...owner).stdout).toMatch(/^lena +Lena Fischer +nothing: switched off$/m);
    expect(headgate("person", "add", "otto").code).toBe(7);
    expect(headgate("member", "add", "climate", "maria").code).toBe(4);
  });

  test("what stands there costing money is added, seen in the status, and ended", () => {
    const owner = ["--as", "owner"];
    const added = headgate("budget", "standing", "add", "alps/head-node", "materials", "0.24", "--source", "price list", "--reason", "cluster alps", ...owner);
    expect([added.code, added.stdout]).toEqual([
      0,
      expect.stringMatching(/^alps\/head-node: \$0\.24 a day on materials from \d{4}-\d\d-\d\d on, reserved to \d{4}-\d\d-\d\d$/m),
    ]);
    expect(headgate("budget", "status").stdout).toContain("Costs money each day whether or not anything runs: $0.24");
    expect(json(budgetRoutes.listStanding.reply, "budget", "standing", "list", "materials").items).toMatchObject([{ name: "alps/head-node", per_day: "0.24" }]);
    expect(headgate("budget", "standing", "show", "alps/head-node").stdout).toContain("price list");
    expect(headgate("budget", "standing", "end", "alps/head-node", "--reason", "deleted", ...owner).code).toBe(0);
    expect(headgate("budget", "standing", "show", "nothing").code).toBe(4);
  });

  test("the doctor finds the server, its parts and the token", () => {
    const { stdout } = headgate("doctor", "-o", "json");
    const { findings } = JSON.parse(stdout) as { findings: { name: string; state: string }[] };
    const found = Object.fromEntries(findings.map((finding) => [finding.name, finding.state]));
    expect(found).toMatchObject({ "server": "ok", "server parts": "ok", "token": "ok", "owner token": "ok", "PostgreSQL": "ok" });
  });

  test("Tab knows jobs, projects and people", () => {
    const offered = (...words: readonly string[]) =>
      headgate("__complete", ...words)
        .stdout.split("\n")
        .map((line) => line.split("\t")[0]);
    expect(offered("job", "status", "")).toContain("1");
    expect(offered("job", "submit", "--project", "m")).toEqual(["words", "materials", ""]);
    expect(offered("login-code", "m")).toEqual(["words", "maria", ""]);
  });

  test("the database is looked at, backed up and checked while everything runs, and not replaced", () => {
    const backup = join(folder, "lab.headgate");
    expect(headgate("db", "status")).toMatchObject({ code: 0, stdout: expect.stringContaining("up to date") as string });
    expect(headgate("db", "backup", backup).code).toBe(0);
    expect(headgate("db", "verify", backup)).toMatchObject({ code: 0, stdout: expect.stringContaining("is whole") as string });
    expect(headgate("db", "verify").code).toBe(0);
    expect(headgate("db", "restore", backup, "--replace", "--yes")).toMatchObject({ code: 5, stderr: expect.stringContaining("server.running") as string });
  });

  test("a reader that stops early ends the following, not the job", async () => {
    const job = json(jobRoutes.submit.reply, "job", "submit", "-f", script("talks.yaml", "while true; do echo again; sleep 0.05; done")).job.number;
    await eventually(
      "the job to print",
      () => headgate("job", "logs", job).stdout,
      (log) => log.includes("again"),
    );
    const child = spawn("/bin/sh", ["-c", '"$0" "$1" job logs -f "$2" | head -n 2', process.execPath, PROGRAM, job], {
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [out, err] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (out += chunk));
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (err += chunk));
    await new Promise((resolve) => child.once("close", resolve));
    expect([out, err]).toEqual(["again\nagain\n", ""]);
    expect(json(jobRoutes.show.reply, "job", "status", job).state).toBe("running");
    headgate("job", "cancel", job);
  });
});
