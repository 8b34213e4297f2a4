-- The rule of one account for a measure and a threshold, whether it is off or not.
select r.id, a.name as account, r.measure, r.threshold, r.margin, r.action, r.severity, r.destinations, r.ringing, r.reason, r.person, r.since
from headgate.alert_rule r join headgate.account a on a.id = r.account_id
where a.name = $1 and r.measure = $2 and r.threshold = $3::integer
