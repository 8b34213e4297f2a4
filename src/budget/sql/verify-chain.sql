-- Seals the batches after $1 up to $2 again and compares, batch by batch in the order of the indexes, so that nothing is sorted.
-- A transaction or entry of a batch that is not there is a fault, too.
with sealed as (
  select b.number, b.position, b.booked_at, b.hash, coalesce(p.hash, case b.position when 1 then sha256('headgate journal') end) as previous, t.bytes as t_bytes, e.bytes as e_bytes, t.transactions, e.entries
  from headgate.journal_batch b left join headgate.journal_batch p on p.position = b.position - 1
  cross join lateral (
    select string_agg(headgate.transaction_bytes(t), '' order by t.number) as bytes, count(*) as transactions
    from headgate.journal_transaction t where t.number >= b.number * 1024 and t.number < (b.number + 1) * 1024
  ) t
  cross join lateral (
    select string_agg(headgate.entry_bytes(e), '' order by e.transaction, e.ordinal) as bytes, count(*) as entries
    from headgate.journal_entry e where e.transaction >= b.number * 1024 and e.transaction < (b.number + 1) * 1024
  ) e
  where b.number > $1 and b.number <= $2
), judged as (
  select number, transactions, entries,
    case
      when previous is null then 'has no batch before it in the chain'
      when transactions = 0 then 'has no transaction'
      when headgate.chain_hash(previous, position, number, booked_at, headgate.digest(t_bytes, e_bytes)) <> hash then 'is not what was sealed'
    end as fault
  from sealed
  union all
  select distinct x.number / 1024, 0, 0, 'has transactions but was never sealed'
  from (
    select t.number from headgate.journal_transaction t where t.number >= ($1::bigint + 1) * 1024 and t.number < ($2::bigint + 1) * 1024
    union all
    select e.transaction from headgate.journal_entry e where e.transaction >= ($1::bigint + 1) * 1024 and e.transaction < ($2::bigint + 1) * 1024
  ) x where not exists (select from headgate.journal_batch b where b.number = x.number / 1024)
)
select coalesce(sum(transactions), 0)::bigint as transactions, coalesce(sum(entries), 0)::bigint as entries,
  coalesce((array_agg('batch ' || number || ' ' || fault order by number) filter (where fault is not null))[1:100], '{}') as faults
from judged
