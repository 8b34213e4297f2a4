-- A dispatcher that holds the pool's lock makes itself known; the epoch it gets stands in everything it claims.
insert into headgate.job_pool (name, cores, memory_mib, epoch, host, boot_id, memory_enforced, beat_at)
values ($1::text, $2::integer, $3::bigint, 1, $4::text, $5::text, $6::text, $7::timestamptz)
on conflict (name) do update set
  cores = excluded.cores, memory_mib = excluded.memory_mib, epoch = job_pool.epoch + 1, host = excluded.host, boot_id = excluded.boot_id,
  memory_enforced = excluded.memory_enforced, beat_at = excluded.beat_at
returning epoch, (select old.beat_at from headgate.job_pool old where old.name = $1::text) as beat_before, (select old.boot_id from headgate.job_pool old where old.name = $1::text) as boot_before
