-- What has not started ends here; what runs is marked for the dispatcher. $2: one task of an array, or null for all.
with pending as (
  update headgate.job_task t set state = 'ended', outcome = 'cancelled', ended_at = $3::timestamptz, moved_at = $3::timestamptz, moved_by = $4::text, moved_why = $5::text
  where t.job_id = $1::uuid and ($2::integer is null or t.index = $2::integer) and t.state in ('queued', 'waiting')
  returning t.id
)
select count(*)::integer as ended from pending
