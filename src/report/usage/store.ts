import { loadSql, type Database, type Verification } from "#db";
import { instantToIso, invariant, micros, type Micros, type MoneyUnit } from "#kernel";
import type { UsageName, UsageReport } from "./contract.ts";
import type { Period, Piece } from "./period.ts";

/** Who may see what: the accounts seen with all below them (null: all), and those of which only the person's own usage is seen. */
export type Sight = { readonly whole: readonly string[] | null; readonly own: readonly string[]; readonly person: string };

export type UsageAsk = {
  readonly by: readonly UsageName[];
  readonly periods: readonly Period[];
  readonly pieces: readonly Piece[];
  readonly account: string | null;
  readonly person: string | null;
  readonly kind: string | null;
  readonly partition: string | null;
  readonly app: string | null;
  readonly cluster: string | null;
  readonly limit: number;
  /** Out of the sums of whole accounts: when nothing but days, months and kinds is asked for, by who sees all of it. */
  readonly whole: boolean;
};

export type Figures = {
  readonly unit: MoneyUnit;
  readonly charges: number;
  readonly charged: Micros;
  readonly late: Micros;
  readonly refunded: Micros;
  readonly writtenOff: Micros;
};
export type UsageGroup = Figures & {
  readonly label: string;
  readonly account: string | null;
  readonly person: string | null;
  readonly kind: UsageReport["rows"][number]["kind"];
  readonly partition: string | null;
  readonly app: string | null;
  readonly cluster: string | null;
};

type Row = {
  place: number | null;
  label: string;
  account: string | null;
  person: string | null;
  kind: UsageGroup["kind"];
  partition: string | null;
  app: string | null;
  cluster: string | null;
  unit: MoneyUnit;
  charges: bigint;
  charged: bigint;
  late: bigint;
  refunded: bigint;
  written_off: bigint;
  groups: number;
};

/** As the table says it. */
const GRAINS: Readonly<Record<Piece["grain"], number>> = { month: 1, day: 2, quarter: 3 };

export async function usageGroups(db: Database, sight: Sight, ask: UsageAsk): Promise<{ groups: UsageGroup[]; totals: Figures[]; count: number }> {
  const periods = ask.periods.map(({ label, startsAt, endsAt }) => ({ label, starts_at: instantToIso(startsAt), ends_at: instantToIso(endsAt) }));
  const pieces = ask.pieces.map(({ label, grain, startsAt, endsAt, sign }) => ({
    label,
    grain: GRAINS[grain],
    starts_at: instantToIso(startsAt),
    ends_at: instantToIso(endsAt),
    sign,
  }));
  const rows = await db.query<Row>({
    // Planned anew each time, a millisecond: one plan for an account and for all of them would be wrong for one of the two.
    text: loadSql("report", "usage"),
    values: [
      ask.by,
      JSON.stringify(periods),
      JSON.stringify(pieces),
      ask.account,
      sight.whole,
      sight.own,
      sight.person,
      ask.person,
      ask.kind,
      ask.partition,
      ask.app,
      ask.cluster,
      ask.limit,
      ask.whole,
    ],
    readOnly: true,
  });
  const totals = rows.filter(({ place }) => place === null);
  return {
    groups: rows.filter(({ place }) => place !== null).map((row) => ({ ...figuresOf(row), ...named(row) })),
    totals: totals.map(figuresOf),
    count: totals.reduce((sum, { groups }) => sum + groups, 0),
  };
}

function figuresOf(row: Row): Figures {
  const { unit, charges, charged, late, refunded, written_off } = row;
  return { unit, charges: Number(charges), charged: micros(charged), late: micros(late), refunded: micros(refunded), writtenOff: micros(written_off) };
}

function named({ label, account, person, kind, partition, app, cluster }: Row) {
  return { label, account, person, kind, partition, app, cluster };
}

/** Batches of the journal that are added up in one statement: seconds, also when each has a thousand charges. */
const BATCHES = 200;
/** Statements in one turn of the worker; what is left it takes up in the next. */
const TURNS_MAX = 5_000;

/** Brings the sums of usage towards the end of the journal. Gives how many batches it took. */
export async function rollUpUsage(db: Database, turnsMax = TURNS_MAX): Promise<number> {
  let count = 0;
  for (let turn = 0; turn < turnsMax; turn += 1) {
    const [row] = await db.query<{ count: number }>("select headgate.roll_up_usage($1) as count", [BATCHES]);
    invariant(row !== undefined, "a function gives one row");
    count += row.count;
    if (row.count < BATCHES) break;
  }
  return count;
}

export async function forgetUsage(db: Database): Promise<void> {
  await db.query("select headgate.forget_usage()");
}

/** What the room promises of its tables, for `headgate db verify`. */
export function reportVerifications(): Verification[] {
  return [
    {
      name: "every sum of usage is what the journal says",
      run: async (db) => {
        await db.query("select set_config('work_mem', '128MB', true), set_config('jit', 'off', true)");
        const [row] = await db.query<{ checked: bigint; faults: string[] }>(loadSql("report", "verify-usage"));
        return row ?? { checked: 0n, faults: ["the sums of usage gave no answer"] };
      },
    },
  ];
}
