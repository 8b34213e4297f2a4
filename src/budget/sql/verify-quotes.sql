-- Each quote is what was made, and was used by one reservation of its account, its amount and its formula, which names it.
with made as (
  select t.number, t.amount, t.account_id, (t.detail -> 'quote')::jsonb as quote from headgate.journal_transaction t where t.kind = 'quote'
), judged as (
  select coalesce(q.id::text, m.quote ->> 'id') as id, case
    when q.id is null then 'was made and is not there'
    when m.number is null then 'was never made'
    when (to_jsonb(q) - array['hold_id', 'used_at']) is distinct from (m.quote - array['hold_id', 'used_at']) or (q.amount, q.account_id) is distinct from (m.amount, m.account_id)
      then 'differs from what was made'
    when q.hold_id is not null and h.number is null then 'was used by a reservation that does not name it'
    -- Out of several funds the first part says which account was asked, and for how much.
    when h.number is not null and coalesce((select a.id from headgate.account a where a.name = h.detail #>> '{funds,of}'), h.account_id) <> q.account_id or h.unit <> q.unit then 'was used by a reservation of another account'
    when (h.detail -> 'formula')::jsonb <> q.formula::jsonb or s.asked < q.amount or s.asked <> q.amount and h.detail -> 'indirect' is null
      then 'was used by a reservation of another amount'
    when (select b.booked_at from headgate.journal_batch b where b.number = h.number / 1024) >= q.valid_until and h.effective_at >= q.valid_until then 'was used after its time'
  end as fault
  from headgate.quote q full join made m on m.quote ->> 'id' = q.id::text
  left join headgate.hold o on o.id = q.hold_id
  left join headgate.journal_transaction h on h.number = o.transaction and h.detail ->> 'quote' = q.id::text
  -- An exemption lets work in with a reservation of 0.
  cross join lateral (select coalesce((h.detail #>> '{funds,asked}')::bigint, (h.detail #>> '{exempt,asked}')::bigint, h.amount)) s (asked)
  union all
  select t.detail ->> 'quote', 'is named by reservation ' || t.hold_id || ', which did not use it'
  from headgate.journal_transaction t
  where t.kind = 'hold' and t.detail ->> 'quote' is not null and not exists (select from headgate.quote q where q.id::text = t.detail ->> 'quote' and q.hold_id = t.hold_id)
)
select count(*) as checked, coalesce((array_agg('quote ' || id || ' ' || fault order by id) filter (where fault is not null))[1:100], '{}') as faults from judged
