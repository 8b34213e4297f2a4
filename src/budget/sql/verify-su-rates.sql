-- Each rate of service units is what was decided, and what was decided is there.
with rates as materialized (
  select r.*, t.number, t.detail
  from headgate.su_rate r
  left join headgate.journal_transaction t on t.kind = 'policy' and t.subject = 'su-rate' and t.account_id = r.account_id and (t.detail -> 'rate' ->> 'ordinal')::integer = r.ordinal
), judged as (
  select 'rate ' || r.ordinal || ' of account ' || r.account_id as name, case
    when r.number is null then 'was never decided'
    when to_jsonb(row(r.account_id, r.ordinal, r.rate, r.dated, r.source, r.approver, r.person, r.recorded_at)::headgate.su_rate) is distinct from (r.detail -> 'rate')::jsonb
      then 'differs from what was decided'
  end as fault
  from rates r
  union all
  select 'transaction ' || t.number, 'decided a rate of service units that is not there'
  from headgate.journal_transaction t
  where t.kind = 'policy' and t.subject = 'su-rate' and not exists (select from rates r where r.number = t.number)
)
select count(*) as checked, coalesce((array_agg(name || ' ' || fault order by name) filter (where fault is not null))[1:100], '{}') as faults from judged
