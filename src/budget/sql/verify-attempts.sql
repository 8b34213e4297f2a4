-- Each charged attempt is one settlement of the journal, and the other way round.
with judged as (
  select coalesce(c.hold_id, t.hold_id) as hold_id, coalesce(c.ordinal, t.attempt) as ordinal, case
    when c.hold_id is null then 'was charged by the journal but is not among the attempts'
    when t.number is null then 'is not in the journal'
    when (c.transaction, c.charged, c.figure, c.at) is distinct from (t.number, t.amount, t.figure, t.effective_at) then 'differs from the journal'
  end as fault
  from headgate.attempt c full join (select * from headgate.journal_transaction where kind = 'settle') t on t.hold_id = c.hold_id and t.attempt = c.ordinal
)
select count(*) as checked, coalesce((array_agg('attempt ' || ordinal || ' of reservation ' || hold_id || ' ' || fault) filter (where fault is not null))[1:100], '{}') as faults from judged
