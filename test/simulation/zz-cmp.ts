import { migrate, openDatabase, verify } from "#db";
import { ledgerVerifications } from "#budget";
import { makeServer } from "/work/wt/model-policies/test/beds/throwaway.ts";
import { compareModelWithSql } from "/work/wt/model-policies/test/simulation/model-and-sql.ts";
const [from, count, operations, batchMax] = process.argv.slice(2).map(Number);
const server = await makeServer();
try {
  const admin = await openDatabase({ url: server.url });
  const dbs = [];
  for (let i = 0; i < 2; i++) {
    await admin.query(`create database cmp_${i} template template0`);
    const db = await openDatabase({ url: server.url.replace(/\/[^/]*$/, `/cmp_${i}`), statementTimeoutMs: 0 });
    await migrate(db);
    dbs.push(db);
  }
  await Promise.all(
    dbs.map(async (db, i) => {
      let total = 0,
        bad = 0;
      for (let s = from + ((from + i) % 2); s < from + count; s += 2) {
        try {
          const r = await compareModelWithSql(db, s, { operations, batchMax, overrun: s % 2 === 1 });
          total += r.operations;
          if (r.differences.length) {
            bad++;
            console.log(r.differences[0].slice(0, 1500));
          }
        } catch (e) {
          bad++;
          console.log("seed", s, e.message, e.detail, e.where, String(e.stack).slice(0, 600));
          if (bad > 3) break;
        }
        if (bad > 6) break;
      }
      const faults = (await verify(db, ledgerVerifications())).flatMap((r) => r.faults);
      console.log(i, "operations", total, "bad", bad, "faults", faults.length, faults.slice(0, 5));
      console.log(
        i,
        JSON.stringify(
          await db.query(`select
      count(*) filter (where key like 'ledger:advance:%')::int as advance, count(*) filter (where key like 'ledger:advance:fund:%')::int as advance_part,
      count(*) filter (where key like 'ledger:extend:%')::int as extend, count(*) filter (where key like 'ledger:extend:fund:%')::int as extend_part,
      count(*) filter (where key like 'refunded:%')::int as refunded, count(*) filter (where key like 'refunded:ledger:advance:%')::int as refunded_advance,
      count(*) filter (where key like 'refunded:fund:%')::int as refunded_part, count(*) filter (where key like 'refunded:ledger:advance:fund%')::int as refunded_advance_part,
      count(*) filter (where kind='quote')::int as quotes, (select count(*)::int from headgate.quote where hold_id is not null) as used, count(*) filter (where kind='hold')::int as holds from headgate.journal_transaction`),
        ),
      );
      await db.close();
    }),
  );
  await admin.close();
} finally {
  await server.remove();
}
