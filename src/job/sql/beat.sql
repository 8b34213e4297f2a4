update headgate.job_pool set beat_at = $3::timestamptz where name = $1::text and epoch = $2::bigint returning epoch
