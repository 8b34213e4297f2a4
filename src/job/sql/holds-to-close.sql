-- Jobs of which nothing runs or will, with every charge posted, whose hold is still open.
select j.id as job_id, j.hold_id, j.number, j.ended_at
from headgate.job j
where j.pool = $1::text and j.state = 'ended' and j.hold_id is not null and j.hold_closed_at is null and (j.close_after is null or j.close_after <= $3::timestamptz)
  and not exists (select from headgate.job_attempt a where a.job_id = j.id and a.state in ('starting', 'running', 'ended'))
order by j.number
limit $2::integer
