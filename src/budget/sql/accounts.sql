-- Accounts with their balances, parents before children: all, or those named and everything below them that is named too.
-- $1 names (null: all), $2 the sort key after which a page begins, $3 how many.
select a.id, a.name, a.title, a.kind, p.name as parent, cardinality(a.path) - 1 as depth, a.unit, a.slurm_account,
  case when a.kind = 'advance' then (
    select json_build_object('reason', o.why, 'approver', o.detail ->> 'approver') from headgate.journal_transaction o where o.account_id = a.id and o.kind = 'open' order by o.number limit 1
  ) end as at_risk,
  b.status, b.stopped, b.starts_at, b.ends_at, b.allocated, b.overrun, b.spent, b.held, b.leased, keyed.sort_key, rule.reserve_at, rule.said_by as reserve_at_from,
  (
    select json_agg(json_build_object('name', la.name, 'status', l.status, 'stopped', l.stopped, 'starts_at', l.starts_at, 'ends_at', l.ends_at, 'allocated', l.allocated::text,
      'overrun', l.overrun::text, 'spent', l.spent::text, 'held', l.held::text, 'leased', l.leased::text) order by la.id)
    from headgate.account la join headgate.balance l on l.node_id = la.id where la.id = any (a.path)
  ) as levels
from headgate.account a
join headgate.balance b on b.node_id = a.id
left join headgate.account p on p.id = a.parent_id
cross join lateral (
  -- The names along the path: siblings by name, children after their parent.
  select string_agg(n.name, '/' order by n.id) as sort_key from headgate.account n where n.id = any (a.path)
) keyed
cross join lateral headgate.reserve_rule_of(a.path) rule
where ($1::text[] is null or a.name = any ($1)) and keyed.sort_key collate "C" > $2
order by keyed.sort_key collate "C"
limit $3
