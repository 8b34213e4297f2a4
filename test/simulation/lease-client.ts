import type { Instant, Micros } from "#kernel";
import type { Told } from "./clients.ts";
import type { Reply, Request } from "./cluster.ts";
import { pick, type Dice } from "./random-asks.ts";

type Client = {
  readonly ask: (kind: Told["kind"], key: string, amount: Micros | null, request: Request) => Promise<Reply>;
  readonly money: (most: number) => Micros;
  readonly soon: (minutes: number) => Instant;
  readonly dice: Dice;
  readonly accounts: readonly string[];
};

const OWNER = { name: "owner", admin: true };

/** A gate sets money aside, grants work out of it by itself, and renews, gives back or dies. */
export async function leaseWork({ ask, money, soon, dice, accounts }: Client, name: string): Promise<void> {
  const terms = { account: pick(dice, accounts), amount: money(400), expiresAt: soon(60), reason: "gate" };
  const opened = await ask("lease", `${name}:lease`, terms.amount, (budget) => budget.openLease(OWNER, terms, `${name}:lease`));
  if (opened.kind === "refused") return;
  const { id, amount } = opened.value as { id: string; amount: Micros };
  const ends: Promise<Reply>[] = [];
  for (let turn = 1 + dice.below(4); turn > 0; turn -= 1) {
    const reserved = money(Number(amount));
    const work = { id, reserved, cost: money(Number(reserved) + 3), person: "maria", subject: `work:${name}:${turn}`, partition: pick(dice, [null, "gpu"]) };
    const key = `${name}:work:${turn}`;
    ends.push(ask("lease", key, null, (budget) => budget.settleLease(OWNER, { ...work, figure: "metered", at: undefined, note: "" }, key)));
    if (dice.below(2) === 0) await ends.at(-1);
    if (dice.below(3) !== 0) continue;
    const [renewal, asked] = [`${name}:renew:${turn}`, { id, returns: money(20), expiresAt: soon(90), reason: "renewed" }];
    await ask("lease", renewal, null, (budget) => budget.renewLease(OWNER, asked, renewal));
  }
  if (dice.below(3) === 0) await ask("lease", `${name}:return`, null, (budget) => budget.returnLease(OWNER, { id, reason: "over" }, `${name}:return`));
  await Promise.all(ends);
}
