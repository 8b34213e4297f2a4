-- The messages of one alert, or with $1 null the last tests of the account $2.
select m.id, m.destination, m.place, m.event, m.created_at, m.attempts, m.sent_at, m.refused_at, m.fault
from headgate.alert_message m
where case when $1::bigint is null then m.event = 'test' and m.account_id = (select id from headgate.account where name = $2) else m.alert = $1 end
order by m.created_at desc, m.destination collate "C", m.place desc
limit $3::integer
