import type { Database } from "#db";
import { absorb, allocate, changeAccount, openAccount, setFundPlan, setLimit, transfer, type Books, type ChangeAnswer } from "#budget/model";
import { instant, instantToIso, micros, type Instant } from "#kernel";
import { PARTITIONS, pick, type Dice } from "./random-asks.ts";

/** A change of accounts, to be made on both sides: `real` in SQL, `model` in the books. */
export type Change = { readonly real: readonly unknown[]; readonly name: string; readonly model: (books: Books) => ChangeAnswer };

const KINDS = ["institution", "department", "project", "person"] as const;
const iso = (at: Instant | null) => (at === null ? null : instantToIso(at));
const BY = ["owner", "test"];

export function opening(
  key: string,
  name: string,
  depth: number,
  parent: string | null,
  unit: "USD" | "SU",
  startsAt: Instant | null,
  endsAt: Instant | null,
  now: Instant,
): Change {
  return {
    name: "open_account",
    real: [key, name, name, KINDS[Math.min(depth, 3)], parent, unit, iso(startsAt), iso(endsAt), null, ...BY, iso(now)],
    model: (books) => openAccount(books, { key, name, parent, unit, startsAt, endsAt, person: "owner" }),
  };
}

/** An account that is spent at risk, before an award. */
export function openingAtRisk(key: string, name: string, parent: string | null, now: Instant): Change {
  return {
    name: "open_account",
    real: [key, name, name, "advance", parent, "USD", null, null, null, ...BY, iso(now), "renewal is promised", "dean"],
    model: (books) => openAccount(books, { key, name, parent, unit: "USD", startsAt: null, endsAt: null, person: "owner", isAdvance: true }),
  };
}

/** A random change of the accounts that there are; most give money, so that there is always some to commit. */
export function randomChange(books: Books, dice: Dice, key: string, now: Instant): Change {
  const names = [...books.accounts.keys()];
  // Where no limit covers what was spent, somebody decides sooner or later: half of the changes look there.
  const overrun = books.nodes.filter((node) => node.overrun > 0n && books.accounts.has(node.name)).map(({ name }) => name);
  const account = dice.below(40) === 0 ? `${names[0]}-nowhere` : pick(dice, overrun.length > 0 && dice.below(2) === 0 ? overrun : names);
  if (dice.below(7) === 0) return funding(key, account, names, dice, now);
  switch (dice.below(9)) {
    case 0: {
      const to = pick(dice, names);
      const amount = micros(BigInt(1 + dice.below(60)));
      return {
        name: "transfer",
        real: [key, account, to, amount, ...BY, "moved", iso(now), iso(now)],
        model: (b) => transfer(b, { key, from: account, to, amount, person: "owner", at: now }),
      };
    }
    case 1:
      return { name: "absorb_overrun", real: [key, account, ...BY, "decided", iso(now)], model: (b) => absorb(b, { key, account, person: "owner" }) };
    case 2: {
      const scope = pick(dice, ["person", "partition"] as const);
      const subject = scope === "person" ? pick(dice, ["maria", "tom"]) : pick(dice, PARTITIONS.slice(1))!;
      const amount = micros(BigInt(dice.below(3_000)));
      return {
        name: "set_limit",
        real: [key, account, scope, subject, amount, ...BY, "bounded", iso(now)],
        model: (b) => setLimit(b, { key, account, scope, subject, amount, person: "owner" }),
      };
    }
    case 3:
      return terms(key, account, dice, now);
    default: {
      const cut = dice.below(6) === 0;
      const through = dice.below(3) === 0;
      const amount = micros(BigInt(cut ? -1 - dice.below(150) : dice.below(6_000) - 500));
      return {
        name: "allocate",
        real: [key, account, amount, through, cut, ...BY, "funded", iso(now), iso(now)],
        model: (b) => allocate(b, { key, account, amount, through, cut, person: "owner", at: now }),
      };
    }
  }
}

/** Who pays for the work of an account: up to three funds in order or by share, or itself again. */
function funding(key: string, account: string, names: readonly string[], dice: Dice, now: Instant): Change {
  const mode = pick(dice, ["order", "share"] as const);
  const accounts = [...new Set(Array.from({ length: dice.below(5) }, () => pick(dice, names)))].slice(0, 3);
  const cuts = accounts.slice(1).map(() => 1 + dice.below(400_000));
  const shares = accounts.map((_, index) => (index === 0 ? 1_000_000 - cuts.reduce((sum, cut) => sum + cut, 0) : cuts[index - 1]!));
  const isByShare = mode === "share" && accounts.length > 0;
  const plan = { mode, funds: accounts.map((name, index) => ({ account: name, share: isByShare ? shares[index]! : null })) };
  return {
    name: "set_fund_plan",
    real: [key, account, mode, accounts, isByShare ? shares : null, ...BY, "funded", iso(now)],
    model: (b) => setFundPlan(b, { key, account, plan, person: "owner" }),
  };
}

function terms(key: string, account: string, dice: Dice, now: Instant): Change {
  const hour = 3_600_000;
  const status = pick(dice, ["open", "open", "open", "open", "open", "open", null, null, "frozen", "closed"] as const);
  const startsAt = dice.below(6) === 0 ? instant(now + (dice.below(4) - 2) * hour) : pick(dice, ["none", "none", null] as const);
  const endsAt = dice.below(4) === 0 ? instant(now + dice.below(30) * hour) : pick(dice, ["none", "none", null] as const);
  return {
    name: "change_account",
    real: [key, account, status, startsAt === "none" ? "-infinity" : iso(startsAt), endsAt === "none" ? "infinity" : iso(endsAt), ...BY, "changed", iso(now)],
    model: (b) => changeAccount(b, { key, account, status, startsAt, endsAt, person: "owner" }),
  };
}

/** Makes the change in SQL; the answer as the model gives it. */
export async function change(db: Database, { name, real }: Change): Promise<ChangeAnswer> {
  try {
    const [row] = await db.query<{ done: boolean }>(`select headgate.${name}(${real.map((_, index) => `$${index + 1}`).join(", ")}) as done`, real);
    return { kind: row?.done === true ? "done" : "again" };
  } catch (error) {
    return asRefused(error);
  }
}

/** What refuse() says; any other error is thrown on. */
export function asRefused(error: unknown): ChangeAnswer {
  const { code, detail, hint } = error as { code?: string; detail?: string; hint?: string };
  if (code !== "HG001") throw error;
  const { account, available } = JSON.parse(hint ?? "") as { account: string; available: string };
  return { kind: "refused", code: detail, account, available: micros(BigInt(available)) } as ChangeAnswer;
}
