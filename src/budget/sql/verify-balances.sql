-- Adds every balance up again from the entries and compares; and asks whether the sums keep their limits.
-- Entries are first added up for equal lists of nodes: there are few of them.
with moved as (
  select t.nodes, e.from_node, e.to_node, e.from_pocket, e.to_pocket, sum(e.amount) as amount, count(*) as entries
  from headgate.journal_entry e join headgate.journal_transaction t on t.number = e.transaction
  group by 1, 2, 3, 4, 5
), upwards as (
  select unnest(m.nodes) as node_id,
    case 'spent' when m.to_pocket then m.amount when m.from_pocket then -m.amount else 0 end as spent,
    case 'held' when m.to_pocket then m.amount when m.from_pocket then -m.amount else 0 end as held,
    case 'leased' when m.to_pocket then m.amount when m.from_pocket then -m.amount else 0 end as leased
  from moved m where m.from_node = m.to_node
), own as (
  select side.node_id, side.allocated, side.overrun
  from moved m cross join lateral (values
    (m.from_node, case when m.from_node <> m.to_node then -m.amount else 0 end, case m.from_pocket when 'overrun' then m.amount else 0 end),
    (m.to_node, case when m.from_node <> m.to_node then m.amount else 0 end, case m.to_pocket when 'overrun' then -m.amount else 0 end)
  ) side (node_id, allocated, overrun)
), added as (
  select node_id, sum(allocated) as allocated, sum(overrun) as overrun, sum(spent) as spent, sum(held) as held, sum(leased) as leased
  from (select node_id, 0 as allocated, 0 as overrun, spent, held, leased from upwards union all select node_id, allocated, overrun, 0, 0, 0 from own) x
  group by node_id
), judged as (
  select b.node_id, a.node_id as added_node,
    (b.allocated, b.overrun, b.spent, b.held, b.leased) is distinct from
      (coalesce(a.allocated, 0), coalesce(a.overrun, 0), coalesce(a.spent, 0), coalesce(a.held, 0), coalesce(a.leased, 0)) as differs,
    a.spent + a.held + a.leased > a.allocated + a.overrun or least(a.spent, a.held, a.leased, a.overrun, a.allocated) < 0 as breaks,
    format('allocated %s/%s, overrun %s/%s, spent %s/%s, held %s/%s, leased %s/%s', b.allocated, a.allocated, b.overrun, a.overrun, b.spent, a.spent, b.held, a.held, b.leased, a.leased) as words
  from headgate.balance b full join added a on a.node_id = b.node_id
  where a.node_id is null or a.node_id not in (select id from headgate.account where kind = 'outside')
)
select (select coalesce(sum(entries), 0)::bigint from moved) as checked,
  coalesce((array_agg(fault) filter (where fault is not null))[1:100], '{}') as faults
from (
  select case
    when j.node_id is null then format('entries name node %s, which has no balance', j.added_node)
    when j.differs then format('the balance of %s differs from its entries (cached/added up, in micros): %s', coalesce(headgate.node_name(j.node_id), 'node ' || j.node_id), j.words)
    when j.breaks then format('%s has committed more than its limit and its overrun, or less than nothing: %s', headgate.node_name(j.node_id), j.words)
  end as fault
  from judged j
  union all
  select 'an entry belongs to transaction ' || e.transaction || ', which is not there'
  from headgate.journal_entry e where not exists (select from headgate.journal_transaction t where t.number = e.transaction)
) f
