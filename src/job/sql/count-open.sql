-- How much is in the queue already, of everybody and of one person; counted no further than the bounds.
select
  (select count(*)::integer from (select from headgate.job where pool = $1::text and state in ('submitted', 'queued', 'waiting', 'starting', 'running') limit $3::integer) everybody) as all_jobs,
  (select count(*)::integer from (select from headgate.job where pool = $1::text and person = $2::text and state in ('submitted', 'queued', 'waiting', 'starting', 'running') limit $4::integer) own) as own_jobs
