import type { Database } from "#db";
import { invariant } from "#kernel";
import { compareModelWithSql } from "./model-and-sql.ts";

type SqlBug = { readonly name: string; readonly changes: readonly (readonly [string, string, string])[]; readonly without?: readonly string[] };

const SEEDS = 4;

/** The five classic bugs in the ledger's own functions, and without the constraints that would stop them: what is left to find them is the model. */
export const SQL_BUGS: readonly SqlBug[] = [
  {
    name: "hold not in the balance check",
    changes: [
      ["levels_of", "b.allocated - b.spent - b.held - b.leased", "b.allocated - b.spent - b.leased"],
      ["takes", "b.spent + b.held + b.leased + p_amount", "b.spent + b.leased + p_amount"],
    ],
    without: ["balance drop constraint balance_within_limit"],
  },
  {
    name: "commit twice",
    changes: [["settle_many", "exists (select from attempt where hold_id = v_ask.hold_id and ordinal = v_ask.attempt)", "false"]],
    without: ["attempt drop constraint attempt_pkey"],
  },
  { name: "commit after reject", changes: [["settle_many", "v_held.state = 'released'", "false"]] },
  {
    name: "record without balance",
    changes: [["seal_batch", "where b.node_id = d.node_id", "where b.node_id = d.node_id and p_batch % 10 <> 0"]],
    without: ["balance drop constraint balance_within_limit"],
  },
  { name: "retry without key", changes: [["resolve_holds", "found.unit, a.key, a.id", "found.unit, a.key || ':' || a.id, a.id"]] },
];

/** Plants a bug in a database made for it, and says by what it was found; null when it was not. */
export async function findInSql(db: Database, bug: SqlBug): Promise<string | null> {
  for (const [name, right, wrong] of bug.changes) {
    const [row] = await db.query<{ text: string }>(
      "select pg_get_functiondef(p.oid) as text from pg_proc p where p.pronamespace = 'headgate'::regnamespace and p.proname = $1",
      [name],
    );
    invariant(row !== undefined && row.text.includes(right), `the function ${name} has the words that the bug changes`);
    await db.query(row.text.replace(right, () => wrong));
  }
  for (const change of bug.without ?? []) await db.query(`alter table headgate.${change}`);
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    try {
      const { differences } = await compareModelWithSql(db, seed, { operations: 600, batchMax: 16, overrun: false });
      if (differences.length > 0) return differences[0]!;
    } catch (error) {
      return `seed ${seed}: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return null;
}
