import { openLease, renewLease, returnLease, settleLease, type Books } from "#budget/model";
import type { Database } from "#db";
import { instant, instantToIso, micros, type Instant } from "#kernel";
import { NOWHERE, PARTITIONS, PEOPLE, pick, type Dice } from "./random-asks.ts";
import { asRefused } from "./random-changes.ts";

/** A movement of a lease, to be made on both sides: `real` in SQL, `model` in the books. */
export type LeaseMove = { readonly name: string; readonly real: readonly unknown[]; readonly model: (books: Books) => object };

const HOUR_MS = 3_600_000;
const BY = ["owner", "test"];

/** Makes random movements of leases: mostly sensible, some of leases that are over or not there, some again, some of something else under a key that was used. */
export function randomLeases(books: Books, dice: Dice, seed: number) {
  const prefix = `l${seed}`;
  const ids: string[] = [NOWHERE];
  const made: LeaseMove[] = [];

  const lease = () => ids[Math.max(0, ids.length - 1 - dice.below(12))]!;
  const uuid = () => `01890000-0000-7000-8000-${(seed * 1_000_000 + made.length + 1).toString(16).padStart(12, "0")}`;
  const key = () => (made.length > 0 && dice.below(25) === 0 ? String(pick(dice, made).real[0]) : `${prefix}:${made.length}`);

  function next(now: Instant): LeaseMove {
    if (made.length > 0 && dice.below(7) === 0) return { ...pick(dice, made) };
    const move = fresh(key(), now);
    made.push(move);
    return move;
  }

  function fresh(by: string, now: Instant): LeaseMove {
    const expiresAt = instant(now + 1 + dice.below(3 * HOUR_MS));
    const iso = instantToIso(now);
    const roll = dice.below(10);
    if (roll < 3) {
      const account = dice.below(40) === 0 ? `${prefix}-nowhere` : pick(dice, [...books.accounts.keys()]);
      const [id, amount] = [uuid(), micros(BigInt(1 + dice.below(120)))];
      ids.push(id);
      const ask = { key: by, id, account, amount, expiresAt, person: "owner" };
      return { name: "lease_open", real: [by, id, account, amount, instantToIso(expiresAt), ...BY, "gate", iso], model: (b) => openLease(b, ask, now) };
    }
    const id = lease();
    if (roll < 5) {
      const returns = micros(BigInt(dice.below(40)));
      const ask = { key: by, id, returns, expiresAt, person: "owner" };
      return { name: "lease_renew", real: [by, id, returns, instantToIso(expiresAt), ...BY, "renewed", iso], model: (b) => renewLease(b, ask) };
    }
    if (roll === 5) return { name: "lease_return", real: [by, id, false, ...BY, "over", iso], model: (b) => returnLease(b, { key: by, id, person: "owner" }) };
    const [reserved, cost] = [micros(BigInt(dice.below(30))), micros(BigInt(dice.below(dice.below(10) === 0 ? 150 : 25)))];
    const ask = { key: by, id, reserved, cost, person: pick(dice, PEOPLE), subject: `work:${by}`, partition: pick(dice, PARTITIONS) };
    const real = [by, id, reserved, cost, ask.person, ask.subject, ask.partition, "metered", iso, ...BY, "ended", iso];
    return { name: "lease_settle", real, model: (b) => settleLease(b, ask) };
  }

  return { next };
}

/** Makes the movement in SQL; the answer as the model gives it. */
export async function moveLease(db: Database, { name, real }: LeaseMove): Promise<object> {
  try {
    const [row] = await db.query<Record<string, unknown>>(`select * from headgate.${name}(${real.map((_, index) => `$${index + 1}`).join(", ")})`, real);
    const { code, account, available, expires_at: expiresAt, number: _number, ...moved } = row!;
    return code === null ? { kind: "moved", ...moved, expiresAt } : { kind: "refused", code, account: account ?? "", available: available ?? 0n };
  } catch (error) {
    return asRefused(error);
  }
}
