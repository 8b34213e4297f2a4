-- What changed in what account $1 has and has spent, after place $2 of the chain up to $3, in order; at most $4.
select m.number, m.booked_at, t.effective_at as served_at, a.name as account, t.person, t.subject, t.why, j.number as job, j.name as job_name, t.figure,
  case when m.kind in ('refund', 'write-off') then m.kind when m.spent = 0 then 'allocation'
    when t.subject like 'indirect:%' then 'indirect' when t.key like 'ledger:loss:%' then 'loss' when t.subject like 'standing:%' then 'standing' when t.subject like 'overhead:%' then 'overhead'
    when t.hold_id is not null or t.detail ->> 'hold' is not null or t.detail ->> 'lease' is not null or t.subject like 'job:%' then 'job' else 'other' end as section,
  m.allocated - m.spent as amount, m.kind
from headgate.node_moves((select id from headgate.account where name = $1), $2, $3) m
join headgate.journal_batch b on b.number = m.number / 1024
join headgate.journal_transaction t on t.number = m.number
join headgate.account a on a.id = t.account_id
left join headgate.job j on j.id = case when t.subject ~ '^job:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then substr(t.subject, 5)::uuid end
where m.allocated <> 0 or m.spent <> 0
order by b.position, m.number
limit $4
