import { divideRounded, micros, ZERO_MICROS, type Instant, type Micros, type MoneyUnit, type Rounding } from "#kernel";

/** What becomes of what a period leaves: it stays with the account, or it is taken back. */
export type CarryRule = "carry-over" | "use-or-lose";

/** What lets a part of an award's money go: the day, a report that the agency accepted, or somebody's approval. */
export type ReleaseGate = "date" | "report" | "approval";

/** Programme, co-investigators and the like: what reports to an agency name. */
export type AwardFacts = Readonly<Record<string, string>>;

/** What an award says of itself. Days are days in UTC, the last one included. */
export type AwardTerms = {
  readonly agency: string;
  readonly title: string;
  readonly pi: string;
  readonly startsOn: string;
  readonly endsOn: string;
  readonly total: Micros;
  readonly periodMonths: number;
  readonly carry: CarryRule;
  readonly through: boolean;
  /** Where a cost goes whose service was given outside its days, or that comes more than `closeoutDays` after its end. */
  readonly lateAccount: string | null;
  readonly closeoutDays: number;
  readonly facts: AwardFacts;
};

export type Award = AwardTerms & {
  readonly number: string;
  readonly account: string;
  readonly unit: MoneyUnit;
  readonly scheduled: Micros;
  readonly released: Micros;
  /** What its late fund was charged for it. */
  readonly late: Micros;
};

export type NewAward = AwardTerms & { readonly number: string; readonly account: string };

/** What may be written anew of an award that is there; its end moves by an extension, which somebody approves. */
export type AwardChange = Partial<Pick<AwardTerms, "agency" | "title" | "pi" | "total" | "carry" | "lateAccount" | "closeoutDays" | "facts">>;

export type BudgetPeriod = {
  readonly ordinal: number;
  readonly startsOn: string;
  readonly endsOn: string;
  /** By date of service. */
  readonly spent: Micros;
  /** What was taken back when it was closed; null while it is open. */
  readonly lapsed: Micros | null;
  /** What it had left when it was closed. */
  readonly left: Micros | null;
};

export type PlannedRelease = { readonly amount: Micros; readonly gate: ReleaseGate; readonly dueOn: string | null; readonly label: string };

export type Release = PlannedRelease & {
  readonly award: string;
  readonly ordinal: number;
  readonly account: string;
  readonly unit: MoneyUnit;
  readonly released: { readonly at: Instant; readonly transaction: bigint; readonly by: string; readonly words: string } | null;
};

/** A reservation that can go on after the award's last day. */
export type Crossing = {
  readonly id: string;
  readonly account: string;
  readonly person: string;
  readonly subject: string;
  readonly unit: MoneyUnit;
  readonly remaining: Micros;
  readonly until: Instant;
};

/** The account of an award that names none: the number in the form of an account's name. */
export function accountNameOf(number: string): string {
  const name = number.toLowerCase();
  return /^[a-z]/.test(name) ? name : `award-${name}`.slice(0, 63);
}

/** What is added to the direct cost of a class of charges, from a day on. */
export type IndirectRate = {
  readonly class: string;
  /** Millionths of the direct cost. */
  readonly rate: number;
  /** Why nothing is added: said exactly when the rate is 0. */
  readonly exempt: string | null;
  readonly dated: string;
  /** The agreement the rate is from. */
  readonly agreement: string;
  readonly approver: string;
};

/** The rate that a reservation is made with and its charges are settled by, whatever is decided in between. */
export type KeptIndirect = { readonly award: string; readonly class: string; readonly rate: number };

const MILLION = 1_000_000n;

/** The indirect cost of a direct one: reservations round up, charges half-even, so a charge within its reservation has its indirect cost within it, too. */
export function indirectCost(direct: Micros, rate: number, rounding: Rounding): Micros {
  return micros(divideRounded(direct * BigInt(rate), MILLION, rounding));
}

/** What covers the indirect cost of a direct one that is charged in at most `charges` parts: indirect_reserve() in SQL. */
export function indirectReserve(direct: Micros, rate: number, charges: number): Micros {
  return rate === 0 ? ZERO_MICROS : micros(indirectCost(direct, rate, "up") + BigInt(Math.floor(charges / 2)));
}
