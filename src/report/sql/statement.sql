-- What a statement of account $1 from $2 to before $3 begins and ends with: the places in the chain, the seal of the last batch in it, the balances there.
with place as (
  select a.id, a.name, a.title, a.unit, headgate.chain_before($2::timestamptz) as after, headgate.chain_before($3::timestamptz) as upto from headgate.account a where a.name = $1
)
select p.name, p.title, p.unit, p.after, p.upto, l.booked_at as as_of, encode(l.hash, 'hex') as seal,
  o.allocated as opening_allocated, o.overrun as opening_overrun, o.spent as opening_spent, o.held as opening_held, o.leased as opening_leased,
  c.allocated as closing_allocated, c.overrun as closing_overrun, c.spent as closing_spent, c.held as closing_held, c.leased as closing_leased
from place p
cross join lateral headgate.balance_behind(p.id, p.after) o
cross join lateral headgate.balance_behind(p.id, p.upto) c
left join headgate.journal_batch l on l.position = p.upto
