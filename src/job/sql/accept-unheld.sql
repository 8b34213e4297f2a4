-- Taken without a reservation, because the account reserves when a job starts. Only from `submitted`, so that a repeated step changes nothing.
update headgate.job set to_reserve = reserved, reserved = 0, reason = $2::text
where id = $1::uuid and state = 'submitted' and hold_id is null and to_reserve is null and reserve_at = 'start'
returning id
