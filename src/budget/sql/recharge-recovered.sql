-- What jobs were charged by on-premises rates, by day of service (UTC) and resource, from day $1 to before day $2; refunds count against the day they are dated. A charge is divided among the terms of its
-- formula as their prices are to each other, so that the parts add up to it; charges in service units count as the dollars they were converted from.
with moved as (
  select t.number, (t.effective_at at time zone 'UTC')::date as day,
    case when t.kind in ('settle', 'charge') then t.amount else -t.amount end as amount,
    coalesce(m.hold_id, (m.detail ->> 'hold')::uuid) as hold_id
  from headgate.journal_transaction t
  -- The charge itself, or that which a refund mends.
  join headgate.journal_transaction m on m.number = coalesce(t.mends, t.number)
  where t.effective_at >= $1::date::timestamp at time zone 'UTC' and t.effective_at < $2::date::timestamp at time zone 'UTC' and t.amount > 0
    and m.kind in ('settle', 'charge') and (m.hold_id is not null or m.detail ->> 'hold' is not null) and m.detail -> 'indirect' is null
    -- What was written off is borne by another account: the centre has it all the same. Only what nobody bears is lost to it.
    and (t.kind in ('settle', 'charge', 'refund') or t.kind = 'write-off' and t.detail ->> 'bearer' is null)
), priced as (
  select moved.number, moved.day, moved.amount, coalesce(l.detail, h.detail) -> 'formula' as formula
  from moved join headgate.journal_transaction h on h.kind = 'hold' and h.hold_id = moved.hold_id
  left join headgate.journal_transaction l on l.kind = 'hold' and l.hold_id = (h.detail #>> '{fund,leader}')::uuid
), dollars as (
  select p.number, p.day, p.formula, round(p.amount * coalesce((
    select (c ->> 'rate')::numeric from json_array_elements(p.formula) c where c ->> 'resource' = 'service-unit'), 1))::bigint as amount
  from priced p where json_typeof(p.formula) = 'array'
), terms as (
  select d.number, d.day, d.amount, f.ordinality, f.term ->> 'resource' as resource, (f.term ->> 'rate')::numeric as rate,
    (f.term ->> 'rate')::numeric * (f.term ->> 'count')::numeric as weight
  from dollars d cross join json_array_elements(d.formula) with ordinality f (term, ordinality)
  where f.term ->> 'resource' in ('core', 'memory-gib', 'gpu') and f.term ->> 'free' is null
), shared as (
  select day, resource, rate,
    round(amount * sum(weight) over w / sum(weight) over whole) - round(amount * (sum(weight) over w - weight) / sum(weight) over whole) as share
  from terms window whole as (partition by number), w as (partition by number order by ordinality)
)
select day::text as day, resource, rate::text as rate, sum(share)::bigint as amount from shared group by day, resource, rate order by day, resource, rate
