import { afterAll, beforeAll, expect, test } from "vitest";
import { verify } from "#db";
import { addMs, instant, instantToIso, micros, milliseconds, seededRandomness, type Instant, type Micros } from "#kernel";
import { freshDatabase, type FreshDatabase } from "../../test/beds/postgres.ts";
import type { ChargeAsk } from "./charge/charge.ts";
import { postSpending, type Spending } from "./charge/post-spending.ts";
import { decideHold, type Level } from "./decide-hold.ts";
import { ledgerVerifications } from "./index.ts";
import type { HoldAnswer, HoldAsk, ReleaseAnswer, ReleaseAsk, SettleAnswer, SettleAsk } from "./ledger-types.ts";
import { bench, start, type Bench } from "./test-tree.ts";

/*
 * The pure rules against the SQL: the same random batches to both, and every answer and every balance equal. A seed that fails replays exactly.
 */

type Node = { -readonly [Key in keyof Level]: Level[Key] } & { readonly parent: string | null };
type Held = { readonly account: string; readonly path: readonly Node[]; remaining: Micros; charged: Micros; state: "open" | "settled" | "released" };

/** The ledger as its rules say it, in memory. */
class Model {
  readonly nodes = new Map<string, Node>();
  readonly holds = new Map<string, Held>();
  private readonly done = new Map<string, unknown>();
  private readonly attempts = new Set<string>();

  path(account: string): Node[] {
    const node = this.nodes.get(account)!;
    return [...(node.parent === null ? [] : this.path(node.parent)), node];
  }

  hold(ask: HoldAsk, id: string, now: Instant): HoldAnswer {
    return this.once(ask.key, () => {
      if (!this.nodes.has(ask.account))
        return { kind: "refused", code: "budget.account-unknown", account: ask.account, available: micros(0n), asked: ask.amount };
      const path = this.path(ask.account);
      const decision = decideHold(path, ask.amount, now, ask.until ?? null);
      if (decision.kind === "refused")
        return {
          kind: "refused",
          code: decision.code,
          account: decision.level,
          available: decision.available,
          asked: ask.amount,
          ...(decision.date === null ? {} : { date: decision.date }),
        };
      for (const node of path) node.held = micros(node.held + ask.amount);
      this.holds.set(id, { account: ask.account, path, remaining: ask.amount, charged: micros(0n), state: "open" });
      return { kind: "granted", holdId: id, amount: ask.amount, replayed: false };
    });
  }

  settle(ask: SettleAsk): SettleAnswer {
    return this.once(ask.key, () => {
      const held = this.holds.get(ask.holdId);
      if (held === undefined) return { kind: "refused", code: "budget.hold-unknown" };
      if (held.state === "released") return { kind: "refused", code: "budget.hold-closed" };
      if (this.attempts.has(`${ask.holdId} ${ask.attempt}`)) return { kind: "refused", code: "budget.attempt-charged" };
      this.attempts.add(`${ask.holdId} ${ask.attempt}`);
      const frees = ask.final ? held.remaining : (ask.frees ?? micros(0n));
      const { taken, returned, overrun } = spend(held.path, held.remaining, ask.amount, frees);
      held.remaining = micros(held.remaining - taken - returned);
      held.charged = micros(held.charged + ask.amount);
      if (ask.final) held.state = "settled";
      return { kind: "settled", charged: ask.amount, returned, overrun, replayed: false };
    });
  }

  /** Gives the answer without the number of its transaction. */
  charge(ask: ChargeAsk): unknown {
    return this.once(ask.key, () => {
      if (!this.nodes.has(ask.account)) return { kind: "refused", code: "budget.account-unknown", account: ask.account };
      const { overrun } = spend(this.path(ask.account), micros(0n), ask.amount, micros(0n));
      return { kind: "charged", charged: ask.amount, overrun, replayed: false };
    });
  }

  release(ask: ReleaseAsk): ReleaseAnswer {
    return this.once(ask.key, () => {
      const held = this.holds.get(ask.holdId);
      if (held === undefined) return { kind: "refused", code: "budget.hold-unknown" };
      if (held.state !== "open") return { kind: "refused", code: "budget.hold-closed" };
      const returned = held.remaining;
      for (const node of held.path) node.held = micros(node.held - returned);
      held.remaining = micros(0n);
      held.state = held.charged > 0n ? "settled" : "released";
      return { kind: "released", returned, replayed: false };
    });
  }

  /** An answer that moved money or was a decision is kept under its key. */
  private once<Answer extends { kind: string; code?: string }>(key: string, work: () => Answer): Answer {
    const before = this.done.get(key) as Answer | undefined;
    if (before !== undefined) return "replayed" in before ? { ...before, replayed: true } : before;
    const answer = work();
    const kept =
      answer.kind !== "refused" ||
      (answer.code !== "budget.account-unknown" && !answer.code!.startsWith("budget.hold-") && answer.code !== "budget.attempt-charged");
    if (kept) this.done.set(key, answer);
    return answer;
  }
}

function spend(path: readonly Node[], reserved: Micros, amount: Micros, frees: Micros): Spending {
  const spending = postSpending(path, reserved, amount, frees);
  for (const [index, node] of path.entries()) {
    node.held = micros(node.held - spending.taken - spending.returned);
    node.spent = micros(node.spent + amount);
    node.overrun = micros(node.overrun + spending.overruns[index]!);
  }
  return spending;
}

let bed: FreshDatabase;
let b: Bench;
beforeAll(async () => {
  bed = await freshDatabase();
  b = bench(bed.db);
});
afterAll(() => bed.drop());

test.each([1, 2, 3, 4, 5, 6, 7, 8])("the rules and the SQL give the same answers to the same random work (seed %i)", async (seed) => {
  const dice = seededRandomness(seed * 7919);
  const model = new Model();
  await openRandomTree(model, dice, seed);
  const ids: string[] = ["01890000-0000-7000-8000-000000000000"];
  const asked: { holds: HoldAsk[]; settles: SettleAsk[]; releases: ReleaseAsk[]; charges: ChargeAsk[] } = {
    holds: [],
    settles: [],
    releases: [],
    charges: [],
  };
  for (let round = 0; round < 40; round += 1) {
    const count = 1 + dice.below(12);
    switch (dice.below(5)) {
      case 0:
      case 1: {
        const batch = Array.from({ length: count }, () => again(dice, asked.holds) ?? randomHold(model, dice, seed, asked.holds));
        const answers = await b.ledger.holdMany(batch);
        for (const [index, ask] of batch.entries()) {
          const answer = answers[index]!;
          const id = answer.kind === "granted" ? answer.holdId : "refused";
          if (answer.kind === "granted" && !answer.replayed) ids.push(id);
          expect(answer, `seed ${seed} round ${round} ask ${index}`).toEqual(model.hold(ask, id, start));
        }
        break;
      }
      case 2: {
        const batch = Array.from({ length: count }, () => again(dice, asked.settles) ?? randomSettle(dice, seed, ids, asked.settles));
        const answers = await b.ledger.settleMany(batch);
        expect(answers, `seed ${seed} round ${round}`).toEqual(batch.map((ask) => model.settle(ask)));
        break;
      }
      case 3: {
        const batch = Array.from({ length: Math.ceil(count / 2) }, () => again(dice, asked.charges) ?? randomCharge(model, dice, seed, asked.charges));
        const answers = (await b.ledger.chargeMany(batch)).map((answer) => {
          if (answer.kind === "refused") return answer;
          const { number, ...rest } = answer;
          expect(number).toBeGreaterThan(1024n);
          return rest;
        });
        expect(answers, `seed ${seed} round ${round}`).toEqual(batch.map((ask) => model.charge(ask)));
        break;
      }
      default: {
        const batch = Array.from({ length: Math.ceil(count / 4) }, () => again(dice, asked.releases) ?? randomRelease(dice, seed, ids, asked.releases));
        const answers = await b.ledger.releaseMany(batch);
        expect(answers, `seed ${seed} round ${round}`).toEqual(batch.map((ask) => model.release(ask)));
      }
    }
  }
  for (const node of model.nodes.values()) {
    const { allocated, overrun, spent, held, leased } = await b.accounts.get(node.name);
    expect({ allocated, overrun, spent, held, leased }, node.name).toEqual({
      allocated: node.allocated,
      overrun: node.overrun,
      spent: node.spent,
      held: node.held,
      leased: node.leased,
    });
  }
  const results = await verify(bed.db, ledgerVerifications());
  expect(results.flatMap(({ faults }) => faults)).toEqual([]);
});

type Dice = ReturnType<typeof seededRandomness>;

/** Up to four levels with small limits, so that most batches are near one; some nodes frozen or with dates. */
async function openRandomTree(model: Model, dice: Dice, seed: number): Promise<void> {
  const kinds = ["institution", "department", "project", "person"] as const;
  const names: string[] = [];
  for (let index = 0; index < 8; index += 1) {
    const parents = names.filter((name) => model.path(name).length < 4);
    const parent = index === 0 ? null : parents[dice.below(parents.length)]!;
    const name = `m${seed}-${index}`;
    const allocated = micros(BigInt(parent === null ? 400 : 20 + dice.below(200)));
    const endsAt = dice.below(4) === 0 ? addMs(start, milliseconds(3_600_000)) : null;
    await b.accounts.create(
      { name, title: null, kind: kinds[parent === null ? 0 : model.path(parent).length]!, parent, allocated, startsAt: null, endsAt },
      "owner",
      `open:${name}`,
    );
    const status = index > 0 && dice.below(8) === 0 ? "frozen" : "open";
    if (status === "frozen")
      await bed.db.query("select headgate.change_account($1, $2, 'frozen', null, $3, 'owner', 'test', '', now())", [
        `freeze:${name}`,
        name,
        endsAt === null ? null : instantToIso(endsAt),
      ]);
    const zero = micros(0n);
    model.nodes.set(name, { name, parent, status, startsAt: null, endsAt, allocated, overrun: zero, spent: zero, held: zero, leased: zero });
    names.push(name);
  }
}

/** Now and then an ask that was made before, under its key. */
function again<Ask>(dice: Dice, asked: readonly Ask[]): Ask | undefined {
  return asked.length > 0 && dice.below(6) === 0 ? asked[dice.below(asked.length)] : undefined;
}

function randomHold(model: Model, dice: Dice, seed: number, asked: HoldAsk[]): HoldAsk {
  const number = asked.length;
  const names = [...model.nodes.keys(), `m${seed}-nowhere`];
  const ask: HoldAsk = {
    key: `m${seed}:hold:${number}`,
    account: names[dice.below(names.length)]!,
    amount: micros(BigInt(dice.below(60))),
    person: "maria",
    subject: `job:${number}`,
    expiresAt: null,
    formula: [],
    expected: null,
    until: dice.below(3) === 0 ? instant(start + dice.below(7_200_000)) : null,
  };
  asked.push(ask);
  return ask;
}

function randomSettle(dice: Dice, seed: number, ids: readonly string[], asked: SettleAsk[]): SettleAsk {
  const ask: SettleAsk = {
    key: `m${seed}:settle:${asked.length}`,
    holdId: ids[dice.below(ids.length)]!,
    attempt: 1 + dice.below(3),
    amount: micros(BigInt(dice.below(dice.below(5) === 0 ? 300 : 50))),
    final: dice.below(2) === 0,
    frees: dice.below(2) === 0 ? micros(BigInt(dice.below(30))) : null,
    figure: "metered",
    at: start,
    note: "",
  };
  asked.push(ask);
  return ask;
}

function randomCharge(model: Model, dice: Dice, seed: number, asked: ChargeAsk[]): ChargeAsk {
  const names = [...model.nodes.keys(), `m${seed}-nowhere`];
  const ask: ChargeAsk = {
    key: `m${seed}:charge:${asked.length}`,
    account: names[dice.below(names.length)]!,
    amount: micros(BigInt(dice.below(dice.below(5) === 0 ? 300 : 20))),
    person: "maria",
    subject: `bill:${asked.length}`,
    figure: "billed",
    at: start,
    note: "",
  };
  asked.push(ask);
  return ask;
}

function randomRelease(dice: Dice, seed: number, ids: readonly string[], asked: ReleaseAsk[]): ReleaseAsk {
  const ask: ReleaseAsk = { key: `m${seed}:release:${asked.length}`, holdId: ids[dice.below(ids.length)]!, at: start, note: "" };
  asked.push(ask);
  return ask;
}
