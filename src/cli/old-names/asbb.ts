import { Problem } from "#kernel";
import { later, takeFlags, type OldProgram } from "./line.ts";

/** The early form has no --account: there the name is that of Slurm. */
function openAccount(words: readonly string[]): readonly string[] {
  const { taken, rest } = takeFlags(words, ["--account", "--name", "--description"]);
  const account = taken["--account"] ?? taken["--name"];
  const title = [taken["--account"] === undefined ? undefined : taken["--name"], taken["--description"]].filter((one) => one !== undefined).join(": ");
  return [...(account === undefined ? [] : [account]), ...(title === "" ? [] : ["--title", title]), ...rest];
}

/** asbb says which reservation a job's cost is for; without it there is nothing to settle. */
function settleHold(words: readonly string[]): readonly string[] {
  const { taken, rest } = takeFlags(words, ["--transaction", "--actual-cost"]);
  const [job, ...more] = rest;
  const given = [taken["--transaction"], taken["--actual-cost"]].filter((one) => one !== undefined);
  return [...given, ...(job === undefined ? [] : ["--note", `slurm job ${job}`]), ...more];
}

/** Ours says the averages over 7 and over 30 days, whichever of them is asked for. */
function averages(words: readonly string[]): readonly string[] {
  const { taken, rest } = takeFlags(words, ["--period"]);
  const period = taken["--period"];
  if (period === undefined || period === "7d" || period === "30d") return rest;
  throw new Problem("not-yet", {
    detail: `asbb burn-rate over ${period} is not there yet`,
    fix: "Leave --period out: headgate budget burn-rate ACCOUNT averages over 7 and over 30 days.",
  });
}

function nameJob(words: readonly string[]): readonly string[] {
  const { taken, rest } = takeFlags(words, ["--job-id"]);
  return [...(taken["--job-id"] === undefined ? [] : [taken["--job-id"]]), ...rest];
}

/** asbb, the budget tool: every line of its documents. */
export const ASBB: OldProgram = {
  globalFlags: {
    "-c": { becomes: "--config", takesValue: true },
    "--config": { becomes: "--config", takesValue: true },
    "-v": { becomes: "--verbose", takesValue: false },
    "--verbose": { becomes: "--verbose", takesValue: false },
  },
  lines: [
    { line: "account list", becomes: "budget accounts" },
    { line: "account show", becomes: "budget status" },
    { line: "account update", becomes: "budget account update" },
    { line: "account delete", becomes: "budget account close" },
    { line: "account set-limit", becomes: "budget account set-limit" },
    {
      line: "account create",
      becomes: "budget account create",
      flags: { "--budget": "--allocate" },
      notWith: ["--incremental", "--total-budget", "--allocation-amount", "--allocation-frequency"],
      now: "Money that comes in parts is that of an award: type headgate budget award create NUMBER, then headgate budget allocation list.",
      turn: openAccount,
    },
    {
      line: "grant create",
      becomes: "budget award create",
      flags: { "--amount": "--total", "--periods": "--period-months" },
      notWith: ["--indirect"],
      now: "Leave --indirect out, then type headgate budget award set-indirect NUMBER --class compute --rate PART.",
    },
    { line: "grant list", becomes: "budget award list" },
    { line: "grant show", becomes: "budget award show" },
    { line: "grant periods", becomes: "budget award show" },
    { line: "forecast", becomes: "budget forecast" },
    {
      line: "burn-rate",
      becomes: "budget burn-rate",
      notWith: ["--alerts-only"],
      now: "Leave it out, or type headgate budget alert history ACCOUNT: what rang by the rules of the account.",
      turn: averages,
    },
    ...later(["grant report"], null, "Type headgate report statement --award NUMBER --format pdf --file FILE, or headgate budget award show NUMBER."),
    { line: "allocations list", becomes: "budget allocation list" },
    { line: "allocations show", becomes: "budget allocation list" },
    { line: "allocations process", becomes: "budget allocation process" },
    ...later(["allocations pause", "allocations resume"], null, "Type headgate budget account freeze ACCOUNT, or reopen ACCOUNT."),
    { line: "usage show", becomes: "budget usage show" },
    { line: "usage summary", becomes: "budget usage summary" },
    { line: "hold list", becomes: "budget hold list" },
    { line: "hold show", becomes: "budget hold show" },
    { line: "transactions list", becomes: "budget transactions list" },
    { line: "transactions show", becomes: "budget transactions show" },
    { line: "transactions", becomes: "budget transactions list" },
    { line: "reconcile", becomes: "budget hold settle", turn: settleHold },
    { line: "recover", becomes: "budget recover", flags: { "--reconcile-orphaned": "--apply" } },
    { line: "config init", becomes: "config init", flags: { "--output": "--file" } },
    { line: "config validate", becomes: "config show" },
    { line: "database migrate", becomes: "db migrate" },
    ...later(["database rollback"], null, "A migration is never rolled back. Type headgate db restore FILE into a new state folder."),
    { line: "service start", becomes: "server" },
    { line: "service status", becomes: "doctor" },
    { line: "ecosystem discover", becomes: "doctor" },
    { line: "ecosystem status", becomes: "doctor" },
    { line: "ecosystem health", becomes: "doctor" },
    { line: "ecosystem config", becomes: "config show" },
    { line: "alerts list", becomes: "budget alert history", flags: { "--grant": "--award" } },
    { line: "alerts acknowledge", becomes: "budget alert acknowledge", flags: { "--user": "--as" } },
    ...later(["analytics accuracy", "analytics performance"], "budget report", "Type headgate job cost JOB to see a job's estimate beside its charge."),
    { line: "status", becomes: "budget status" },
    { line: "remaining", becomes: "budget remaining" },
    ...later(
      ["quick-check"],
      null,
      "Type headgate job submit CASE --cores N --time-limit 2h --dry-run: what it can cost, and whether the budget lets it through.",
    ),
    ...later(["slurm configure"], "slurm configure", "The gate beside Slurm is not there yet; headgate job submit runs on this machine."),
    { line: "job-context", becomes: "job status", turn: nameJob },
    { line: "version", becomes: "version" },
  ],
};

/** budget-service, the daemon: it takes no words, only flags. */
export const BUDGET_SERVICE: OldProgram = {
  globalFlags: ASBB.globalFlags,
  lines: [
    { line: "version", becomes: "version" },
    { line: "", becomes: "server" },
  ],
};
