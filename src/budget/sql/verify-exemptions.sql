-- Each exemption is what was decided of it; each reservation that one let in reserved nothing, was asked for by its person on its account or below, and while it stood.
with given as (
  select t.*, t.detail -> 'asked' as asked from headgate.journal_transaction t where t.kind = 'policy' and t.detail -> 'asked' ->> 'kind' in ('exemption', 'break-glass')
), withdrawn as (
  select (t.detail ->> 'exemption')::bigint as exemption, t.number, t.by_person, t.why, t.effective_at
  from headgate.journal_transaction t where t.kind = 'policy' and t.detail -> 'asked' ->> 'withdraw' is not null
), told as (
  select t.number, t.hold_id, t.account_id, t.person, t.effective_at, t.amount, t.nodes, t.detail -> 'exempt' as exempt
  from headgate.journal_transaction t where t.kind = 'hold' and t.detail ->> 'exempt' is not null
), judged as (
  select coalesce(e.id, g.number) as id, case
    when e.id is null then 'is in the journal but not among the exemptions'
    when g.number is null then 'was never given'
    when (e.kind, e.account_id, e.person, e.reason, e.approver, e.given_by, extract(epoch from e.starts_at), extract(epoch from e.ends_at)) is distinct from
      (g.asked ->> 'kind', g.account_id, g.person, g.why, g.asked ->> 'approver', g.by_person, (g.detail ->> 'starts_at')::numeric, (g.detail ->> 'ends_at')::numeric)
      then 'differs from what was decided'
    when (e.withdrawn_at, e.withdrawn_by, e.withdrawn_why) is distinct from (w.effective_at, w.by_person, w.why) then 'is withdrawn otherwise than the journal says'
  end as fault
  from headgate.exemption e full join given g on g.number = e.id left join withdrawn w on w.exemption = e.id
  union all
  select coalesce(u.exemption, (t.exempt ->> 'exemption')::bigint), 'has a use, reservation ' || coalesce(u.hold_id, t.hold_id) || ', that ' || case
    when u.hold_id is null then 'is not noted'
    when t.number is null then 'is not in the journal'
    when (u.exemption::text, u.asked::text, u.transaction) is distinct from (t.exempt ->> 'exemption', t.exempt ->> 'asked', t.number) then 'differs from the journal'
    when t.amount <> 0 then 'reserved something'
    when e.id is null or t.person <> e.person or not e.account_id = any (t.nodes) then 'is not of its person, or not on its account'
    when t.effective_at < e.starts_at or t.effective_at >= e.ends_at then 'was asked for when it did not stand'
    when (select b.position from headgate.journal_batch b where b.number = t.number / 1024) > (select b.position from headgate.journal_batch b where b.number = w.number / 1024)
      then 'was asked for after it was withdrawn'
  end
  from headgate.exemption_use u full join told t on t.hold_id = u.hold_id left join headgate.exemption e on e.id = u.exemption left join withdrawn w on w.exemption = u.exemption
)
select (select count(*) from headgate.exemption) + (select count(*) from headgate.exemption_use) as checked,
  coalesce((array_agg('exemption ' || id || ' ' || fault order by id) filter (where fault is not null))[1:100], '{}') as faults from judged
