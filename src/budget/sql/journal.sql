-- The movements of an account's money, newest first. $1 account, $2 the number before which a page begins (null: from the newest), $3 how many.
select t.number, t.kind, b.booked_at, t.effective_at, t.by_person as person, t.source,
  t.why || coalesce(' by quote ' || case when t.kind = 'hold' then t.detail ->> 'quote' end, '') as why, t.hold_id, t.key, t.figure, t.unit,
  coalesce((
    select json_agg(json_build_object('account', headgate.node_name(side.node), 'pocket', side.pocket, 'amount', side.amount::text) order by e.ordinal, side.amount)
    from headgate.journal_entry e
    cross join lateral (values (e.from_node, e.from_pocket, -e.amount), (e.to_node, e.to_pocket, e.amount)) side (node, pocket, amount)
    where e.transaction = t.number
  ), '[]') as entries
from (
  (
    select * from headgate.journal_transaction t
    where t.account_id = (select id from headgate.account where name = $1) and ($2::bigint is null or t.number < $2)
    order by t.number desc limit $3
  )
  union all
  (
    select * from headgate.journal_transaction t
    where t.kind = 'transfer' and t.account_id <> (select id from headgate.account where name = $1) and t.nodes @> array[(select id from headgate.account where name = $1)]
      and ($2::bigint is null or t.number < $2)
    order by t.number desc limit $3
  )
) t
join headgate.journal_batch b on b.number = t.number / 1024
order by t.number desc
limit $3
