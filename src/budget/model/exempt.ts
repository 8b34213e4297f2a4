import { addMs, milliseconds, ZERO_MICROS, type Instant } from "#kernel";
import type { HoldDecision } from "../decide-hold.ts";
import { BREAK_GLASS_HOURS_MAX, exemptionFor, liftRefusal, type Exemption, type ExemptUse } from "../exempt/exempt.ts";
import type { HoldAsk } from "../ledger-types.ts";
import { ownNode, post, type Books, type Node } from "./books.ts";
import { refused, type ChangeAnswer } from "./change.ts";

/* Whose work is let in when the money is not there. */

type Refused = Exclude<HoldDecision, { kind: "granted" }>;
type Lifted = Refused | { readonly kind: "exempt"; readonly exempt: ExemptUse };

/** What is said to a key that was used before; null when it was not. */
function before(books: Books, key: string, request: string): ChangeAnswer | null {
  const done = books.keys.get(key);
  if (done === undefined) return null;
  return done.kind === "policy" && done.request === request ? { kind: "again" } : refused("idempotency.mismatch", key);
}

/** What exemptions make of a refusal. */
export function lift(
  books: Books,
  ask: HoldAsk,
  { decision, levels, path }: { readonly decision: Refused; readonly levels: readonly Node[]; readonly path: readonly Node[] },
  now: Instant,
): Lifted {
  const names = path.map(({ name }) => name);
  const exemption = exemptionFor(books.exemptions, ask.person, names, now);
  if (exemption === undefined) return decision;
  const lifted = liftRefusal(decision, { levels, amount: ask.amount, subject: ask.subject, until: ask.until ?? null }, now);
  if (lifted === "stays") return decision;
  if (lifted !== "lifted") return lifted;
  const { kind, reason, approver, endsAt } = exemption;
  return { kind: "exempt", exempt: { kind, reason, approver, until: endsAt, asked: ask.amount } };
}

export type ExemptionAsk = Omit<Exemption, "startsAt"> & { readonly key: string; readonly startsAt: Instant | null };

export function grantExemption(books: Books, { key, ...asked }: ExemptionAsk, now: Instant): ChangeAnswer {
  const account = books.accounts.get(asked.account);
  if (account === undefined) return refused("budget.account-unknown", asked.account);
  const request = JSON.stringify(asked);
  const again = before(books, key, request);
  if (again !== null) return again;
  const one: Exemption = { ...asked, startsAt: asked.startsAt ?? now };
  const most = addMs(one.startsAt, milliseconds(BREAK_GLASS_HOURS_MAX * 3_600_000));
  const isNever = one.endsAt !== null && (one.endsAt <= one.startsAt || one.endsAt <= now);
  if (isNever || (one.kind === "break-glass" && (one.endsAt === null || one.endsAt > most))) return refused("budget.exemption-span", one.account);
  if (standing(books, one, now) !== undefined) return refused("budget.exemption-exists", one.account);
  books.exemptions = [...books.exemptions, one];
  decide(books, key, one, request);
  return { kind: "done" };
}

export function withdrawExemption(
  books: Books,
  ask: { readonly key: string; readonly kind: Exemption["kind"]; readonly account: string; readonly person: string },
  now: Instant,
): ChangeAnswer {
  if (!books.accounts.has(ask.account)) return refused("budget.account-unknown", ask.account);
  const request = JSON.stringify(["withdraw", ask.kind, ask.account, ask.person]);
  const again = before(books, ask.key, request);
  if (again !== null) return again;
  const found = standing(books, ask, now);
  if (found === undefined) return refused("budget.exemption-unknown", ask.account);
  books.exemptions = books.exemptions.filter((one) => one !== found);
  decide(books, ask.key, found, request);
  return { kind: "done" };
}

/** The one of a kind that a person has or will have on an account. */
function standing(books: Books, { kind, account, person }: Pick<Exemption, "kind" | "account" | "person">, now: Instant): Exemption | undefined {
  return books.exemptions.find((one) => one.kind === kind && one.account === account && one.person === person && (one.endsAt === null || now < one.endsAt));
}

function decide(books: Books, key: string, { account, person, kind }: Exemption, request: string): void {
  const own = ownNode(books, account);
  post(books, { kind: "policy", key, account, unit: own.unit, nodes: [own], amount: ZERO_MICROS, person, subject: `${kind}:${person}`, request, entries: [] });
}
