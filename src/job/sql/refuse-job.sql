-- The money was refused: the end of a job that never cost anything.
with refused as (
  update headgate.job set state = 'refused', reserved = 0, reason = $2::text, refusal = $3::jsonb
  where id = $1::uuid and state = 'submitted' and hold_id is null
  returning id
), journalled as (
  insert into headgate.job_event (job_id, from_state, to_state, at, who, why)
  select id, 'submitted', 'refused', $4::timestamptz, $5::text, $2::text from refused
)
select id from refused
