/**
 * The books, added up by plain SQL: each query returns the rows that are wrong, so every one of them has to return none. Nothing here uses our
 * own code or our own functions in the database.
 */

/** Money of a node is moved by the entries of every transaction that names it. */
const BALANCES_FROM_JOURNAL = `
  with moved as (
    select e.transaction,
      sum(case when e.to_pocket = 'spent' then e.amount else 0 end) - sum(case when e.from_pocket = 'spent' then e.amount else 0 end) as spent,
      sum(case when e.to_pocket = 'held' then e.amount else 0 end) - sum(case when e.from_pocket = 'held' then e.amount else 0 end) as held
    from headgate.journal_entry e group by e.transaction
  ), counted as (
    select node, sum(moved.spent) as spent, sum(moved.held) as held
    from moved join headgate.journal_transaction t on t.number = moved.transaction cross join unnest(t.nodes) as node
    group by node
  )
  select b.node_id, b.spent, c.spent as spent_by_journal, b.held, c.held as held_by_journal
  from headgate.balance b left join counted c on c.node = b.node_id
  where b.spent <> coalesce(c.spent, 0) or b.held <> coalesce(c.held, 0)`;

/** cores x milliseconds x rate, half-even: 42,000,000 billionths of a dollar per core-hour, in millionths. */
const CHARGES_FROM_TIME = `
  with exact as (
    select a.id, a.charge, a.cores::numeric * a.elapsed_ms * 42000000 as numerator, 1000::numeric * 3600000 as denominator
    from headgate.job_attempt a where a.state = 'settled'
  ), rounded as (
    select id, charge, div(numerator, denominator) as floor, mod(numerator, denominator) * 2 - denominator as over_half from exact
  )
  select id, charge, floor from rounded
  where charge <> floor + case when over_half > 0 or (over_half = 0 and mod(floor, 2) = 1) then 1 else 0 end`;

type Book = {
  readonly says: string;
  readonly wrong: string;
  /** What makes it untrue: done and taken back, to see that the query would have told. */
  readonly tamper: string;
};

const CLIMATE = "(select id from headgate.account where name = 'climate')";
const AN_ATTEMPT = "(select id from headgate.job_attempt where state = 'settled' order by id limit 1)";
const A_HOLD = "(select id from headgate.hold order by id limit 1)";
const A_JOB = "(select max(number) from headgate.job)";

export const BOOKS: readonly Book[] = [
  {
    says: "balances are what the journal adds up to",
    wrong: BALANCES_FROM_JOURNAL,
    tamper: `update headgate.balance set spent = spent + 1 where node_id = ${CLIMATE}`,
  },
  {
    says: "every charge is cores x time x rate",
    wrong: CHARGES_FROM_TIME,
    tamper: `update headgate.job_attempt set charge = charge + 1 where id = ${AN_ATTEMPT}`,
  },
  {
    says: "nothing is reserved any more",
    wrong: "select node_id, held from headgate.balance where held <> 0",
    tamper: `update headgate.balance set held = 1 where node_id = ${CLIMATE}`,
  },
  {
    says: "nothing was spent beyond what was allocated",
    wrong: "select node_id, overrun from headgate.balance where overrun <> 0",
    tamper: `update headgate.balance set overrun = 1 where node_id = ${CLIMATE}`,
  },
  {
    says: "every reservation is closed",
    wrong: "select id, state, remaining from headgate.hold where state = 'open' or remaining <> 0",
    tamper: `update headgate.hold set state = 'open', closed_at = null where id = ${A_HOLD}`,
  },
  {
    says: "a job was charged what its attempts were charged",
    wrong: `select j.number, j.charged, sum(a.charge) from headgate.job j join headgate.job_attempt a on a.job_id = j.id and a.state = 'settled'
      group by j.id having j.charged <> sum(a.charge)`,
    tamper: `update headgate.job set charged = charged + 1 where number = ${A_JOB}`,
  },
  {
    says: "what was reserved was charged or given back",
    wrong: "select number, reserved, charged, returned from headgate.job where charged + returned <> reserved or overrun <> 0",
    tamper: `update headgate.job set returned = returned + 1 where number = ${A_JOB}`,
  },
  {
    says: "the ledger charged each attempt once, and what the job says",
    wrong: `select a.job_id, a.ordinal, a.charge, l.charged from headgate.job_attempt a join headgate.job j on j.id = a.job_id
      full join headgate.attempt l on l.hold_id::text = j.hold_id and l.ordinal = a.ordinal
      where (a.id is null or a.state = 'settled') and a.charge is distinct from l.charged`,
    tamper: `update headgate.attempt set ordinal = 1000 + ordinal where hold_id = (select hold_id from headgate.attempt order by hold_id limit 1)`,
  },
  {
    says: "a hold was charged what its attempts were charged",
    wrong: `select h.id, h.charged, sum(l.charged) from headgate.hold h left join headgate.attempt l on l.hold_id = h.id
      group by h.id having h.charged <> coalesce(sum(l.charged), 0)`,
    tamper: `update headgate.hold set charged = charged + 1 where id = ${A_HOLD}`,
  },
  {
    says: "a project has spent what its jobs were charged",
    wrong: `select a.name, b.spent, sum(j.charged) from headgate.account a join headgate.balance b on b.node_id = a.id
      left join headgate.job j on j.project = a.name where a.kind = 'project' group by a.name, b.spent having b.spent <> coalesce(sum(j.charged), 0)`,
    tamper: `update headgate.job set charged = charged + 1 where number = ${A_JOB}`,
  },
  {
    says: "every job has one hold and every hold one job",
    wrong:
      "select h.id, count(j.id) from headgate.hold h full join headgate.job j on j.hold_id = h.id::text group by h.id having h.id is null or count(j.id) <> 1",
    tamper: `update headgate.hold set id = gen_random_uuid() where id = ${A_HOLD}`,
  },
  {
    says: "every task reached its end once",
    wrong: `select t.job_id, t.index, count(e.id) from headgate.job_task t
      left join headgate.job_event e on e.job_id = t.job_id and e.task_index is not distinct from t.index and e.to_state = 'settled'
      group by t.id having count(e.id) <> 1`,
    tamper: `insert into headgate.job_event (job_id, task_index, from_state, to_state, at, who, why)
      select job_id, task_index, from_state, to_state, at, who, why from headgate.job_event where to_state = 'settled' limit 1`,
  },
  {
    says: "every task is settled",
    wrong: "select job_id, index, state from headgate.job_task where state <> 'settled'",
    tamper: `alter table headgate.job_task disable trigger user;
      update headgate.job_task set state = 'ended' where id = (select max(id) from headgate.job_task)`,
  },
  {
    says: "every attempt is over",
    wrong: "select id, state from headgate.job_attempt where state not in ('settled', 'revoked')",
    tamper: `update headgate.job_attempt set state = 'running' where id = ${AN_ATTEMPT}`,
  },
];
