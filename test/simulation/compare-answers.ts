import type { Books, Transaction } from "#budget/model";
import type { Told } from "./clients.ts";

/** Refusals that the ledger keeps under their key: no copy that comes later may be granted. */
const KEPT = new Set([
  "budget.insufficient",
  "budget.overrun",
  "budget.frozen",
  "budget.closed",
  "budget.ended",
  "budget.not-started",
  "budget.crosses-end",
  "budget.quote-other",
  "budget.quote-used",
  "budget.quote-expired",
]);

/** What the ledger writes beside a request: parts of it on other funds, and what policy does with it. */
const BESIDE = /^(?:ledger:(?:loss|lease-charge|advance|extend):|refunded:|fund:\d+:)+/;

/** What the ledger does by itself, and what was there from the beginning. */
const UNASKED = /^(?:open|ledger:award-dates:open|ledger:lease-expire|release|period):/;

/** Everybody was told what the journal says, and the journal says nothing that nobody asked for. */
export function compareAnswers(books: Books, told: readonly Told[], violation: (words: string) => void): void {
  const asked = new Set<string>();
  const besides = byRequest(books);
  for (const one of told) {
    const { key, kind, reply } = one;
    const name = books.keys.has(`http:${key}`) ? `http:${key}` : key;
    asked.add(name);
    const done = books.keys.get(name);
    if (reply === null) violation(`${key} was never answered`);
    else if (reply.kind === "done" && done === undefined) violation(`${key} was said to be done, and is not in the journal`);
    else if (reply.kind === "done") compareDone(one, reply.value, besides.get(name)!, violation);
    else if ((kind === "hold" || kind === "renew" || kind === "lease") && KEPT.has(reply.code) && done !== undefined)
      violation(`${key} was refused, and is in the journal`);
    else if (!reply.code.startsWith("budget.") && !["input.invalid", "value.range"].includes(reply.code)) violation(`${key} was answered ${reply.code}`);
  }
  for (const [name, [{ key, kind }]] of besides) if (kind !== "expire" && !UNASKED.test(name) && !asked.has(name)) violation(`nobody asked for ${key}`);
}

type Transactions = readonly [Transaction, ...Transaction[]];

function byRequest(books: Books): ReadonlyMap<string, Transactions> {
  const found = new Map<string, [Transaction, ...Transaction[]]>();
  for (const done of books.journal) {
    const name = done.key.replace(BESIDE, "");
    const others = found.get(name);
    if (others === undefined) found.set(name, [done]);
    else others.push(done);
  }
  return found;
}

function compareDone({ key, kind, amount }: Told, value: unknown, done: Transactions, violation: (words: string) => void): void {
  const said = value as { amount: bigint; holdId: string; charged: bigint; refunded: bigint };
  if (kind === "lease") {
    const [{ amount: moved }] = done;
    if (amount !== null && moved > amount) violation(`${key} leased ${moved} of the ${amount} that were asked for`);
    if (said.amount !== moved) violation(`${key} was told of another amount than the journal has`);
    return;
  }
  const moved = movedBy(kind, done);
  if (amount !== null && kind !== "renew" && moved !== amount) violation(`${key} moved ${moved} instead of ${amount}`);
  if (kind === "hold" && !done.some(({ holdId }) => holdId === said.holdId)) violation(`${key} was told of another reservation`);
  if (kind === "settle" && said.charged !== moved) violation(`${key} was told that ${said.charged} were charged instead of ${moved}`);
  const refunded = sumOf(done, ["refund"]);
  if (kind === "settle" && said.refunded !== refunded) violation(`${key} was told that ${said.refunded} were given back instead of ${refunded}`);
}

/** A reservation is the sum of its parts; a settlement too, with what was charged to an advance account. */
function movedBy(kind: Told["kind"], done: Transactions): bigint {
  if (kind === "hold") return sumOf(done, ["hold"]);
  return kind === "settle" ? sumOf(done, ["settle", "charge"]) : done[0].amount;
}

function sumOf(done: Transactions, kinds: readonly Transaction["kind"][]): bigint {
  return done.filter(({ kind }) => kinds.includes(kind)).reduce((sum, { amount }) => sum + amount, 0n);
}
