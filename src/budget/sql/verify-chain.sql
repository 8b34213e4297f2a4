-- Seals the batches after $1 up to $2 again and compares. A transaction or entry of a batch that is not there is a fault, too.
with t as (
  select t.number / 1024 as batch, string_agg(headgate.transaction_bytes(t), '' order by t.number) as bytes, count(*) as transactions
  from headgate.journal_transaction t where t.number >= ($1::bigint + 1) * 1024 and t.number < ($2::bigint + 1) * 1024 group by 1
), e as (
  select e.transaction / 1024 as batch, string_agg(headgate.entry_bytes(e), '' order by e.transaction, e.ordinal) as bytes, count(*) as entries
  from headgate.journal_entry e where e.transaction >= ($1::bigint + 1) * 1024 and e.transaction < ($2::bigint + 1) * 1024 group by 1
), b as (
  select b.number, b.position, b.booked_at, b.hash, coalesce(p.hash, case b.position when 1 then sha256('headgate journal') end) as previous
  from headgate.journal_batch b left join headgate.journal_batch p on p.position = b.position - 1
  where b.number > $1 and b.number <= $2
), judged as (
  select coalesce(b.number, t.batch, e.batch) as number, t.transactions, e.entries,
    case
      when b.number is null then 'has transactions but was never sealed'
      when b.previous is null then 'has no batch before it in the chain'
      when t.batch is null then 'has no transaction'
      when headgate.chain_hash(b.previous, b.position, b.number, b.booked_at, headgate.digest(t.bytes, e.bytes)) <> b.hash then 'is not what was sealed'
    end as fault
  from b full join t on t.batch = b.number full join e on e.batch = coalesce(b.number, t.batch)
)
select coalesce(sum(transactions), 0)::bigint as transactions, coalesce(sum(entries), 0)::bigint as entries,
  coalesce((array_agg('batch ' || number || ' ' || fault order by number) filter (where fault is not null))[1:100], '{}') as faults
from judged
