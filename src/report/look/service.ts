import { can } from "#access";
import { instantToIso, micros, microsToDecimal, Problem, type Instant, type Person } from "#kernel";
import { formulaWords } from "#price";
import type { ReportContext } from "../context.ts";
import type { BalanceAt, ChargeWhy } from "./contract.ts";
import { balanceOf, whyHolds, whyMovements, type WhyHold, type WhyMovement } from "./store.ts";

export function openLooks({ db, clock, accounts, people }: ReportContext) {
  /** Throws `budget.account-unknown`. */
  async function balanceAt(person: Person, account: string, wanted: Instant | null): Promise<BalanceAt> {
    await accounts.demandOn(await people.viewer(person), "account.see", account);
    const at = wanted ?? clock.now();
    const row = await balanceOf(db, account, at);
    if (row === null) throw new Problem("budget.account-unknown", { detail: `there is no account ${account}`, facts: { account } });
    const text = (amount: bigint) => microsToDecimal(micros(amount));
    return {
      account,
      unit: row.unit,
      at: instantToIso(at),
      as_of: row.as_of === null ? null : instantToIso(row.as_of),
      allocated: text(row.allocated),
      spent: text(row.spent),
      reserved: text(row.held),
      leased: text(row.leased),
      overrun: text(row.overrun),
      free: text(row.allocated - row.spent - row.held - row.leased),
    };
  }

  /** Of a job's number or a reservation's id. Throws `budget.hold-unknown` for what is not there, has no reservation, or is neither the person's own nor on an account that she sees. */
  async function why(person: Person, reference: string): Promise<ChargeWhy> {
    const missing = new Problem("budget.hold-unknown", { detail: `nothing is reserved or charged for ${reference}`, facts: { reference } });
    const isNumber = /^\d+$/.test(reference);
    const holds = await whyHolds(db, { number: isNumber ? reference : null, id: isNumber ? null : reference });
    const [first] = holds;
    if (first === undefined) throw missing;
    const viewer = await people.viewer(person);
    const sees = async (account: string) => can(viewer, "account.see", { kind: "account", path: (await accounts.pathOf(account)) ?? [account] });
    if (first.person !== viewer.name && !(await Promise.all(holds.map(({ account }) => sees(account)))).some(Boolean)) throw missing;
    return whyToWire(
      first,
      holds,
      await whyMovements(
        db,
        holds.map(({ id }) => id),
      ),
    );
  }

  return { balanceAt, why };
}

function whyToWire(first: WhyHold, holds: readonly WhyHold[], movements: readonly WhyMovement[]): ChargeWhy {
  const sum = (...kinds: string[]) => micros(movements.filter(({ kind }) => kinds.includes(kind)).reduce((total, { amount }) => total + amount, 0n));
  const [charged, back] = [sum("settle", "charge"), sum("refund", "write-off")];
  const text = (amount: bigint) => microsToDecimal(micros(amount));
  return {
    job: first.job === null ? null : { number: String(first.job), name: first.job_name ?? "" },
    person: first.person,
    subject: first.subject,
    unit: first.unit,
    charged: text(charged),
    given_back: text(back),
    net: text(charged - back),
    holds: holds.map((hold) => ({
      id: hold.id,
      account: hold.account,
      reserved: text(hold.amount),
      charged: text(hold.charged),
      still_reserved: text(hold.remaining),
      state: hold.state,
      formula: [...(hold.formula ?? [])],
      formula_words: (hold.formula ?? []).length === 0 ? "" : formulaWords(hold.formula ?? [], hold.unit),
    })),
    movements: movements.map(({ number, booked_at: booked, served_at: served, by_person: by, amount, entries, ...one }) => ({
      transaction: String(number),
      booked_at: instantToIso(booked),
      served_at: instantToIso(served),
      kind: one.kind,
      account: one.account,
      person: by,
      source: one.source,
      why: one.why,
      figure: one.figure,
      amount: text(amount),
      entries: entries.map((entry) => ({ ...entry, amount: text(BigInt(entry.amount)) })),
    })),
  };
}
