import type { Database } from "#db";
import { ledgerVerifications } from "./verify-store.ts";

/** Runs a damage with every guard off, inside a transaction that is rolled back; what verify says of it. */
export async function foundIn(db: Database, damage: string): Promise<string[]> {
  const found: string[] = [];
  const damaged = db.transaction(async (tx) => {
    await tx.query("set local session_replication_role = replica");
    const checks = await tx.query<{ table: string; name: string }>(
      `select c.conrelid::regclass::text as table, c.conname as name from pg_constraint c join pg_class t on t.oid = c.conrelid
       where t.relnamespace = 'headgate'::regnamespace and c.contype = 'c'`,
    );
    for (const { table, name } of checks) await tx.query(`alter table ${table} drop constraint ${name}`);
    await tx.query("grant update, delete on all tables in schema headgate to current_user");
    await tx.query(damage);
    for (const verification of ledgerVerifications()) found.push(...(await verification.run(tx)).faults);
    throw new Rollback();
  });
  await damaged.catch((error: unknown) => {
    if (!(error instanceof Rollback)) throw error;
  });
  return found;
}

class Rollback extends Error {}
