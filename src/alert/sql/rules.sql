-- Rules of alerts that are not off. $1 accounts (null: all), $2 the account, measure and threshold after which a page begins (empty: from the first), $3 how many.
select r.id, a.name as account, r.measure, r.threshold, r.margin, r.action, r.severity, r.destinations, r.ringing, r.reason, r.person, r.since
from headgate.alert_rule r join headgate.account a on a.id = r.account_id
where r.action <> 'off' and ($1::text[] is null or a.name = any ($1))
  and ($2 = '' or (a.name collate "C", r.measure collate "C", r.threshold) > (split_part($2, '/', 1), split_part($2, '/', 2), split_part($2, '/', 3)::integer))
order by a.name collate "C", r.measure collate "C", r.threshold
limit $3::integer
