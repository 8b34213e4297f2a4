import { micros, microsToDecimal, type Instant, type Micros, type Person, type ProblemCode } from "#kernel";
import type { ExemptUse } from "#budget";
import { neverWords } from "./at-start/service.ts";
import { neverBears, reserveAt, type Never } from "./at-start/store.ts";
import type { JobDryRun, JobSubmission } from "./contract.ts";
import { CHARGE_CLASS } from "./charge-class.ts";
import { directOf, fitsOf } from "./control-jobs.ts";
import { endOf, refusalWords } from "./hold-ask.ts";
import { saidOf } from "./read-store.ts";
import { GRACE_MS, prepareSubmission, storedEstimate, type SubmitPorts } from "./submit.ts";
import { estimateOf, faultsOf } from "./view.ts";

/** Whether an amount could be reserved now, without reserving it. The ledger's `wouldHold` is the real one. */
export type HoldPreview = (ask: {
  readonly account: string;
  readonly person: string;
  readonly amount: Micros;
  readonly until: Instant | null;
  readonly chargeClass: string;
  readonly charges: number;
}) => Promise<{
  /** With the indirect cost in it. */
  readonly asked: Micros;
  readonly refusal: null | { readonly code: ProblemCode; readonly account: string; readonly available: Micros; readonly date?: Instant | null };
  readonly exempt: ExemptUse | null;
}>;

/** Everything that submitting would do and say, but nothing is done. Throws `input.invalid` with every fault. */
export async function dryRun(ports: SubmitPorts & { readonly wouldHold: HoldPreview }, person: Person, submission: JobSubmission): Promise<JobDryRun> {
  const prepared = await prepareSubmission(ports, person, submission);
  const { plan, project, quote, expected, warnings } = prepared;
  const until = endOf({ timeLimitS: plan.timeLimit, graceMs: ports.grace ?? GRACE_MS }, ports.clock.now());
  const charges = plan.tasks * (prepared.request.retry.count + 1);
  const ask = { account: project, person: person.name, amount: quote.amount, until, chargeClass: CHARGE_CLASS, charges };
  const late = submission.quote === undefined && (await reserveAt(ports.db, project)) === "start";
  const { refusal, asked, exempt } = late
    ? { refusal: await neverBears(ports.db, { ...ask, unit: quote.unit }, ports.clock.now()), asked: quote.amount, exempt: null }
    : await ports.wouldHold(ask);
  const reservedIndirect = micros(asked - quote.amount);
  const estimate = estimateOf({
    runEstimate: storedEstimate(prepared),
    unit: quote.unit,
    expected,
    reserved: asked,
    reservedIndirect,
    toReserve: null,
    formulaWords: quote.words,
    exempt: exempt === null ? null : saidOf(exempt, quote.unit),
  });
  const fits = refusal === null || submission.quote !== undefined ? [] : await fitsOf(ports, prepared, directOf(refusal.available, quote.amount, asked));
  const problem =
    refusal === null
      ? null
      : {
          code: refusal.code,
          detail: detailOf({ project, unit: quote.unit, formulaWords: quote.words, reserved: quote.amount }, { ...refusal, asked }, late),
          fix: `headgate budget explain ${project} says why.`,
        };
  return {
    file: submission.file,
    name: plan.name,
    app: plan.app,
    case: plan.case,
    project,
    cores: plan.cores,
    memory_mib: plan.memory,
    time_limit_s: plan.timeLimit,
    tasks: plan.tasks,
    command: plan.spec.command,
    estimate,
    decision: refusal === null ? "accepted" : "refused",
    problem,
    fits: fits.map((fit) => ({ change: fit.change, at_most: microsToDecimal(fit.atMost) })),
    faults: faultsOf(warnings),
  };
}

function detailOf(
  job: Parameters<typeof neverWords>[0],
  refusal: Pick<Never, "code" | "account" | "available"> & { readonly asked: Micros; readonly date?: Instant | null },
  late: boolean,
): string {
  const no = { ...refusal, date: refusal.date ?? null };
  return late ? neverWords(job, no) : refusalWords(job, { kind: "refused", ...no });
}
