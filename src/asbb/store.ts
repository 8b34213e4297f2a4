import { loadStatement, type Database } from "#db";
import { invariant, micros, type Instant, type Micros } from "#kernel";

export type AccountFacts = { readonly createdAt: Instant; readonly updatedAt: Instant; readonly incremental: boolean; readonly nextDue: string | null };

export async function accountFacts(db: Database, names: readonly string[]): Promise<ReadonlyMap<string, AccountFacts>> {
  type Row = {
    readonly name: string;
    readonly created_at: Instant;
    readonly updated_at: Instant;
    readonly incremental: boolean;
    readonly next_due: string | null;
  };
  const rows = await db.query<Row>({ ...loadStatement("asbb", "accounts"), values: [names], readOnly: true });
  return new Map(rows.map((row) => [row.name, { createdAt: row.created_at, updatedAt: row.updated_at, incremental: row.incremental, nextDue: row.next_due }]));
}

export async function partitionLimit(db: Database, account: string, partition: string): Promise<{ readonly limit: Micros; readonly used: Micros } | null> {
  const [row] = await db.query<{ allocated: bigint; used: bigint }>({ ...loadStatement("asbb", "partition"), values: [account, partition], readOnly: true });
  return row === undefined ? null : { limit: micros(row.allocated), used: micros(row.used) };
}

export async function openHolds(
  db: Database,
): Promise<{ readonly open: number; readonly held: Micros; readonly oldest: Instant | null; readonly settled: Instant | null }> {
  const [row] = await db.query<{ open: number; held: bigint; oldest: Instant | null; settled: Instant | null }>({
    ...loadStatement("asbb", "open-holds"),
    values: [],
    readOnly: true,
  });
  invariant(row !== undefined, "a count has a row");
  return { ...row, held: micros(row.held) };
}
