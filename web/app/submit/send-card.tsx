import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import type { AppDetail } from "#app/contract";
import type { AccountView } from "#budget/contract";
import { formatDuration, milliseconds } from "#kernel";
import { jobRoutes, type JobDryRun } from "#job/contract";
import { call, newIdempotencyKey } from "../api/client.ts";
import { barInWords, barOf } from "../money/accounts.ts";
import { showAmount } from "../ui/amount.ts";
import { Command } from "../ui/command.tsx";
import { Meter } from "../ui/meter.tsx";
import { Money } from "../ui/money.tsx";
import { ProblemNotice } from "../ui/notice.tsx";
import { ReasonedButton } from "../ui/reasoned-button.tsx";
import { terminalLine, withChange, type Draft, type DraftFaults } from "./draft.ts";
import type { Estimate } from "./use-estimate.ts";
import styles from "./submit.module.css";

type SendCardProps = {
  readonly app: AppDetail;
  readonly draft: Draft;
  readonly faults: DraftFaults;
  readonly estimate: Estimate;
  readonly account: AccountView | undefined;
  readonly apply: (draft: Draft) => void;
};

/** What it costs at most and probably, what that leaves, and the button that sends it. */
export function SendCard({ app, draft, faults, estimate, account, apply }: SendCardProps) {
  const send = useSend(estimate);
  const { dryRun } = estimate;
  return (
    <aside className={styles.card} aria-label="What it costs">
      {dryRun === null ? <p className={styles.none}>{waitWords(faults, estimate)}</p> : <Cost dryRun={dryRun} />}
      {estimate.error !== null && <ProblemNotice error={estimate.error} />}
      {dryRun !== null && dryRun.problem !== null && <Refusal dryRun={dryRun} draft={draft} apply={apply} />}
      {account !== undefined && (
        <div className={styles.left}>
          <p>
            {account.name} <span className="hg-quiet">can reserve</span> <Money amount={account.can_commit} unit={account.unit} />
          </p>
          <Meter parts={barOf(account)} label={barInWords(account.name, account)} />
        </div>
      )}
      <ReasonedButton reason={reasonNot(app, faults, estimate)} fullWidth size="md" loading={send.isPending} onClick={() => send.mutate()}>
        {dryRun === null ? "Submit" : `Submit, reserve ${showAmount(dryRun.estimate.at_most, dryRun.estimate.unit)}`}
      </ReasonedButton>
      {send.isError && <ProblemNotice error={send.error} />}
      <div className={styles.same}>
        <p>The same in a terminal</p>
        <Command line={terminalLine(app, draft)} wrapped />
      </div>
    </aside>
  );
}

function useSend(estimate: Estimate) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { submission } = estimate;
  // One key for one text: pressed twice, or sent again after a broken connection, it is one job; changed, it is another.
  const idempotencyKey = useMemo(newIdempotencyKey, [submission.text]);
  return useMutation({
    mutationFn: () => call(jobRoutes.submit, { body: submission }, { idempotencyKey }),
    onSuccess: async ({ job }) => {
      await queries.invalidateQueries();
      void navigate({ to: "/work/$job", params: { job: job.number } });
    },
  });
}

function waitWords(faults: DraftFaults, estimate: Estimate): string {
  if (Object.keys(faults).length > 0) return "The cost is known when the fields marked are right.";
  return estimate.asking ? "Asking what it costs" : "";
}

function reasonNot(app: AppDetail, faults: DraftFaults, { dryRun, asking }: Estimate): string | null {
  if (Object.keys(faults).length > 0) return "A field is not right yet";
  if (dryRun === null) return asking ? "Still asking what it costs" : "What it costs is not known";
  if (dryRun.decision === "refused") return dryRun.problem?.detail ?? "It would be refused";
  if (!app.ready) return `${app.display_name} is not installed on the machine it would run on`;
  return null;
}

function Cost({ dryRun }: { dryRun: JobDryRun }) {
  const { estimate } = dryRun;
  const { low_ms: low, high_ms: high } = estimate;
  return (
    <div>
      <p className={styles.most}>
        <span>At most</span> <strong>{estimate.free === null ? <Money amount={estimate.at_most} unit={estimate.unit} /> : `free (${estimate.free})`}</strong>
      </p>
      <p className={styles.formula}>{estimate.formula}</p>
      <dl className={styles.guess}>
        {estimate.expected !== null && (
          <div>
            <dt>Probably about</dt>
            <dd>
              <Money amount={estimate.expected} unit={estimate.unit} />
            </dd>
          </div>
        )}
        {low !== null && high !== null && (
          <div>
            <dt>Runs for</dt>
            <dd>
              {formatDuration(milliseconds(low))} to {formatDuration(milliseconds(high))}
            </dd>
          </div>
        )}
      </dl>
      <p className={styles.basis}>{estimate.runtime_basis}</p>
    </div>
  );
}

/** Why not, and what would fit; what this form can change is one press away. */
function Refusal({ dryRun, draft, apply }: { dryRun: JobDryRun; draft: Draft; apply: (draft: Draft) => void }) {
  return (
    <div className={styles.refusal} role="alert">
      <p>{dryRun.problem?.detail}</p>
      {dryRun.fits.length > 0 && (
        <ul aria-label="What would fit">
          {dryRun.fits.map((fit) => {
            const changed = withChange(draft, fit.change);
            return (
              <li key={fit.change}>
                {changed === null ? (
                  <code>{fit.change}</code>
                ) : (
                  <button type="button" onClick={() => apply(changed)}>
                    Use {fit.change}
                  </button>
                )}{" "}
                <span className="hg-quiet">at most {showAmount(fit.at_most, dryRun.estimate.unit)}</span>
              </li>
            );
          })}
        </ul>
      )}
      {dryRun.problem !== null && <p className="hg-quiet">{dryRun.problem.fix}</p>}
    </div>
  );
}
