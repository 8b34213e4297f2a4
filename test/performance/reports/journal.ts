import type { OpenDatabase } from "#db";

/*
 * A journal of two years, written as the ledger's functions would have written it, but many jobs to a statement: a reservation and its settlement each, three entries, sealed batch by
 * batch. `db verify` accepts it, or the bench fails.
 */

/** From the first day of 2027 on: the accounts are opened now, and the journal's time does not run backwards. */
const FIRST = "2027-01-01 00:00:00Z";
const SECONDS = 2 * 365 * 86_400;

const ENTRIES_OF_JOB = 3;
/** A batch has the numbers of 500 jobs, 1,000 transactions. */
const JOBS_OF_BATCH = 500;
const BATCHES_OF_TURN = 100;

/** Job $1 + i of $2: the accounts in turn, three people each, one of two partitions; its account, who, when and how much. */
const JOBS = `
  select n, $3::bigint + n / ${JOBS_OF_BATCH} as batch, 2 * (n % ${JOBS_OF_BATCH}) + 1 as ordinal, leaf.id as account_id, leaf.path,
    'u' || (leaf.place + (n / 1000) % 3) % 500 as person, case (n / 3000) % 2 when 0 then 'cpu' else 'gpu' end as partition,
    timestamptz '${FIRST}' + n * (interval '1 second' * ${SECONDS} / $4::integer) as at, 1000000 + (n * 7919) % 3000000 as reserved, 1 + (n * 104729) % 900000 as amount,
    md5('job' || n)::uuid as hold_id
  from generate_series($1::bigint, $2::bigint - 1) n
  join leaf on leaf.place = n * 617 % (select count(*) from leaf)`;

const WRITE = `
with leaf as materialized (
  select id, path, row_number() over (order by id) - 1 as place from headgate.account where kind = 'person' and name ~ '^bench-'
), job as materialized (${JOBS}), told as (
  insert into headgate.journal_transaction (number, kind, key, account_id, unit, nodes, amount, returned, effective_at, hold_id, attempt, final, person, by_person, source, why, subject,
    figure, detail)
  select j.batch * 1024 + j.ordinal + x.second, x.kind, x.kind || ':' || j.n, j.account_id, 'USD', j.path, case x.second when 0 then j.reserved else j.amount end,
    case x.second when 0 then 0 else j.reserved - j.amount end, j.at, j.hold_id, case x.second when 1 then 1 end, case x.second when 1 then true end, j.person, j.person, 'bench',
    x.kind, 'job:' || j.n, case x.second when 1 then 'metered' end,
    case x.second when 0 then json_build_object('formula', '[]'::json, 'expected', null, 'partition', j.partition, 'cluster', 'bench') end
  from job j cross join (values (0, 'hold'), (1, 'settle')) x (second, kind) order by 1
), entered as (
  insert into headgate.journal_entry (transaction, ordinal, from_node, from_pocket, to_node, to_pocket, amount)
  select j.batch * 1024 + j.ordinal + x.second, x.ordinal, j.account_id, x.from_pocket, j.account_id, x.to_pocket,
    case x.place when 1 then j.reserved when 2 then j.amount else j.reserved - j.amount end
  from job j cross join (values (1, 0, 1, 'free', 'held'), (2, 1, 1, 'held', 'spent'), (3, 1, 3, 'held', 'free')) x (place, second, ordinal, from_pocket, to_pocket) order by 1, 2
), held as (
  insert into headgate.hold (id, transaction, account_id, amount, remaining, charged, state, closed_at)
  select hold_id, batch * 1024 + ordinal, account_id, reserved, 0, amount, 'settled', at from job
), attempted as (
  insert into headgate.attempt (hold_id, ordinal, transaction, charged, figure, at) select hold_id, 1, batch * 1024 + ordinal + 1, amount, 'metered', at from job
), spent as (
  select node, sum(amount) as amount from job cross join unnest(path) node group by node
)
update headgate.balance b set spent = b.spent + s.amount from spent s where b.node_id = s.node`;

const SEAL = `
select headgate.chain_batch(n, headgate.digest(
    (select string_agg(headgate.transaction_bytes(t), '' order by t.number) from headgate.journal_transaction t where t.number between n * 1024 and n * 1024 + 1023),
    (select string_agg(headgate.entry_bytes(e), '' order by e.transaction, e.ordinal) from headgate.journal_entry e where e.transaction between n * 1024 and n * 1024 + 1023)),
  (select max(t.effective_at) from headgate.journal_transaction t where t.number between n * 1024 and n * 1024 + 1023))
from generate_series($1::bigint, $2::bigint) n order by n`;

/** Writes about so many entries, in the order of their time. Gives how many the journal has then. */
export async function writeJournal(db: OpenDatabase, entries: number): Promise<number> {
  const jobs = Math.ceil(entries / ENTRIES_OF_JOB);
  const batches = Math.ceil(jobs / JOBS_OF_BATCH);
  const [row] = await db.query<{ first: bigint }>("select nextval('headgate.batch_number') as first");
  const first = row?.first ?? 1n;
  await db.query("select setval('headgate.batch_number', $1)", [first + BigInt(batches)]);
  for (let from = 0; from < jobs; from += BATCHES_OF_TURN * JOBS_OF_BATCH) {
    const to = Math.min(jobs, from + BATCHES_OF_TURN * JOBS_OF_BATCH);
    await db.transaction(async (tx) => {
      await tx.query(
        "select set_config('synchronous_commit', 'off', true), set_config('search_path', 'headgate', true), set_config('jit', 'off', true), set_config('work_mem', '64MB', true)",
      );
      await tx.query(WRITE, [from, to, first, jobs]);
      await tx.query(SEAL, [first + BigInt(from / JOBS_OF_BATCH), first + BigInt(Math.ceil(to / JOBS_OF_BATCH) - 1)]);
    });
  }
  await db.query("vacuum (analyze) headgate.journal_transaction, headgate.journal_entry, headgate.hold, headgate.attempt, headgate.balance");
  const [counted] = await db.query<{ count: bigint }>("select count(*) as count from headgate.journal_entry");
  return Number(counted?.count ?? 0n);
}
