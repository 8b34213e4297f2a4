import { describe, expect, test } from "vitest";
import { EXIT, Problem } from "#kernel";
import { parse } from "../parse.ts";
import { route } from "../route.ts";
import { cli } from "../testing/line.ts";
import { COMMANDS } from "../tree.ts";
import { translate } from "./index.ts";

/** Every line that the documents of the older tools tell people to type. */
const DOCUMENTED: Readonly<Record<string, readonly string[]>> = {
  "asbb": [
    "account list",
    "account create --name=NSF --account=climate --budget=1000 --start=2026-01-01 --end=2026-12-31",
    "account create --name climate --budget 1000",
    "account create --account=climate --incremental --total-budget=1000",
    "account show climate",
    "account update climate",
    "account delete climate",
    "account set-limit climate --partition=gpu --limit=10",
    "grant create --number N",
    "grant list --active",
    "grant show N",
    "grant periods N",
    "grant report N --type=annual",
    "burn-rate climate --period=7d",
    "forecast climate",
    "allocations list --account=climate",
    "allocations show 1",
    "allocations process",
    "allocations pause 1",
    "allocations resume 1",
    "usage show climate",
    "usage summary",
    "transactions list --account=climate --last=7d",
    "transactions show 1",
    "transactions climate --last=30d",
    "reconcile 12345 --transaction=01890000-0000-7000-8000-00000000000a --actual-cost=118.50",
    "recover --reconcile-orphaned",
    "config init --output F",
    "config validate",
    "database migrate",
    "database rollback",
    "service start",
    "service status",
    "ecosystem discover",
    "ecosystem status",
    "ecosystem config",
    "ecosystem health",
    "version",
    "alerts list --severity=critical",
    "alerts acknowledge 1 --user=u",
    "analytics accuracy --period=30d",
    "analytics performance --profile=p",
    "status",
    "remaining",
    "quick-check --nodes=4 --cpus=16 --time=2h",
    "slurm configure",
    "job-context --job-id=12345",
    "-v account list",
    "--config F account list",
  ],
  "aws-hpc": [
    "app validate PATH",
    "app validate .",
    "app list",
    "app info A",
    "app version A",
    "app build A --arch c7a",
    "app build A --all-arch --push",
    "app deploy A --env E",
    "job submit A --env E --arch c7a --input s3://a --output s3://b --vcpus 2 --memory 4G",
    "job submit A --vcpus 2 --memory 4G --dry-run",
    "job submit A --config F --dry-run",
    "job submit-array",
    "job status 1841",
    "job logs 1841 -f",
    "job logs 1841 --follow",
    "job cancel 1841",
    "job list --status running --limit 5",
    "cost estimate A --arch c7a --vcpus 2 --runtime 4h --compare",
    "cost analyze --days 7 --app A",
    "cost optimize A",
    "base list",
    "base build amd/zen4",
    "base build amd/all",
    "base info",
    "base-images list",
    "lab deploy gaussian",
    "admin add-user",
    "admin create-department",
    "admin report costs --by department --month 1",
    "platform deploy",
    "version",
  ],
  "pctl": [
    "create -t F --dry-run",
    "bloom --seed F",
    "grow",
    "delete C -f",
    "harvest C -y",
    "wilt C --local-only",
    "list --verbose",
    "garden",
    "status C",
    "inspect C",
    "ssh C --key F --user U",
    "stem C",
    "connect C",
    "validate -t F --verbose",
    "validate --seed F",
    "version -o json",
    "registry list",
    "registry search Q",
    "registry pull NAME FILE",
    "registry update",
    "registry install",
    "registry get",
    "registry repos add",
    "seeds show",
    "ami build --seed F --name N --detach",
    "ami list",
    "ami delete ID",
    "ami status ID --watch",
    "ami list-builds",
    "build-ami -t F --name N",
    "logs C --build",
    "pcluster install",
    "pcluster check",
    "pcluster upgrade",
    "capture ssh",
    "capture remote",
    "capture script",
    "capture analyze",
    "capture batch",
    "cache init --bucket B",
    "cache status",
    "cache clear --older-than 90d",
    "cache build -t F",
    "build-container",
    "push-container --ecr",
    "extract-software",
    "convert --from parallelcluster --to pcs",
  ],
  "budget-service": ["--config F", "-c F", ""],
};

describe.each(Object.entries(DOCUMENTED))("%s", (program, lines) => {
  test.each(lines)("%s is a good line of ours, or says what to type instead", async (line) => {
    const words = line === "" ? [] : line.split(" ");
    let ours: readonly string[];
    try {
      ours = translate(program, words);
    } catch (error) {
      expect(error).toBeInstanceOf(Problem);
      const problem = error as Problem;
      expect([problem.code, problem.exitCode]).toEqual(["not-yet", EXIT.failed]);
      expect(problem.fix.length).toBeGreaterThan(20);
      for (const [, first, second] of problem.fix.matchAll(/headgate ([a-z-]+)(?: ([a-z-]+))?/g)) {
        expect(
          [first, `${first} ${second}`].some((path) => COMMANDS.some((command) => command.path === path || command.path.startsWith(`${first} ${second} `))),
          problem.fix,
        ).toBe(true);
      }
      return;
    }
    const routed = route(COMMANDS, ours);
    expect(routed.kind).toBe("command");
    if (routed.kind === "command") await expect(parse(routed.command, routed.rest)).resolves.toBeDefined();
  });
});

describe("old names", () => {
  test("what is not there yet names what to type, on stderr, exit 1", async () => {
    const { code, stdout, stderr } = await cli(["create", "-t", "lab.yaml"], { program: "pctl" });
    expect([code, stdout]).toEqual([EXIT.failed, ""]);
    expect(stderr).toBe(
      [
        "error  not-yet  Not there yet",
        "  why  pctl create is not there yet; it will be headgate cluster create",
        "  fix  Until then AWS's own tool does it: pcluster create-cluster -n NAME -c CONFIG",
        "",
      ].join("\n"),
    );
  });

  test("flags that have another name are renamed", () => {
    expect(translate("aws-hpc", ["job", "list", "--status=running", "--limit", "5"])).toEqual(["job", "list", "--state=running", "--limit", "5"]);
    expect(translate("asbb", ["-c", "F", "account", "list"])).toEqual(["budget", "accounts", "--config", "F"]);
  });

  test("a line that was never there is a wrong line, and names the nearest", async () => {
    const { code, stderr } = await cli(["acount", "list"], { program: "asbb" });
    expect(code).toBe(EXIT.usage);
    expect(stderr).toContain("Did you mean asbb account list?");
  });

  test("--help lists the old lines and what they are now", async () => {
    const { code, stdout } = await cli(["--help"], { program: "asbb" });
    expect(code).toBe(EXIT.ok);
    expect(stdout).toMatch(/asbb account list +headgate budget accounts/);
    expect((await cli([], { program: "pctl" })).stdout).toContain("pctl create");
  });
});
