import { setOverrunPolicy, setRefundRule, type Books } from "#budget/model";
import type { Database } from "#db";
import { instant, instantToIso, type Instant } from "#kernel";
import { ENDS, pick, type Dice } from "./random-asks.ts";
import type { Change } from "./random-changes.ts";

const BY = ["owner", "test"];
const MINUTE_MS = 60_000;
const SHARES = [null, 0, 1, 333_333, 500_000, 500_001, 1_000_000];

/** Decides at random what is given back of charges and, with `overrun`, what happens to costs that do not fit: mostly sensible, some of accounts that are not there. */
export function randomPolicy(books: Books, dice: Dice, key: string, now: Instant, { overrun }: { readonly overrun: boolean }): Change {
  const names = [...books.accounts.keys()];
  const account = dice.below(40) === 0 ? `${names[0]}-nowhere` : pick(dice, names);
  if (overrun && dice.below(2) === 0) return overrunPolicy(books, dice, key, account, now);
  // Decided on servers whose clocks differ.
  const at = instant(now + (dice.below(5) - 2) * 15 * MINUTE_MS);
  const rule = { account, state: pick(dice, ENDS), share: pick(dice, SHARES) };
  return {
    name: "set_refund_rule",
    real: [key, JSON.stringify(rule), ...BY, "broken nodes", instantToIso(at)],
    model: (b) => setRefundRule(b, { key, ...rule, person: "owner" }, at),
  };
}

function overrunPolicy(books: Books, dice: Dice, key: string, account: string, now: Instant): Change {
  const names = [...books.accounts.keys()];
  const advances = names.filter((name) => books.accounts.get(name)!.isAdvance);
  const word = pick(dice, ["leave", "inherit", "extend", "extend", "extend", "advance", "advance", "advance"] as const);
  const bearer = dice.below(12) === 0 ? (dice.below(2) === 0 ? `${names[0]}-nowhere` : pick(dice, names)) : pick(dice, advances);
  const policy = word === "advance" ? { policy: word, advance: bearer } : { policy: word, advance: null };
  return {
    name: "set_overrun_policy",
    real: [key, JSON.stringify({ account, ...policy }), ...BY, "decided", instantToIso(now)],
    model: (b) => setOverrunPolicy(b, { key, account, policy, person: "owner" }),
  };
}

type Compare = (words: string, real: unknown, model: unknown) => void;

/** What stands of policies and quotes, on both sides. */
export async function comparePolicies(db: Database, books: Books, compare: Compare): Promise<void> {
  const accounts = [...books.accounts.keys()];
  const policies = await db.query<{ account: string }>(
    `select a.name as account, p.policy, v.name as advance from headgate.overrun_policy p join headgate.account a on a.id = p.account_id
     left join headgate.account v on v.id = p.advance_id where a.name = any ($1)`,
    [accounts],
  );
  const stands = new Map(policies.map(({ account, ...policy }) => [account, policy]));
  for (const [account, policy] of books.overrunPolicies) compare(`overrun policy of ${account}`, stands.get(account), policy);
  compare("number of overrun policies", stands.size, books.overrunPolicies.size);
  const rules = await db.query<Record<string, unknown>>(
    `select a.name as account, r.ordinal, r.state, r.share, r.since from headgate.refund_rule r join headgate.account a on a.id = r.account_id
     where a.name = any ($1) order by a.name collate "C", r.ordinal`,
    [accounts],
  );
  const decided = books.refundRules
    .map(({ account, ordinal, state, share, since }) => ({ account, ordinal, state, share, since }))
    .toSorted((a, b) => (a.account === b.account ? a.ordinal - b.ordinal : a.account < b.account ? -1 : 1));
  compare(
    "refund rules",
    rules.map((row) => ({ ...row })),
    decided,
  );
  const quotes = await db.query<{ id: string }>(
    'select id, amount, unit, made_at as "madeAt", valid_until as "validUntil", hold_id as "holdId", used_at as "usedAt" from headgate.quote where id = any ($1)',
    [[...books.quotes.keys()]],
  );
  compare("number of quotes", quotes.length, books.quotes.size);
  for (const row of quotes) {
    const { id, amount, unit, madeAt, validUntil, holdId, usedAt } = books.quotes.get(row.id)!;
    compare(`quote ${id}`, { ...row }, { id, amount, unit, madeAt, validUntil, holdId, usedAt });
  }
}
