select kind, path, bytes, sha256 from headgate.job_file where attempt_id = $1::uuid order by kind, path limit $2::integer
