with active as (
  update headgate.job_task t set cancel_requested_at = $3::timestamptz, cancel_by = $4::text, cancel_reason = $5::text
  where t.job_id = $1::uuid and ($2::integer is null or t.index = $2::integer) and t.state in ('starting', 'running') and t.cancel_requested_at is null
  returning t.id
)
select count(*)::integer as marked from active
