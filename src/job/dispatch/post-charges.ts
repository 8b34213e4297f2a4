import type { ChargeAsk, Ledger, SettleAsk } from "#budget";
import type { Database } from "#db";
import { invariant, ZERO_MICROS, type ProblemCode } from "#kernel";
import * as store from "../settle-store.ts";
import { CHARGE_CLASS } from "../charge-class.ts";

/** What was posted, and what the ledger refused. */
export type PostedCharges = {
  readonly posted: readonly store.Posted[];
  readonly refused: readonly { readonly attempt: store.Unsettled; readonly code: ProblemCode }[];
};

/**
 * Posts what attempts cost, each under a key made from its job, against their reservations. A reservation that was released by hand while its job ran
 * takes nothing more: the cost is then charged to the project without one, because it is true all the same.
 */
export async function postCharges(ports: { readonly db: Database; readonly ledger: Ledger }, attempts: readonly store.Unsettled[]): Promise<PostedCharges> {
  const { db, ledger } = ports;
  const answers = await ledger.settleMany(attempts.map(settleAsk));
  invariant(answers.length === attempts.length, "the ledger answers every ask");
  const posted: Omit<store.Posted, "indirect">[] = [];
  const asked = attempts.map(({ token, jobId, ordinal }) => ({ token, key: settleKey({ jobId, ordinal }) }));
  const refused: { attempt: store.Unsettled; code: ProblemCode }[] = [];
  const unreserved: store.Unsettled[] = [];
  for (const [index, answer] of answers.entries()) {
    const attempt = attempts[index]!;
    const { token, final } = attempt;
    if (answer.kind === "settled") posted.push({ token, charged: answer.charged, returned: answer.returned, overrun: answer.overrun, final });
    else if (answer.code === "budget.hold-closed") unreserved.push(attempt);
    else refused.push({ attempt, code: answer.code });
  }
  if (unreserved.length === 0) return { posted: await withIndirect(db, posted, asked), refused };
  const returnedOf = await store.givenBack(
    db,
    unreserved.filter((one) => one.final).map((one) => one.holdId),
  );
  const charges = await ledger.chargeMany(unreserved.map(chargeAsk));
  invariant(charges.length === unreserved.length, "the ledger answers every ask");
  for (const [index, answer] of charges.entries()) {
    const attempt = unreserved[index]!;
    const { token, final, holdId } = attempt;
    if (answer.kind === "charged")
      posted.push({ token, charged: answer.charged, returned: final ? returnedOf(holdId) : ZERO_MICROS, overrun: answer.overrun, final });
    else refused.push({ attempt, code: answer.code });
  }
  return { posted: await withIndirect(db, posted, [...asked, ...unreserved.map((one) => ({ token: one.token, key: chargeKey(one) }))]), refused };
}

async function withIndirect(
  db: Database,
  posted: readonly Omit<store.Posted, "indirect">[],
  asked: readonly { readonly token: string; readonly key: string }[],
): Promise<store.Posted[]> {
  const indirectOf = await store.indirectCharged(db, asked);
  return posted.map((one) => ({ ...one, indirect: indirectOf(one.token) }));
}

type Charged = Pick<store.Unsettled, "jobId" | "ordinal">;
const settleKey = ({ jobId, ordinal }: Charged) => `settle:${jobId}:${ordinal}`;
const chargeKey = ({ jobId, ordinal }: Charged) => `charge:${jobId}:${ordinal}`;

const nameOf = (attempt: store.Unsettled) => (attempt.index === null ? attempt.number : `${attempt.number}_${attempt.index}`);

function settleAsk(attempt: store.Unsettled): SettleAsk {
  return {
    key: settleKey(attempt),
    holdId: attempt.holdId,
    attempt: attempt.ordinal,
    amount: attempt.charge,
    final: attempt.final,
    frees: attempt.frees,
    figure: attempt.figure,
    at: attempt.endedAt,
    endState: attempt.endState,
    note: `job ${nameOf(attempt)}: ${attempt.words}`.slice(0, 500),
  };
}

function chargeAsk(attempt: store.Unsettled): ChargeAsk {
  return {
    key: chargeKey(attempt),
    account: attempt.project,
    unit: attempt.unit,
    amount: attempt.charge,
    person: attempt.person,
    subject: `job:${attempt.jobId}`,
    figure: attempt.figure,
    at: attempt.endedAt,
    detail: { class: CHARGE_CLASS, ...(attempt.endState === null ? {} : { end_state: attempt.endState }) },
    note: `job ${nameOf(attempt)}, whose reservation was released: ${attempt.words}`.slice(0, 500),
  };
}
