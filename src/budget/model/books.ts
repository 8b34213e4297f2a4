import { invariant, micros, ZERO_MICROS, type Instant, type Micros, type MoneyUnit, type ProblemCode } from "#kernel";
import type { Level } from "../decide-hold.ts";
import type { FundPlan } from "../fund/fund.ts";
import type { HoldAsk } from "../ledger-types.ts";
import type { LeaseAnswer } from "../lease/lease.ts";
import type { Exemption, ExemptUse } from "../exempt/exempt.ts";
import type { EndState } from "../refund/contract.ts";
import type { RefundRule } from "../refund/refund.ts";
import type { Award } from "./award-rules.ts";

/*
 * The ledger as its rules say it, in memory: the reference that the SQL is compared with, and that stands for PostgreSQL in the simulator. It has no clock, no batches, no
 * locks and no retries: one request after the other, each done or refused as a whole.
 */

export type Pocket = "free" | "held" | "leased" | "spent" | "overrun";

/** A node of the tree as it stands: an account, or a limit inside one. Ids ascend along every path, as in SQL. */
export type Node = { -readonly [Key in keyof Level]: Level[Key] } & { readonly id: number; readonly unit: MoneyUnit };

export type Account = {
  readonly node: Node;
  readonly parent: string | null;
  /** From the root to the account itself. */
  readonly path: readonly Node[];
  readonly limits: Map<string, Node>;
  /** Whether it is spent at risk, before an award. */
  readonly isAdvance: boolean;
};

/** What happens to a settlement that goes beyond its reservation and does not fit. */
export type OverrunPolicy =
  | { readonly policy: "leave" | "extend" | "inherit"; readonly advance: null }
  | { readonly policy: "advance"; readonly advance: string };

export type Quote = {
  readonly id: string;
  readonly account: string;
  readonly unit: MoneyUnit;
  readonly amount: Micros;
  readonly formula: HoldAsk["formula"];
  readonly madeAt: Instant;
  readonly validUntil: Instant;
  holdId: string | null;
  usedAt: Instant | null;
};

export type Hold = {
  readonly id: string;
  readonly account: string;
  readonly nodes: readonly Node[];
  readonly unit: MoneyUnit;
  readonly person: string;
  readonly subject: string;
  amount: Micros;
  remaining: Micros;
  charged: Micros;
  state: "open" | "settled" | "released" | "expired";
  expiresAt: Instant | null;
};

export type Leased = {
  readonly id: string;
  readonly account: string;
  /** The path of its account. */
  readonly nodes: readonly Node[];
  readonly amount: Micros;
  remaining: Micros;
  recall: Micros;
  state: "open" | "returned" | "expired";
  expiresAt: Instant;
};

/** Money taken out of a pocket of a node and put into another. `outside` is where allocations come from. */
export type Entry = { readonly from: Node | "outside"; readonly out: Pocket; readonly to: Node | "outside"; readonly into: Pocket; readonly amount: Micros };

export type Transaction = {
  readonly number: bigint;
  readonly kind:
    | "open"
    | "status"
    | "policy"
    | "quote"
    | "allocate"
    | "cut"
    | "transfer"
    | "absorb"
    | "limit"
    | "hold"
    | "renew"
    | "reprice"
    | "settle"
    | "release"
    | "expire"
    | "charge"
    | "refund"
    | "write-off"
    | "award"
    | "period"
    | "lease-open"
    | "lease-renew"
    | "lease-settle"
    | "lease-return";
  readonly key: string;
  readonly account: string;
  readonly unit: MoneyUnit;
  readonly nodes: readonly Node[];
  readonly amount: Micros;
  readonly returned: Micros;
  readonly overrun: Micros;
  readonly holdId: string | null;
  readonly leaseId: string | null;
  readonly mends: bigint | null;
  readonly attempt: number | null;
  readonly final: boolean | null;
  /** How the work of a charge ended. */
  readonly endState: EndState | null;
  /** The quote that was made, or used. */
  readonly quote: string | null;
  readonly person: string;
  readonly subject: string | null;
  readonly expiresAt: Instant | null;
  /** From when money that came to an account counts. */
  readonly at: Instant | null;
  /** What a changed reservation came to. */
  readonly total: Micros;
  /** What else has to be the same when the key comes again. */
  readonly request: string | null;
  readonly entries: readonly Entry[];
};

export type Refusal = {
  readonly account: string;
  readonly person: string;
  readonly subject: string;
  readonly asked: Micros | null;
  readonly request: string | null;
  readonly code: ProblemCode;
  readonly level: string;
  readonly available: Micros;
};

export type Books = {
  readonly accounts: Map<string, Account>;
  readonly nodes: Node[];
  readonly holds: Map<string, Hold>;
  readonly journal: Transaction[];
  readonly keys: Map<string, Transaction>;
  readonly refusals: Map<string, Refusal>;
  /** Attempts that were charged: "<hold> <ordinal>". */
  readonly attempts: Set<string>;
  /** What was refunded of a transaction. */
  readonly refunds: Map<bigint, Micros>;
  readonly leases: Map<string, Leased>;
  /** What a movement of a lease was answered, by its key. */
  readonly leaseAnswers: Map<string, LeaseAnswer>;
  readonly awards: Map<string, Award>;
  /** Those that were not withdrawn. */
  exemptions: readonly Exemption[];
  /** What was said of a reservation that was let in by one, by its key. */
  readonly exempt: Map<string, ExemptUse>;
  /** From which funds the work of an account is paid. */
  readonly plans: Map<string, Pick<FundPlan, "mode" | "funds">>;
  /** What was asked for under a key that was granted out of several funds. */
  readonly funded: Map<string, { readonly said: readonly unknown[]; readonly holdId: string; readonly total: Micros }>;
  /** The parts of a reservation out of several funds, by the id that the caller knows. */
  readonly parts: Map<string, readonly { readonly ordinal: number; readonly holdId: string; readonly share: number | null }[]>;
  /** Parts but the first: they move with it. */
  readonly followers: Set<string>;
  /** The account that a part of a reservation was asked for on, by the id of the part. */
  readonly workOf: Map<string, string>;
  /** How a request was divided among parts, by its key. */
  readonly splits: Map<string, Split>;
  /** What was ever decided about refunds by how work ends. */
  readonly refundRules: RefundRule[];
  readonly overrunPolicies: Map<string, OverrunPolicy>;
  readonly quotes: Map<string, Quote>;
};

/** By the ordinals of the parts. */
export type Split = {
  readonly kind: "settle" | "renew";
  readonly leader: string;
  readonly asked: Micros | null;
  readonly amounts: ReadonlyMap<number, Micros>;
  readonly frees: ReadonlyMap<number, Micros>;
};

export function emptyBooks(): Books {
  return {
    accounts: new Map(),
    nodes: [],
    holds: new Map(),
    journal: [],
    keys: new Map(),
    refusals: new Map(),
    attempts: new Set(),
    refunds: new Map(),
    leases: new Map(),
    leaseAnswers: new Map(),
    awards: new Map(),
    plans: new Map(),
    funded: new Map(),
    parts: new Map(),
    followers: new Set(),
    workOf: new Map(),
    splits: new Map(),
    refundRules: [],
    overrunPolicies: new Map(),
    quotes: new Map(),
    exemptions: [],
    exempt: new Map(),
  };
}

export function addNode(books: Books, name: string, unit: MoneyUnit, startsAt: Instant | null, endsAt: Instant | null): Node {
  const zero = ZERO_MICROS;
  const node: Node = {
    id: books.nodes.length,
    name,
    unit,
    status: "open",
    startsAt,
    endsAt,
    allocated: zero,
    overrun: zero,
    spent: zero,
    held: zero,
    leased: zero,
  };
  books.nodes.push(node);
  return node;
}

/** Every node that work on an account counts against: its path, and the limits inside it for the person and the partition. */
export function nodesOf(books: Books, account: Account, person: string, partition: string | null): readonly Node[] {
  const limits: Node[] = [];
  for (const { name } of account.path) {
    const inside = books.accounts.get(name)!.limits;
    for (const key of [`person:${person}`, `partition:${partition}`]) {
      const limit = inside.get(key);
      if (limit !== undefined) limits.push(limit);
    }
  }
  return limits.length === 0 ? account.path : [...account.path, ...limits].sort((a, b) => a.id - b.id);
}

type Draft = Pick<Transaction, "kind" | "key" | "account" | "unit" | "nodes" | "amount" | "person" | "entries"> & Partial<Transaction>;

/** Writes a transaction into the journal and brings the balances along. The one place that changes a balance. */
export function post(books: Books, draft: Draft): Transaction {
  invariant(!books.keys.has(draft.key), "a key is in the journal once");
  const transaction: Transaction = {
    returned: ZERO_MICROS,
    overrun: ZERO_MICROS,
    holdId: null,
    leaseId: null,
    mends: null,
    attempt: null,
    final: null,
    endState: null,
    quote: null,
    subject: null,
    expiresAt: null,
    at: null,
    total: ZERO_MICROS,
    request: null,
    ...draft,
    number: BigInt(books.journal.length + 1),
    entries: draft.entries.filter(({ amount }) => amount > 0n),
  };
  books.journal.push(transaction);
  books.keys.set(transaction.key, transaction);
  for (const entry of transaction.entries) move(entry, transaction.nodes);
  for (const node of transaction.nodes) invariant(isWithinLimit(node), "a balance is within its limit and its overrun");
  return transaction;
}

/** Spent, held and leased count on every node of the transaction; allocation moves between nodes; overrun stays where it arose. */
function move({ from, out, to, into, amount }: Entry, nodes: readonly Node[]): void {
  if (from !== to) {
    if (from !== "outside") from.allocated = micros(from.allocated - amount);
    if (to !== "outside") to.allocated = micros(to.allocated + amount);
    return;
  }
  if (from === "outside") return;
  if (out === "overrun") from.overrun = micros(from.overrun + amount);
  if (into === "overrun") from.overrun = micros(from.overrun - amount);
  for (const node of nodes) {
    if (isCommitment(out)) node[out] = micros(node[out] - amount);
    if (isCommitment(into)) node[into] = micros(node[into] + amount);
  }
}

function isCommitment(pocket: Pocket): pocket is "held" | "leased" | "spent" {
  return pocket === "held" || pocket === "leased" || pocket === "spent";
}

/** The CHECKs of a balance. */
function isWithinLimit({ allocated, overrun, spent, held, leased }: Node): boolean {
  return allocated >= 0n && overrun >= 0n && spent >= 0n && held >= 0n && leased >= 0n && spent + held + leased <= allocated + overrun;
}

/** An entry inside a node. */
export function within(node: Node, out: Pocket, into: Pocket, amount: Micros): Entry {
  return { from: node, out, to: node, into, amount };
}

/** The money's own node of a transaction: the account it is booked on. */
export function ownNode(books: Books, account: string): Node {
  return accountOf(books, account).node;
}

export function accountOf(books: Books, name: string): Account {
  const account = books.accounts.get(name);
  invariant(account !== undefined, "what is in the books has an account");
  return account;
}
