-- Each standing cost is what was decided of it, and each of its days up to the last that is charged is in the journal once, with its amount.
with decided as (
  select t.subject, t.account_id, t.by_person, t.detail -> 'asked' as asked from headgate.journal_transaction t where t.kind = 'standing' and t.detail -> 'asked' -> 'per_day' is not null
), ended as (
  select distinct on (t.subject) t.subject, t.detail -> 'asked' ->> 'ends_on' as ends_on
  from headgate.journal_transaction t join headgate.journal_batch b on b.number = t.number / 1024
  where t.kind = 'standing' and t.detail -> 'asked' -> 'per_day' is null order by t.subject, b.position desc
), judged as (
  select coalesce(s.name, substr(d.subject, 10)) as name, case
    when s.name is null then 'is in the journal but not among the standing costs'
    when d.subject is null then 'was never decided'
    when (s.account_id, s.per_day::text, s.source, s.person, s.starts_on::text, s.formula::text)
      is distinct from (d.account_id, d.asked ->> 'per_day', d.asked ->> 'source', d.by_person, d.asked ->> 'starts_on', (d.asked -> 'formula')::text) then 'differs from what was decided'
    when s.ends_on::text is distinct from case when e.subject is null then d.asked ->> 'ends_on' else e.ends_on end then 'ends on another day than was decided'
  end as fault
  from headgate.standing_cost s full join decided d on d.subject = 'standing:' || s.name left join ended e on e.subject = d.subject
  union all
  select s.name, 'has ' || day::date || ' charged with ' || coalesce(t.amount::text, 'nothing')
  from headgate.standing_cost s cross join lateral generate_series(s.starts_on, s.accrued_to, interval '1 day') day
  left join headgate.journal_transaction t on t.key = 'standing:' || s.name || ':' || day::date and t.account_id = s.account_id and t.kind in ('settle', 'charge')
  where t.amount is distinct from s.per_day
  union all
  -- The day up to which it is reserved stands in the key of its reservation, or in the key by which that was shortened.
  select s.name, case when t.number is null then 'names a reservation that is not its own' else 'is not reserved to ' || s.held_to end
  from headgate.standing_cost s
  left join headgate.hold h on h.id = s.hold_id
  left join headgate.journal_transaction t on t.number = h.transaction and t.account_id = s.account_id and t.subject = 'standing:' || s.name
  where s.hold_id is not null
    and (t.number is null
      or not (t.key = 'standing-hold:' || s.name || ':' || s.held_to or starts_with(t.key, 'standing-hold:' || s.name || ':' || s.held_to || ':again:')
        or exists (select from headgate.journal_transaction r where r.key = 'standing-shorten:' || s.hold_id || ':' || s.held_to and r.hold_id = s.hold_id)))
)
select (select count(*) from headgate.standing_cost) as checked,
  coalesce((array_agg('standing cost ' || name || ' ' || fault order by name) filter (where fault is not null))[1:100], '{}') as faults from judged
