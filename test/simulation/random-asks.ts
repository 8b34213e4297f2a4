import type { Ledger } from "#budget";
import type { Books } from "#budget/model";
import { instant, micros, type Instant, type Micros, type seededRandomness } from "#kernel";

export type Dice = ReturnType<typeof seededRandomness>;
type AskOf<Method extends "holdMany" | "settleMany" | "releaseMany" | "chargeMany" | "adjustMany" | "renewMany"> = Parameters<Ledger[Method]>[0][number];
export type Asks = {
  readonly hold: AskOf<"holdMany">;
  readonly settle: AskOf<"settleMany">;
  readonly release: AskOf<"releaseMany">;
  readonly charge: AskOf<"chargeMany">;
  readonly adjust: AskOf<"adjustMany">;
  readonly renew: AskOf<"renewMany">;
};
export type AskKind = keyof Asks;
export type EndState = NonNullable<Asks["settle"]["endState"]>;

const HOUR_MS = 3_600_000;
export const NOWHERE = "01890000-0000-7000-8000-000000000000";

export function pick<Item>(dice: Dice, items: readonly Item[]): Item {
  return items[dice.below(items.length)]!;
}

function amount(dice: Dice, most: number): Micros {
  return micros(BigInt(dice.below(most)));
}

function later(dice: Dice, now: Instant, hours: number): Instant {
  return instant(now + dice.below(hours * HOUR_MS));
}

export const PEOPLE = ["maria", "tom", "li"];
export const PARTITIONS = [null, "cpu", "gpu"] as const;
/** How work ends, here: of few states there is more often a refund rule. */
export const ENDS: readonly EndState[] = ["COMPLETED", "NODE_FAIL", "SPOT_INTERRUPTED"];

/**
 * Makes random asks about what is in the books: mostly sensible, near limits, with what goes wrong in life among it (accounts and reservations that are not there, an
 * attempt charged twice, a refund of too much, another unit).
 */
export function randomAsks(books: Books, dice: Dice, prefix: string) {
  let made = 0;
  /** Ids of holds that were granted, the latest last. */
  const ids: string[] = [NOWHERE];
  /** Numbers, in the books, of what can be refunded. */
  const charged: bigint[] = [0n];

  /** Rather one of the latest: old ones are closed. */
  function recent<Item>(items: readonly Item[]): Item {
    return items[Math.max(0, items.length - 1 - dice.below(dice.below(4) === 0 ? items.length : Math.min(items.length, 60)))]!;
  }

  const head = (kind: AskKind) => `${prefix}:${kind}:${(made += 1)}`;
  const account = () => (dice.below(40) === 0 ? `${prefix}-nowhere` : pick(dice, [...books.accounts.keys()]));
  const unit = (name: string) => (dice.below(60) === 0 ? "SU" : (books.accounts.get(name)?.node.unit ?? "USD"));

  function hold(now: Instant): Asks["hold"] {
    const key = head("hold");
    const name = account();
    return {
      key,
      account: name,
      unit: unit(name),
      amount: amount(dice, 60),
      person: pick(dice, PEOPLE),
      subject: `job:${key}`,
      partition: pick(dice, PARTITIONS),
      expiresAt: dice.below(3) === 0 ? later(dice, now, 4) : null,
      until: dice.below(3) === 0 ? later(dice, now, 48) : null,
      formula: [],
      expected: null,
      request: dice.below(8) === 0 ? "digest" : null,
    };
  }

  /** What a reservation has left, and a little more than fits beside it. */
  function beyond(holdId: string): Micros {
    const held = books.holds.get(holdId);
    const free = (held?.nodes ?? []).map(({ allocated, spent, held: reserved, leased }) => allocated - spent - reserved - leased);
    const fits = free.reduce((least, one) => (one < least ? one : least), 300n);
    return micros((held?.remaining ?? 0n) + (fits > 0n ? fits : 0n) + BigInt(dice.below(30)));
  }

  function settle(now: Instant): Asks["settle"] {
    const holdId = recent(ids);
    return {
      key: head("settle"),
      holdId,
      attempt: 1 + dice.below(3),
      amount: dice.below(10) === 0 ? beyond(holdId) : amount(dice, dice.below(12) === 0 ? 200 : 50),
      final: dice.below(2) === 0,
      frees: dice.below(2) === 0 ? amount(dice, 30) : null,
      figure: "metered",
      at: dice.below(4) === 0 ? instant(now - dice.below(2 * HOUR_MS)) : now,
      note: "",
      endState: dice.below(2) === 0 ? pick(dice, ENDS) : null,
    };
  }

  function release(now: Instant): Asks["release"] {
    return { key: head("release"), holdId: recent(ids), at: now, note: "" };
  }

  function charge(now: Instant): Asks["charge"] {
    const key = head("charge");
    const name = account();
    return {
      key,
      account: name,
      unit: unit(name),
      amount: amount(dice, dice.below(12) === 0 ? 200 : 10),
      person: pick(dice, PEOPLE),
      subject: `bill:${key}`,
      partition: pick(dice, PARTITIONS),
      figure: "billed",
      at: dice.below(4) === 0 ? instant(now - dice.below(2 * HOUR_MS)) : now,
      note: "",
      detail: dice.below(4) === 0 ? { end_state: pick(dice, ENDS) } : null,
    };
  }

  /** `mends` is a number of the books. */
  function adjust(now: Instant): Asks["adjust"] {
    const common = {
      key: head("adjust"),
      mends: recent(charged),
      amount: amount(dice, 40),
      at: now,
      note: "mended",
      approver: "owner",
      by: { person: "owner", source: "test" },
    };
    return dice.below(3) === 0 ? { ...common, kind: "write-off", bearer: account() } : { ...common, kind: "refund" };
  }

  function renew(now: Instant): Asks["renew"] {
    return {
      key: head("renew"),
      holdId: recent(ids),
      amount: dice.below(3) === 0 ? null : amount(dice, 90),
      expiresAt: dice.below(2) === 0 ? later(dice, now, 6) : null,
      until: dice.below(3) === 0 ? later(dice, now, 48) : null,
      at: now,
      note: "",
    };
  }

  return { ids, charged, make: { hold, settle, release, charge, adjust, renew } };
}
