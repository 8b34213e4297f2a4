-- A dispatcher that holds the pool's lock makes itself known; the epoch it gets stands in everything it claims. No row comes back when the pool is
-- another machine's and something of it may still run there, unless that machine is said to be gone ($9).
with before as (
  select p.machine, p.beat_at from headgate.job_pool p where p.name = $1::text
)
insert into headgate.job_pool as p (name, cores, memory_mib, epoch, host, machine, boot_id, memory_enforced, beat_at)
select $1::text, $2::integer, $3::bigint, 1, $4::text, $5::text, $6::text, $7::text, $8::timestamptz
where $9::boolean
  or not exists (select from before where machine <> $5::text)
  or not exists (select from headgate.job_attempt where pool = $1::text and state in ('starting', 'running'))
on conflict (name) do update set
  cores = excluded.cores, memory_mib = excluded.memory_mib, epoch = p.epoch + 1, host = excluded.host, machine = excluded.machine, boot_id = excluded.boot_id,
  memory_enforced = excluded.memory_enforced, beat_at = excluded.beat_at
returning p.epoch, (select beat_at from before) as beat_before
