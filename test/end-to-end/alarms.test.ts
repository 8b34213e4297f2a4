import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { packageRoot } from "#db";
import { headgateBed, type HeadgateBed } from "../beds/headgate.ts";
import { eventually } from "../beds/eventually.ts";

const prometheus = join(packageRoot, "deploy", "prometheus");
const runbook = join(packageRoot, "docs", "runbook");
const onPath = (program: string): boolean => (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));
const promtoolMissing = (): boolean => !onPath("promtool");

type Rule = { alert: string; expr: string; annotations: { runbook: string } };
const rules: Rule[] = (parse(readFileSync(join(prometheus, "headgate.rules.yaml"), "utf8")) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);

describe.skipIf(promtoolMissing())("the alarms, by promtool", () => {
  test("are good rules, and ring when they should and not before", () => {
    for (const [verb, file] of [
      ["check", "headgate.rules.yaml"],
      ["test", "headgate.rules.test.yaml"],
    ] as const)
      expect(execFileSync("promtool", [verb, "rules", file], { cwd: prometheus, encoding: "utf8", stdio: "pipe" })).toContain("SUCCESS");
  });
});

async function read(bed: HeadgateBed): Promise<string> {
  const answer = await fetch(`${bed.url}/metrics`, { headers: { authorization: `Bearer ${readFileSync(join(bed.state, "owner-token"), "utf8").trim()}` } });
  return answer.text();
}

/** HeadgateBooksWrong has the page books-wrong. */
const pageOf = (alert: string): string =>
  alert
    .slice("Headgate".length)
    .replaceAll(/(?<!^)([A-Z])/g, "-$1")
    .toLowerCase();

test("each alarm has its page in the runbook, and each page its alarm", () => {
  const pages = readdirSync(runbook).filter((name) => name !== "README.md");
  expect(pages.toSorted()).toEqual(rules.map(({ alert }) => `${pageOf(alert)}.md`).toSorted());
  const index = readFileSync(join(runbook, "README.md"), "utf8");
  for (const { alert, annotations } of rules) {
    expect(annotations.runbook).toBe(`docs/runbook/${pageOf(alert)}.md`);
    expect(index).toContain(`[${alert}](${pageOf(alert)}.md)`);
  }
});

describe("a server that runs", () => {
  let bed: HeadgateBed;
  let figures: string;
  beforeAll(async () => {
    bed = await headgateBed();
    await bed.up();
    await bed.call("POST", "/api/v1/budget/accounts", { key: "small", body: { name: "small", kind: "institution", allocated: "1" } });
    for (const amount of ["0.5", "7"])
      await bed.call("POST", "/api/v1/budget/holds", { key: `of-${amount}`, body: { account: "small", amount, subject: "test" } });
    // What the worker does each minute, now.
    await bed.sql("select graphile_worker.add_job('expire_holds')");
    figures = await eventually(
      "the minute's upkeep",
      () => read(bed),
      (text) => text.includes('headgate_last_run_ok{kind="upkeep"} 1'),
    );
  });
  afterAll(async () => {
    await bed.down();
  });

  test("has every figure that an alarm looks at", () => {
    const named = new Set(rules.flatMap(({ expr }) => expr.match(/headgate_[a-z_]+/g) ?? []));
    expect(named.size).toBeGreaterThan(9);
    for (const name of named) expect(figures, name).toMatch(new RegExp(`^# TYPE ${name} (gauge|counter)$`, "m"));
    expect(figures).not.toMatch(/headgate_gauge_failures_total\{/);
  });

  test("counts what became of reservations, and tells the money of the accounts without a parent", () => {
    expect(figures).toContain('headgate_reservations_total{outcome="granted"} 1');
    expect(figures).toContain('headgate_reservations_total{outcome="budget.insufficient"} 1');
    expect(figures).toMatch(/^headgate_dollars\{pocket="reserved"\} 0\.5$/m);
  });

  test("says in one line of its log why a reservation was refused", () => {
    const line = readFileSync(join(bed.state, "..", "log", "server.out"), "utf8")
      .split("\n")
      .filter((text) => text.includes("a reservation was refused"));
    expect(line.length).toBe(1);
    expect(JSON.parse(line[0]!)).toMatchObject({ level: "info", code: "budget.insufficient", by: "small", available: "0.50", asked: "7.00", account: "small" });
  });
});

describe.skipIf(!onPath("systemd-analyze"))("the units for systemd", () => {
  const folder = join(packageRoot, "deploy", "systemd");
  const work = mkdtempSync(join(tmpdir(), "headgate-units-"));
  afterAll(() => rmSync(work, { recursive: true }));

  test("are well-formed", () => {
    for (const name of readdirSync(folder))
      writeFileSync(join(work, name), readFileSync(join(folder, name), "utf8").replaceAll("/usr/local/bin/headgate", "/bin/true"));
    for (const name of readdirSync(folder)) {
      const { stderr, status } = spawnSync("systemd-analyze", ["verify", "--man=no", join(work, name)], { encoding: "utf8" });
      expect([name, status, stderr]).toEqual([name, 0, ""]);
    }
  });

  test("leave the server nothing that it does not need", () => {
    const { stdout } = spawnSync("systemd-analyze", ["security", "--offline=yes", "--no-pager", join(folder, "headgate.service")], { encoding: "utf8" });
    expect(Number(/exposure level for headgate\.service: ([\d.]+)/.exec(stdout)?.[1])).toBeLessThan(2);
  });
});
