import { instant, micros, type Instant, type Micros } from "#kernel";
import type { Cluster, Reply, Request } from "./cluster.ts";
import { awardWork } from "./award-client.ts";
import { leaseWork } from "./lease-client.ts";
import { policyWork, quoteWork } from "./policy-client.ts";
import { ENDS, pick, type Dice } from "./random-asks.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** What a client asked for under a key, and what it was told in the end. */
export type Told = {
  readonly key: string;
  readonly kind: "hold" | "settle" | "release" | "renew" | "charge" | "adjust" | "change" | "lease";
  readonly amount: Micros | null;
  reply: Reply | null;
};

const TIMEOUT_MS = 4_000;
const CALLERS = 24;
const ADMINISTRATORS = 4;
const PERSON = { name: "maria", admin: true };
const OWNER = { name: "owner", admin: true };

export type Clients = { readonly told: readonly Told[]; isOver(): boolean };

/** People and machines that do what is done to a budget, each one thing after the other, and try again with the same key until they are told. */
export function startClients(time: VirtualTime, dice: Dice, cluster: Cluster, accounts: readonly string[], start: number, requests: number): Clients {
  const told: Told[] = [];
  let running = 0;

  function ask(kind: Told["kind"], key: string, amount: Micros | null, request: Request): Promise<Reply> {
    const record: Told = { key, kind, amount, reply: null };
    told.push(record);
    return new Promise((resolve) => {
      const settle = (reply: Reply) => {
        if (record.reply !== null) return;
        record.reply = reply;
        resolve(reply);
      };
      const attempt = (waitMs: number) => {
        if (record.reply !== null) return;
        let isOpen = true;
        const again = () => {
          if (!isOpen) return;
          isOpen = false;
          time.after(dice.below(waitMs), () => attempt(Math.min(60_000, waitMs * 2)));
        };
        cluster.send(request, (reply) => (reply === "again" ? again() : settle(reply)));
        time.after(TIMEOUT_MS, again);
      };
      attempt(500);
    });
  }

  const money = (most: number) => micros(BigInt(1 + dice.below(most)));
  const soon = (minutes: number): Instant => instant(start + Math.floor(time.now()) + 1 + dice.below(minutes * 60_000));

  async function job(name: string): Promise<void> {
    const account = pick(dice, accounts);
    const amount = money(60);
    const terms = {
      account,
      amount,
      unit: "USD" as const,
      subject: `job:${name}`,
      partition: pick(dice, [null, "gpu"]),
      expiresAt: dice.below(3) === 0 ? soon(40) : null,
      until: dice.below(4) === 0 ? soon(180) : null,
      formula: [],
      expected: null,
    };
    const held = await ask("hold", `${name}:hold`, amount, (budget) => budget.placeHold(PERSON, terms, `${name}:hold`));
    if (held.kind === "refused") return;
    const { holdId } = held.value as { holdId: string };
    await time.pause(dice.below(60_000));
    if (dice.below(5) === 0) await renew(name, holdId);
    // Somebody cancels, and the end of the job is reported all the same; or it never ends, and its time runs out.
    const fate = dice.below(6);
    if (fate === 0)
      await ask("release", `${name}:release`, null, (budget) => budget.releaseHold(PERSON, { holdId, at: undefined, note: "" }, `${name}:release`));
    else if (terms.expiresAt !== null && fate === 1) return;
    const attempts = 1 + dice.below(3);
    const ends: Promise<Reply>[] = [];
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      ends.push(settle(`${name}:settle:${attempt}`, holdId, attempt, attempt === attempts));
      // The same end is told twice, by two who do not know of each other: under another key.
      if (dice.below(8) === 0) ends.push(settle(`${name}:settle-again:${attempt}`, holdId, attempt, attempt === attempts));
      if (dice.below(2) === 0) await ends.at(-1);
    }
    await Promise.all(ends);
    // Nothing stays open because its last end was refused.
    await ask("release", `${name}:sure`, null, (budget) => budget.releaseHold(PERSON, { holdId, at: undefined, note: "" }, `${name}:sure`));
  }

  function settle(key: string, holdId: string, attempt: number, final: boolean): Promise<Reply> {
    const amount = money(dice.below(10) === 0 ? 150 : 30);
    const endState = dice.below(2) === 0 ? pick(dice, ENDS) : null;
    const terms = { holdId, attempt, amount, final, figure: "metered" as const, at: undefined, note: "", endState };
    return ask("settle", key, amount, (budget) => budget.settleHold(PERSON, terms, key));
  }

  async function renew(name: string, holdId: string): Promise<void> {
    const terms = { holdId, amount: dice.below(3) === 0 ? null : money(90), expiresAt: dice.below(2) === 0 ? soon(90) : null, until: null, note: "" };
    await ask("renew", `${name}:renew`, terms.amount, (budget) => budget.renewHold(OWNER, terms, `${name}:renew`));
  }

  async function bill(name: string): Promise<void> {
    const amount = money(dice.below(10) === 0 ? 150 : 12);
    const terms = {
      account: pick(dice, accounts),
      amount,
      unit: "USD" as const,
      subject: `bill:${name}`,
      person: "maria",
      partition: null,
      figure: "billed" as const,
    };
    const charged = await ask("charge", `${name}:charge`, amount, (budget) =>
      budget.charge(OWNER, { ...terms, at: undefined, note: "", detail: null }, `${name}:charge`),
    );
    if (charged.kind === "refused" || dice.below(2) === 0) return;
    const mends = (charged.value as { number: bigint }).number;
    const back = money(Number(amount) + 2);
    const common = { mends, amount: back, at: undefined, note: "mended", approver: "owner" };
    const terms2 = dice.below(3) === 0 ? { ...common, kind: "write-off" as const, bearer: pick(dice, accounts) } : { ...common, kind: "refund" as const };
    await ask("adjust", `${name}:adjust`, back, (budget) => budget.adjust(OWNER, terms2, `${name}:adjust`));
  }

  async function administer(name: string): Promise<void> {
    const [account, to] = [pick(dice, accounts), pick(dice, accounts)];
    const amount = money(dice.below(2) === 0 ? 2_000 : 100);
    const reason = "decided";
    const change = (request: Request) => ask("change", name, null, request);
    // Thrown here and not in the request: what is sent again is the same.
    const [roll, through] = [dice.below(16), dice.below(2) === 0];
    if (roll === 0) await change((budget) => budget.cut(OWNER, { account, amount: micros(amount / 8n + 1n), reason }, name));
    else if (roll <= 2) await change((budget) => budget.transfer(OWNER, { from: account, to, amount, reason }, name));
    else if (roll <= 4) await change((budget) => budget.absorb(OWNER, { account, reason }, name));
    else if (roll === 5)
      await change((budget) => budget.setLimit(OWNER, { account, scope: "person", subject: "maria", amount: micros(amount + 500n), reason }, name));
    else if (roll <= 7) {
      const terms = {
        account,
        status: dice.below(4) === 0 ? ("frozen" as const) : ("open" as const),
        startsAt: null,
        endsAt: dice.below(3) === 0 ? soon(240) : null,
        reason,
      };
      await change((budget) => budget.changeAccount(OWNER, terms, name));
    } else await change((budget) => budget.allocate(OWNER, { account, amount, through, reason }, name));
  }

  async function live(caller: number): Promise<void> {
    for (let turn = 0; told.length < requests; turn += 1) {
      const name = `c${caller}-${turn}`;
      await time.pause(dice.below(20_000));
      if (caller < ADMINISTRATORS && dice.below(8) === 0) await awardWork(ask, dice, start, name);
      else if (caller < ADMINISTRATORS && dice.below(6) === 0) await policyWork({ ask, dice, accounts, money }, name);
      else if (caller < ADMINISTRATORS) await administer(name);
      else if (dice.below(4) === 0) await bill(name);
      else if (dice.below(9) === 0) await quoteWork({ ask, dice, accounts, money }, name);
      else if (dice.below(8) === 0) await leaseWork({ ask, money, soon, dice, accounts }, name);
      else await job(name);
    }
    running -= 1;
  }

  for (let caller = 0; caller < CALLERS; caller += 1) {
    running += 1;
    void live(caller);
  }
  return { told, isOver: () => running === 0 };
}
