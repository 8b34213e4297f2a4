-- The chain is whole from its first batch to the head.
select (select count(*) from headgate.journal_batch) as checked, array_remove(array[
  case when (select count(*) from headgate.journal_head) <> 1 then 'the journal has not one head' end,
  case when h.position <> (select count(*) from headgate.journal_batch) then format('the head is at batch %s of the chain, but there are %s', h.position, (select count(*) from headgate.journal_batch)) end,
  case when h.position > 0 and not exists (select from headgate.journal_batch b where b.position = h.position and b.hash = h.hash and b.booked_at = h.booked_at) then 'the head is not the last batch of the chain' end,
  case when h.position = 0 and h.hash <> sha256('headgate journal') then 'the head of an empty journal is not its beginning' end,
  (select 'the journal''s time runs backwards at batch ' || x.number from (select b.number, b.booked_at < lag(b.booked_at) over (order by b.position) as back from headgate.journal_batch b) x where x.back limit 1)
], null) as faults
from headgate.journal_head h
