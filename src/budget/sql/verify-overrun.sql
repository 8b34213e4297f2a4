-- Each overrun policy is what was decided last; what was charged to an advance account is the rest of a settlement of a reservation of the account it was addressed to, and a
-- reservation was extended for a settlement that is there.
with decided as (
  select distinct on (t.account_id) t.* from headgate.journal_transaction t where t.kind = 'policy' and t.subject = 'overrun-policy'
  order by t.account_id, (select b.position from headgate.journal_batch b where b.number = t.number / 1024) desc
), judged as (
  select 'overrun policy of ' || headgate.node_name(coalesce(p.account_id, d.account_id)) as name, case
    when p.account_id is null then 'was decided and is not there'
    when d.number is null then 'was never decided'
    when (p.policy, v.name, p.reason, p.person, p.since) is distinct from (d.detail -> 'asked' ->> 'policy', d.detail -> 'asked' ->> 'advance', d.why, d.by_person, d.effective_at)
      then 'differs from what was decided'
  end as fault
  from headgate.overrun_policy p left join headgate.account v on v.id = p.advance_id full join decided d on d.account_id = p.account_id
  union all
  select 'transaction ' || t.number, case when not exists (
      select from headgate.journal_transaction s join headgate.account a on a.id = s.account_id
      where s.hold_id = (t.detail ->> 'hold')::uuid and s.kind = 'settle' and headgate.advance_key(s.key) = t.key and a.name = t.detail ->> 'addressed')
    then 'charges an advance account for a settlement that is not there' end
  from headgate.journal_transaction t where t.kind = 'charge' and t.detail ->> 'advance' is not null
  union all
  select 'transaction ' || t.number, case when not exists (
      select from headgate.journal_transaction s where s.hold_id = t.hold_id and s.kind = 'settle' and s.key = t.detail -> 'why' ->> 'settles')
    then 'extends a reservation for a settlement that is not there' end
  from headgate.journal_transaction t where t.kind = 'reprice' and t.detail -> 'why' ->> 'settles' is not null
)
select count(*) as checked, coalesce((array_agg(name || ' ' || fault order by name) filter (where fault is not null))[1:100], '{}') as faults from judged
