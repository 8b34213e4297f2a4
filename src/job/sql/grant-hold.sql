-- The money is reserved: the job gets its tasks. Only from `submitted`, so that a repeated step changes nothing.
with granted as (
  update headgate.job set hold_id = $2::text, reserved = $3::bigint, reserved_indirect = greatest(0, $3::bigint - reserved)
  where id = $1::uuid and state = 'submitted' and hold_id is null
  returning id, throttle, array_spec
)
select id from granted
