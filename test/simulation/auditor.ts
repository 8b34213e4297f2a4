import type { Books, Entry, Node, Transaction } from "#budget/model";

/*
 * Looks at the journal from outside and adds everything up by itself: it uses none of the rules by which the books are kept, so that a fault in them does not hide itself.
 */

type Sums = { allocated: bigint; overrun: bigint; spent: bigint; held: bigint; leased: bigint };
type LeaseSums = { left: bigint; isClosed: boolean };
type HoldSums = { reserved: bigint; charged: bigint; isClosed: boolean; isReleased: boolean };

export type Auditor = {
  /** Reads what the journal has more than at the last time. */
  readOn(): void;
  /** The cached balances and reservations against what the journal adds up to. */
  compare(): void;
  /** Nothing may be reserved any more. */
  expectClosed(): void;
};

export function openAuditor(books: Books, violation: (words: string) => void): Auditor {
  const sums = new Map<Node, Sums>();
  const holds = new Map<string, HoldSums>();
  const leases = new Map<string, LeaseSums>();
  const followLease = leaseAuditor(leases, books, once, violation);
  const followRefund = refundAuditor(violation);
  const followAward = awardAuditor(books, once, violation);
  const keys = new Set<string>();
  const onceOnly = new Set<string>();
  let given = 0n;
  let read = 0;

  const sumsOf = (node: Node): Sums => {
    const found = sums.get(node) ?? { allocated: 0n, overrun: 0n, spent: 0n, held: 0n, leased: 0n };
    sums.set(node, found);
    return found;
  };

  function once(words: string): void {
    if (onceOnly.has(words)) violation(`twice: ${words}`);
    onceOnly.add(words);
  }

  function apply({ from, to, out, into, amount }: Entry, nodes: readonly Node[]): void {
    if (amount <= 0n) violation("an entry moves nothing");
    if (from !== to) {
      if (from === "outside") given += amount;
      else sumsOf(from).allocated -= amount;
      if (to === "outside") given -= amount;
      else sumsOf(to).allocated += amount;
      return;
    }
    for (const node of nodes) {
      const sum = sumsOf(node);
      if (out !== "free" && out !== "overrun") sum[out] -= amount;
      if (into !== "free" && into !== "overrun") sum[into] += amount;
    }
    if (from === "outside") return;
    if (out === "overrun") sumsOf(from).overrun += amount;
    if (into === "overrun") sumsOf(from).overrun -= amount;
  }

  function checkLimits(transaction: Transaction): void {
    const isCommitment =
      transaction.kind === "hold" ||
      transaction.kind === "lease-open" ||
      ((transaction.kind === "renew" || transaction.kind === "reprice") && transaction.amount > 0n);
    for (const node of transaction.nodes) {
      const { allocated, overrun, spent, held, leased } = sumsOf(node);
      const committed = spent + held + leased;
      if (spent < 0n || held < 0n || leased < 0n || overrun < 0n || allocated < 0n)
        violation(`${node.name} has less than nothing in a pocket after ${transaction.key}`);
      if (committed > allocated + overrun) violation(`${node.name} has ${committed} of ${allocated} committed without overrun after ${transaction.key}`);
      if (transaction.kind === "lease-open" && leased * 4n > allocated - spent - held)
        violation(`${node.name} has ${leased} leased, more than a quarter of what is free, after ${transaction.key}`);
      if (isCommitment && (committed > allocated || overrun > 0n)) violation(`${node.name} took the new commitment ${transaction.key} above its limit`);
    }
  }

  function followHold(transaction: Transaction): void {
    const { kind, holdId, key } = transaction;
    if (kind === "hold") {
      // Out of several funds it is one reservation in each of them.
      const [, part = "1"] = /^fund:(\d+):/.exec(key) ?? [];
      once(`hold for ${transaction.subject}, part ${part}`);
      holds.set(holdId!, { reserved: transaction.amount, charged: 0n, isClosed: false, isReleased: false });
      return;
    }
    if (kind === "charge" && !key.startsWith("ledger:")) once(`charge for ${transaction.subject}`);
    const hold = holdId === null ? undefined : holds.get(holdId);
    if (hold === undefined) return;
    for (const { out, into, amount } of transaction.entries) hold.reserved += into === "held" ? amount : out === "held" ? -amount : 0n;
    if (hold.reserved < 0n) violation(`${key} takes more out of a reservation than there is`);
    if (kind === "release" || kind === "expire") {
      if (hold.isClosed) violation(`${key} ends a reservation that had ended`);
      hold.isReleased = kind === "release" && hold.charged === 0n;
    }
    if (kind === "settle") {
      once(`charge for attempt ${transaction.attempt} of ${holdId}`);
      if (hold.isReleased) violation(`${key} charges a reservation that was released`);
      hold.charged += transaction.amount;
    }
    if (kind === "release" || kind === "expire" || (kind === "settle" && transaction.final === true)) hold.isClosed = true;
    if (hold.isClosed && hold.reserved !== 0n) violation(`${key} ends a reservation and leaves ${hold.reserved} of it`);
  }

  function readOn(): void {
    for (; read < books.journal.length; read += 1) {
      const transaction = books.journal[read]!;
      if (keys.has(transaction.key)) violation(`the key ${transaction.key} is in the journal twice`);
      keys.add(transaction.key);
      for (const entry of transaction.entries) apply(entry, transaction.nodes);
      checkLimits(transaction);
      followHold(transaction);
      followLease(transaction);
      followRefund(transaction);
      followAward(transaction);
    }
  }

  function compare(): void {
    let allocated = 0n;
    for (const node of books.nodes) {
      const sum = sumsOf(node);
      allocated += sum.allocated;
      for (const pocket of ["allocated", "overrun", "spent", "held", "leased"] as const)
        if (node[pocket] !== sum[pocket]) violation(`${node.name} has ${node[pocket]} ${pocket}, its entries add up to ${sum[pocket]}`);
    }
    if (allocated !== given) violation(`${given} was given from outside, and ${allocated} is there`);
    for (const { id, remaining, state } of books.leases.values()) {
      const sum = leases.get(id);
      if (sum?.left !== remaining || sum.isClosed !== (state !== "open"))
        violation(`lease ${id} is ${state} with ${remaining} left; the journal says ${sum?.left}`);
    }
    for (const hold of books.holds.values()) {
      const sum = holds.get(hold.id);
      if (sum === undefined) violation(`reservation ${hold.id} is not in the journal`);
      else if (sum.reserved !== hold.remaining || sum.charged !== hold.charged || sum.isClosed !== (hold.state !== "open"))
        violation(
          `reservation ${hold.id} is ${hold.state} with ${hold.remaining} left and ${hold.charged} charged; the journal says ${sum.reserved} and ${sum.charged}`,
        );
    }
  }

  function expectClosed(): void {
    for (const hold of books.holds.values()) if (hold.state === "open") violation(`reservation ${hold.id} never ended`);
    for (const { id, state } of books.leases.values()) if (state === "open") violation(`lease ${id} never ended`);
    for (const node of books.nodes) {
      const { held, leased } = sumsOf(node);
      if (held !== 0n || leased !== 0n) violation(`${node.name} still holds ${held} and leases ${leased}`);
    }
  }

  return { readOn, compare, expectClosed };
}

/** No award gives more than its total, and no part and no period is done twice. */
function awardAuditor(books: Books, once: (words: string) => void, violation: (words: string) => void): (transaction: Transaction) => void {
  const released = new Map<string, bigint>();
  return ({ kind, key, amount }) => {
    const [, word, number = "", ordinal] = /^(release|period):([^:]+):(\d+)/.exec(key) ?? [];
    if (word === undefined) return;
    once(`${word} ${ordinal} of award ${number}`);
    if (kind === "period" && amount < 0n) violation(`${key} takes back less than nothing`);
    if (kind !== "allocate") return;
    const sum = (released.get(number) ?? 0n) + amount;
    released.set(number, sum);
    if (sum > books.awards.get(number)!.total) violation(`${key} releases more than the award has`);
  };
}

/** Nobody is given back more than a charge was. */
function refundAuditor(violation: (words: string) => void): (transaction: Transaction) => void {
  /** What was not given back of a charge. */
  const charges = new Map<bigint, bigint>();
  return ({ number, kind, key, mends, amount }) => {
    if (kind === "settle" || kind === "charge") charges.set(number, amount);
    if (mends === null) return;
    const left = (charges.get(mends) ?? 0n) - amount;
    charges.set(mends, left);
    if (left < 0n) violation(`${key} gives back ${-left} more than was charged`);
  };
}

/** No lease gives more than it has, and what has ended stays so. */
function leaseAuditor(
  leases: Map<string, LeaseSums>,
  books: Books,
  once: (words: string) => void,
  violation: (words: string) => void,
): (transaction: Transaction) => void {
  return ({ kind, leaseId, key, amount }) => {
    if (leaseId === null) return;
    if (kind === "lease-open") {
      once(`lease ${leaseId}`);
      leases.set(leaseId, { left: amount, isClosed: false });
      return;
    }
    const lease = leases.get(leaseId);
    if (lease === undefined) return violation(`${key} moves a lease that was never opened`);
    lease.left -= amount;
    if (lease.left < 0n) violation(`${key} takes more out of a lease than there is`);
    if (lease.isClosed && kind !== "lease-settle") violation(`${key} moves a lease that had ended`);
    if (kind === "lease-settle" && !books.keys.has(`ledger:lease-charge:${key}`)) violation(`${key} settles without a charge`);
    if (kind !== "lease-return") return;
    lease.isClosed = true;
    if (lease.left !== 0n) violation(`${key} ends a lease and leaves ${lease.left} of it`);
  };
}
