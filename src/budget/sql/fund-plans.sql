-- Which accounts are paid from several funds, of those in $1 or of all, with the names of the funds in their order.
select a.name as account, p.mode, p.shares, p.set_by, p.set_at,
  array(select f.name from unnest(p.funds) with ordinality o (id, place) join headgate.account f on f.id = o.id order by o.place) as funds
from headgate.fund_plan p join headgate.account a on a.id = p.account_id
where $1::text[] is null or a.name = any ($1)
order by a.name
