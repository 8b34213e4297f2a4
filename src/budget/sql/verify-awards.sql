-- Each award is what was decided of it last, its parts are those that were scheduled and never more than its total, what was released is what was scheduled,
-- and a period took back what its entries say.
with decided as (
  select distinct on (t.subject) t.* from headgate.journal_transaction t where t.kind = 'award' and t.detail -> 'terms' is not null
  order by t.subject, (select b.position from headgate.journal_batch b where b.number = t.number / 1024) desc, t.number desc
), judged as (
  select 'award ' || coalesce(w.number, substr(d.subject, 7)) as name, case
    when w.number is null then 'was decided and is not there'
    when d.number is null then 'was never decided'
    when to_jsonb(row(w.number, a.name, w.agency, w.title, w.pi, w.starts_on, w.ends_on, w.total, w.period_months, w.carry, w.through,
        (select l.name from headgate.account l where l.id = w.late_account_id), w.closeout_days, w.facts)::headgate.award_terms)
      is distinct from (d.detail -> 'terms')::jsonb then 'differs from what was decided'
    when w.total < (select sum(r.amount) from headgate.award_release r where r.award = w.number) then 'has more on its schedule than its total'
  end as fault
  from headgate.award w join headgate.account a on a.id = w.account_id full join decided d on d.subject = 'award:' || w.number
  union all
  select 'release ' || coalesce(r.award || ':' || r.ordinal, s.one ->> 'award'), case
    when r.award is null then 'was scheduled and is not there'
    when s.one is null then 'was never scheduled'
    when to_jsonb(r) is distinct from s.one then 'differs from how it was scheduled'
    when t.number is not null and (t.kind, t.account_id, t.amount) is distinct from ('allocate', w.account_id, r.amount) then 'released another amount, or to another account'
  end
  from headgate.award_release r
  join headgate.award w on w.number = r.award
  left join headgate.journal_transaction t on t.key = headgate.release_key(r.award, r.ordinal)
  full join (
    select one::jsonb as one from headgate.journal_transaction t cross join lateral json_array_elements(t.detail -> 'releases') one where t.kind = 'award'
  ) s on s.one ->> 'award' = r.award and (s.one ->> 'ordinal')::integer = r.ordinal
  union all
  select 'indirect rate ' || coalesce(i.ordinal || ' of award ' || i.award, s.one ->> 'ordinal'), case
    when i.award is null then 'was decided and is not there'
    when to_jsonb(i) is distinct from s.one then 'differs from what was decided'
  end
  from headgate.award_indirect i full join (
    select (t.detail -> 'indirect')::jsonb as one from headgate.journal_transaction t where t.kind = 'award' and t.detail -> 'indirect' is not null
  ) s on s.one ->> 'award' = i.award and (s.one ->> 'ordinal')::integer = i.ordinal
  union all
  select 'transaction ' || t.number, case when t.amount <> headgate.part_of((t.detail ->> 'base')::bigint, (t.detail ->> 'indirect')::integer)
    then 'charges another indirect cost than its rate gives' end
  from headgate.journal_transaction t where t.kind = 'charge' and t.detail ->> 'indirect' is not null
  union all
  select 'transaction ' || t.number, case when t.amount <> coalesce((
      select sum(e.amount) from headgate.journal_entry e where e.transaction = t.number and e.from_node = t.account_id and e.to_node <> t.account_id), 0)
    then 'closed a period with other entries than what it took back' end
  from headgate.journal_transaction t where t.kind = 'period'
  union all
  select 'transaction ' || t.number, case when not exists (
      select from headgate.journal_transaction s where s.hold_id = (t.detail ->> 'hold')::uuid and s.kind = 'settle' and s.amount = 0 and headgate.late_key(s.key) = t.key)
    then 'charges a late fund for a settlement that is not there' end
  from headgate.journal_transaction t where t.kind = 'charge' and t.detail ->> 'late' is not null and t.detail ->> 'hold' is not null
)
select count(*) as checked, coalesce((array_agg(name || ' ' || fault order by name) filter (where fault is not null))[1:100], '{}') as faults from judged
