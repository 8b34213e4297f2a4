import { invariant } from "#kernel";
import type { Database } from "../database.ts";

type ForeignKey = { readonly table: string; readonly name: string; readonly definition: string };
type Trigger = { readonly table: string; readonly name: string; readonly state: string };

/** pg_trigger.tgenabled as ALTER TABLE says it: fires in origin and local mode, in replica mode, always. D: stays switched off. */
const ENABLE: Readonly<Record<string, string>> = { O: "enable trigger", R: "enable replica trigger", A: "enable always trigger" };

/**
 * Runs `work` while nothing in the schema objects to rows that arrive table by table: foreign keys are taken away, the schema's own triggers
 * (append-only tables, balance checks at commit) are switched off. Afterwards everything is exactly as it was; putting the foreign keys back
 * checks every row. Needs no superuser, as `session_replication_role` would; a managed PostgreSQL gives none.
 * Unique, not-null and CHECK constraints stay in force all the time.
 */
export async function withoutGuards<T>(tx: Database, work: () => Promise<T>): Promise<T> {
  const keys = await foreignKeys(tx);
  const triggers = await ownTriggers(tx);
  for (const { table, name } of keys) await tx.query(`alter table ${table} drop constraint ${name}`);
  for (const { table, name } of triggers) await tx.query(`alter table ${table} disable trigger ${name}`);
  const value = await work();
  for (const { table, name, state } of triggers) {
    const enable = ENABLE[state];
    invariant(enable !== undefined, `trigger ${name} of ${table} is in a known state`);
    await tx.query(`alter table ${table} ${enable} ${name}`);
  }
  for (const { table, name, definition } of keys) await tx.query(`alter table ${table} add constraint ${name} ${definition}`);
  return value;
}

/** Those of partitions follow from their parent's (conparentid). */
async function foreignKeys(tx: Database): Promise<ForeignKey[]> {
  return await tx.query<ForeignKey>(`
    select conrelid::regclass::text as table, quote_ident(conname) as name, pg_get_constraintdef(oid) as definition
    from pg_constraint
    where contype = 'f' and conparentid = 0 and connamespace = 'headgate'::regnamespace
    order by conrelid::regclass::text, conname`);
}

async function ownTriggers(tx: Database): Promise<Trigger[]> {
  return await tx.query<Trigger>(`
    select t.tgrelid::regclass::text as table, quote_ident(t.tgname) as name, t.tgenabled::text as state
    from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where not t.tgisinternal and t.tgparentid = 0 and t.tgenabled <> 'D' and c.relnamespace = 'headgate'::regnamespace
    order by t.tgrelid::regclass::text, t.tgname`);
}
