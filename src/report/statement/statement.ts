import { invariant, micros, microsToDecimal, type Instant, type Micros, type MoneyUnit } from "#kernel";
import { SECTIONS, type Section, type Statement } from "./contract.ts";

/** The pockets of an account at one moment. */
export type Balance = { readonly allocated: Micros; readonly overrun: Micros; readonly spent: Micros; readonly held: Micros; readonly leased: Micros };

export type StatementLine = {
  readonly number: bigint;
  readonly bookedAt: Instant;
  readonly servedAt: Instant;
  readonly section: Section;
  readonly account: string;
  readonly person: string;
  readonly subject: string | null;
  readonly job: string | null;
  readonly jobName: string | null;
  readonly kind: string;
  readonly why: string;
  /** What it adds to what is left. */
  readonly amount: Micros;
};

export type Sum = { readonly section: Section; readonly lines: number; readonly amount: Micros };

/** What each section adds, those in which something is, in their order. */
export function sumsOf(lines: readonly Pick<StatementLine, "section" | "amount">[]): Sum[] {
  return SECTIONS.flatMap((section) => {
    const of = lines.filter((line) => line.section === section);
    return of.length === 0 ? [] : [{ section, lines: of.length, amount: micros(of.reduce((sum, { amount }) => sum + amount, 0n)) }];
  });
}

/** Ends in a fault when the lines do not lead from one balance to the other: such a statement must not leave the house. */
export function proveStatement(opening: Balance, closing: Balance, sums: readonly Sum[]): void {
  const moved = sums.reduce((sum, { amount }) => sum + amount, 0n);
  invariant(
    opening.allocated - opening.spent + moved === closing.allocated - closing.spent,
    "the lines of a statement lead from its opening to its closing balance",
  );
}

export function balanceToWire({ allocated, spent, held, leased, overrun }: Balance): Statement["opening"] {
  const left = micros(allocated - spent);
  return {
    allocated: microsToDecimal(allocated),
    spent: microsToDecimal(spent),
    left: microsToDecimal(left),
    reserved: microsToDecimal(held),
    leased: microsToDecimal(leased),
    overrun: microsToDecimal(overrun),
    free: microsToDecimal(micros(left - held - leased)),
  };
}

/** What a line is about, in words. */
export function whatOf({ job, jobName, section, subject, kind }: Pick<StatementLine, "job" | "jobName" | "section" | "subject" | "kind">): string {
  if (section === "allocation") return kind;
  const about = job === null ? (subject ?? "") : `job ${job}${jobName === null ? "" : ` ${jobName}`}`;
  return section === "refund" || section === "write-off" ? `${section} of ${about}` : about;
}

/** The heading of a section, for people. */
const SECTION_WORDS: Readonly<Record<Section, string>> = {
  "allocation": "Allocations",
  "job": "Jobs",
  "standing": "Standing costs",
  "overhead": "Overhead",
  "indirect": "Indirect cost",
  "loss": "Losses borne for others",
  "other": "Bills and other charges",
  "refund": "Refunds",
  "write-off": "Written off",
};

/** "2026-11/climate": the same for the same account, month and zone; another zone is another statement. */
export function statementNumber(account: string, award: string | null, month: string, zone: string): string {
  return `${month}/${award === null ? account : `award-${award}`}${zone === "UTC" ? "" : `/${zone.replaceAll("/", "-")}`}`;
}

/** An amount with its unit, for the head of a document. */
export function unitWords(unit: MoneyUnit): string {
  return unit === "USD" ? "US dollars" : "service units";
}

export function sectionWords(section: Section): string {
  return SECTION_WORDS[section];
}
