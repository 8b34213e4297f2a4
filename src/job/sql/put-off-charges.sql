-- The ledger refused these charges, which must not happen: a person should look, and they are asked for again later.
with refused as (
  update headgate.job_attempt a set settle_after = $2::timestamptz where a.id = any($1::uuid[]) and a.state = 'ended' returning a.job_id
)
update headgate.job j set flagged = true, reason = $3::text from (select distinct job_id from refused) r where j.id = r.job_id
