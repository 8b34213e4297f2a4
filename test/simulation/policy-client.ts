import { allocate, openAccount, setFundPlan, type Books } from "#budget/model";
import { micros, type Instant, type Micros } from "#kernel";
import type { Told } from "./clients.ts";
import type { Reply, Request } from "./cluster.ts";
import { ENDS, pick, type Dice } from "./random-asks.ts";

const OWNER = { name: "owner", admin: true };
const PERSON = { name: "maria", admin: true };
const AT_RISK = "risk";
const SHARED = ["shared-0", "shared-1"] as const;

/** An account at risk, and two that are paid by others, in order and by share; gives what work can be asked for on. */
export function openPolicies(books: Books, start: Instant, accounts: readonly string[]): string[] {
  const open = (name: string, amount: bigint, isAdvance: boolean) => {
    openAccount(books, { key: `open:${name}`, name, parent: null, unit: "USD", startsAt: null, endsAt: null, person: "owner", isAdvance });
    if (amount > 0n)
      allocate(books, { key: `open:${name}:money`, account: name, amount: micros(amount), through: false, cut: false, person: "owner", at: start });
  };
  open(AT_RISK, 2_000n, true);
  for (const name of SHARED) open(name, 0n, false);
  const [one, other] = [accounts[2]!, accounts[5]!];
  const inOrder = { mode: "order" as const, funds: [one, other].map((account) => ({ account, share: null })) };
  const byShare = { mode: "share" as const, funds: [one, other].map((account, index) => ({ account, share: index === 0 ? 250_000 : 750_000 })) };
  setFundPlan(books, { key: "open:shared-0:funds", account: SHARED[0], plan: inOrder, person: "owner" });
  setFundPlan(books, { key: "open:shared-1:funds", account: SHARED[1], plan: byShare, person: "owner" });
  return [AT_RISK, ...SHARED];
}

type Ask = (kind: Told["kind"], key: string, amount: Micros | null, request: Request) => Promise<Reply>;
type Client = { readonly ask: Ask; readonly dice: Dice; readonly accounts: readonly string[]; readonly money: (most: number) => Micros };

/** Somebody decides what is given back of charges, what happens to costs that do not fit, or from which funds the work of an account is paid. */
export async function policyWork({ ask, dice, accounts }: Client, name: string): Promise<void> {
  const [account, roll] = [pick(dice, accounts), dice.below(8)];
  const decide = (request: Request) => ask("change", name, null, request);
  if (roll < 3) {
    const rule = { account, state: pick(dice, ENDS), share: pick(dice, [null, 0, 333_333, 500_000, 1_000_000]) };
    await decide((budget) => budget.setRefundRule(OWNER, rule, "broken nodes", name));
  } else if (roll < 7) {
    const word = pick(dice, ["leave", "inherit", "extend", "extend", "advance", "advance"] as const);
    const policy = { account, policy: word, advance: word === "advance" ? AT_RISK : null };
    await decide((budget) => budget.setOverrunPolicy(OWNER, policy, "decided", name));
  } else {
    const [mode, fund] = [pick(dice, ["order", "share"] as const), pick(dice, accounts)];
    const funds = fund === account ? [{ account, share: null }] : [account, fund].map((one) => ({ account: one, share: null }));
    const shared = funds.map((one) => ({ ...one, share: mode === "share" ? (funds.length === 1 ? "100%" : "50%") : null }));
    const plan = { account: pick(dice, SHARED), mode, funds: shared, reason: "funded" };
    if (dice.below(4) === 0) await decide((budget) => budget.clearFunds(OWNER, plan, name));
    else await decide((budget) => budget.setFunds(OWNER, plan, name));
  }
}

/** A price is promised, and two people use it at the same moment: one of them at most is granted, and settles by it. */
export async function quoteWork({ ask, dice, accounts, money }: Client, name: string): Promise<void> {
  const [account, amount] = [pick(dice, accounts), money(60)];
  const terms = { account, amount, unit: "USD" as const, formula: [], days: 1, reason: "proposal" };
  const made = await ask("change", `${name}:quote`, amount, (budget) => budget.makeQuote(OWNER, terms, `${name}:quote`));
  if (made.kind === "refused") return;
  const { id } = made.value as { id: string };
  await Promise.all(
    ["one", "other"].map(async (who) => {
      const key = `${name}:${who}`;
      const plain = { account, amount, unit: "USD" as const, partition: null, expiresAt: null, until: null, formula: [], expected: null };
      const held = await ask("hold", key, amount, (budget) => budget.placeHold(PERSON, { ...plain, subject: `job:${key}`, quote: id }, key));
      if (held.kind === "refused") return;
      const { holdId } = held.value as { holdId: string };
      const cost = money(90);
      const end = { holdId, attempt: 1, amount: cost, final: true, figure: "metered" as const, at: undefined, note: "", endState: pick(dice, ENDS) };
      await ask("settle", `${key}:settle`, cost, (budget) => budget.settleHold(PERSON, end, `${key}:settle`));
      await ask("release", `${key}:sure`, null, (budget) => budget.releaseHold(PERSON, { holdId, at: undefined, note: "" }, `${key}:sure`));
    }),
  );
}
