import { createHash } from "node:crypto";
import { Problem, type Instant, type Micros, type MoneyUnit, type Person } from "#kernel";
import type { FormulaTerm } from "#price";
import { openAccounts, type AccountMembers, type NewAccount } from "./accounts-service.ts";
import { openAdjustments } from "./adjust/service.ts";
import { openAwards } from "./award/service.ts";
import { withIndirect } from "./award/use-indirect.ts";
import { openBurn } from "./burn/service.ts";
import { openCharges } from "./charge/service.ts";
import { openChanges } from "./change/service.ts";
import type { AccountView } from "./contract.ts";
import { refusalProblem } from "./ledger-refusal.ts";
import { openFunds } from "./fund/service.ts";
import { openOverrun } from "./overrun/service.ts";
import { openExemptions } from "./exempt/service.ts";
import type { FigureQuality, HoldAnswer, HoldAsk, Ledger } from "./ledger-types.ts";
import { openReading, type ReadingContext } from "./reading-service.ts";
import { openLeases, type LeasesContext } from "./lease/service.ts";
import { openOverhead } from "./overhead/service.ts";
import { openRecharge } from "./recharge/service.ts";
import { quoteOver } from "./quote/quote.ts";
import { openQuotes } from "./quote/service.ts";
import type { EndState } from "./refund/contract.ts";
import { openSuRates } from "./su-rate/service.ts";
import { openRefundPolicy } from "./refund/service.ts";
import { openRenewals } from "./renew/service.ts";
import { openStanding } from "./standing/service.ts";

export type BudgetContext = LeasesContext & Pick<ReadingContext, "withoutTimeLimit" | "verifications"> & { readonly ledger: Ledger };
export type BudgetService = ReturnType<typeof openBudget>;

/** What the doors call: accounts, reservations and movements as one person may see and change them. */
export function openBudget(context: BudgetContext) {
  const { clock, ledger, people } = context;
  const accounts = openAccounts(context);
  const quotes = openQuotes(context, accounts);
  const awards = openAwards(context, accounts);
  const reading = openReading(context, accounts);
  const changes = openChanges(context, accounts, reading.showAccount);

  /** A new root is for administrators; part of an account opens who answers for it, and what it gets is within what that has. */
  async function createAccount(person: Person, account: NewAccount & AccountMembers, key: string): Promise<AccountView> {
    const viewer = await people.viewer(person);
    if (account.parent !== null) await accounts.demandOn(viewer, "account.manage", account.parent);
    if (!person.admin && (account.parent === null || account.kind === "advance"))
      throw new Problem("access.forbidden", { detail: `${person.name} may open accounts only as part of one that is theirs, and none that is spent at risk` });
    await accounts.create(account, person.name, key);
    for (const one of account.managers) await people.ensureMember({ person: one, account: account.name, role: "manager" });
    for (const one of account.members) await people.ensureMember({ person: one, account: account.name, role: "member" });
    return reading.showAccount(person, account.name);
  }

  async function allocate(person: Person, ask: { account: string; amount: Micros; through: boolean; reason: string }, key: string): Promise<AccountView> {
    await accounts.allocate(ask, person.name, key);
    return reading.showAccount(person, ask.account);
  }

  async function placeHold(
    person: Person,
    ask: {
      account: string;
      amount: Micros;
      unit: MoneyUnit;
      subject: string;
      partition: string | null;
      expiresAt: Instant | null;
      until: Instant | null;
      formula: readonly FormulaTerm[];
      expected: Micros | null;
      chargeClass?: string | null;
      quote?: string | null;
    },
    key: string,
  ): Promise<Extract<HoldAnswer, { kind: "granted" }>> {
    await accounts.demandOn(await people.viewer(person), "account.use", ask.account);
    const quote = ask.quote == null ? null : await quotes.quoteFor(ask.quote, ask);
    const full = quote === null ? ask : { ...ask, formula: quote.formula };
    const { chargeClass, ...plain } = full;
    const common = { ...plain, key: `http:${key}`, person: person.name, request: requestOf(full) };
    const asked: HoldAsk = chargeClass == null ? common : { ...common, ...(await withIndirect(context, { ...common, class: chargeClass, at: clock.now() })) };
    const [answer] = await ledger.holdMany([asked]);
    if (answer?.kind === "granted") return answer;
    if (answer === undefined) throw new Problem("internal", { detail: "the ledger gave no answer" });
    const over = quote === null || !answer.code.startsWith("budget.quote-") ? null : quoteOver(await quotes.quoteFor(quote.id, ask), clock.now());
    if (over !== null) throw new Problem(over.code, { detail: over.detail, facts: { quote: ask.quote } });
    throw refusalProblem(answer.code, { ...answer, unit: ask.unit });
  }

  async function settleHold(
    person: Person,
    ask: {
      holdId: string;
      attempt: number;
      amount: Micros;
      final: boolean;
      figure: FigureQuality;
      at: Instant | undefined;
      note: string;
      endState?: EndState | null;
    },
    key: string,
  ): Promise<{ charged: Micros; returned: Micros; overrun: Micros; refunded: Micros; replayed: boolean }> {
    const [answer] = await ledger.settleMany([{ ...ask, at: ask.at ?? clock.now(), key: `http:${key}`, by: { person: person.name, source: context.source } }]);
    if (answer?.kind === "settled") return answer;
    throw new Problem(answer?.code ?? "internal", {
      detail: `attempt ${ask.attempt} of reservation ${ask.holdId} was not charged`,
      facts: { hold: ask.holdId },
    });
  }

  async function releaseHold(
    person: Person,
    ask: { holdId: string; at: Instant | undefined; note: string },
    key: string,
  ): Promise<{ returned: Micros; replayed: boolean }> {
    const [answer] = await ledger.releaseMany([{ ...ask, at: ask.at ?? clock.now(), key: `http:${key}`, by: { person: person.name, source: context.source } }]);
    if (answer?.kind === "released") return answer;
    throw new Problem(answer?.code ?? "internal", { detail: `reservation ${ask.holdId} was not released`, facts: { hold: ask.holdId } });
  }

  async function setDefault(person: Person, account: string): Promise<void> {
    await accounts.setDefault(await people.viewer(person), account);
  }

  return {
    ...reading,
    ...changes,
    ...openCharges(context),
    ...openAdjustments(context),
    ...openRenewals(context),
    ...openRefundPolicy(context, accounts),
    ...quotes,
    ...openSuRates(context, accounts),
    ...openLeases(context, accounts),
    ...openStanding(context, accounts),
    ...openOverhead(context, accounts),
    ...openRecharge(context),
    ...openFunds(context, accounts),
    ...openExemptions(context, accounts),
    ...openOverrun(context, accounts),
    ...openAwards(context, accounts),
    ...awards,
    ...openBurn(context, accounts, awards.showAward),
    createAccount,
    allocate,
    placeHold,
    settleHold,
    releaseHold,
    setDefault,
  };
}

/** A digest of what the ledger itself does not compare when a key comes again; null when nothing of it was said, as for most requests. */
function requestOf(
  ask: Pick<HoldAsk, "partition" | "expiresAt" | "until" | "formula" | "expected" | "quote"> & { readonly chargeClass?: string | null },
): string | null {
  if (
    ask.partition == null &&
    ask.expiresAt === null &&
    ask.until == null &&
    ask.formula.length === 0 &&
    ask.expected === null &&
    ask.chargeClass == null &&
    ask.quote == null
  )
    return null;
  const said = [
    ask.partition,
    ask.expiresAt,
    ask.until,
    ask.formula,
    ask.expected === null ? null : String(ask.expected),
    ...(ask.chargeClass == null ? [] : [ask.chargeClass]),
    ...(ask.quote == null ? [] : ["quote", ask.quote]),
  ];
  return createHash("sha256").update(JSON.stringify(said)).digest("base64url");
}
