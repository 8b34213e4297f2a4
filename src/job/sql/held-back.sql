-- The alert that holds back the jobs of a project which have not started: of its account or of one above it.
select a.name as account, l.number as alert
from headgate.alert l join headgate.account a on a.id = l.account_id
where l.cleared_at is null and l.lifted_at is null and l.action = 'hold' and a.id = any (array(select unnest(path) from headgate.account where name = $1))
order by l.number limit 1
