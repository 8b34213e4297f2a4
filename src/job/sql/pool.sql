select name, cores, memory_mib, host, memory_enforced, beat_at from headgate.job_pool where name = $1::text
