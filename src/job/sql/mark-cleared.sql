update headgate.job set cleared_at = $2::timestamptz where id = any($1::uuid[]) and cleared_at is null
