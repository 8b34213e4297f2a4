-- Each plan is the last that was decided; each reservation out of several funds has its parts, which add up to what was granted; each charge is divided as it was asked.
with decided as (
  select distinct on (t.account_id) t.account_id, t.detail -> 'asked' as asked
  from headgate.journal_transaction t join headgate.journal_batch b on b.number = t.number / 1024
  where t.kind = 'policy' and t.subject like 'funds:%' order by t.account_id, b.position desc
), led as (
  select t.hold_id, t.number, (t.detail #>> '{funds,total}')::bigint as total from headgate.journal_transaction t where t.kind = 'hold' and t.detail -> 'funds' is not null
), judged as (
  select 'plan of ' || a.name as name, case when p.account_id is null then 'is in the journal and not there' when d.account_id is null then 'was never decided' else 'differs from what was decided' end as fault
  from headgate.fund_plan p
  full join (select * from decided where json_array_length(asked -> 'funds') > 0) d on d.account_id = p.account_id
  join headgate.account a on a.id = coalesce(p.account_id, d.account_id)
  where (p.mode, array(select f.name from unnest(p.funds) with ordinality o (id, place) join headgate.account f on f.id = o.id order by o.place), p.shares)
    is distinct from (d.asked ->> 'mode', array(select json_array_elements_text(d.asked -> 'funds')),
      case when json_typeof(d.asked -> 'shares') = 'array' then array(select json_array_elements_text(d.asked -> 'shares')::integer) end)
  union all
  select 'reservation ' || coalesce(l.hold_id, p.leader_id), case when l.hold_id is null then 'has parts and is not out of several funds' else 'has parts of ' || coalesce(sum(t.amount), 0) || ' in all, not ' || l.total end
  from led l full join headgate.hold_part p on p.leader_id = l.hold_id
  left join headgate.hold h on h.id = p.hold_id left join headgate.journal_transaction t on t.number = h.transaction
  group by l.hold_id, p.leader_id, l.total having sum(t.amount) is distinct from l.total
  union all
  select 'request ' || s.key, 'was divided into ' || (select coalesce(sum(a), 0) from unnest(s.amounts) a) || ', not ' || s.asked
  from headgate.fund_split s where s.kind = 'settle' and (select sum(a) from unnest(s.amounts) a) is distinct from s.asked
)
select (select count(*) from headgate.fund_plan) + (select count(*) from led) + (select count(*) from headgate.fund_split) as checked,
  coalesce((array_agg(name || ' ' || fault order by name))[1:100], '{}') as faults from judged
