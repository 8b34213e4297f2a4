-- The batch after which a stretch of the journal that begins after batch $1 ends: some 50,000 transactions on; null when nothing is left.
select coalesce(
  (select t.number / 1024 from headgate.journal_transaction t where t.number >= ($1::bigint + 1) * 1024 order by t.number offset 50000 limit 1),
  (select greatest((select max(number) from headgate.journal_batch), (select max(number) / 1024 from headgate.journal_transaction), (select max(transaction) / 1024 from headgate.journal_entry)))
) as upto
