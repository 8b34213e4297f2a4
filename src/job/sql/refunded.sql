-- What was given back of a job's charges, without what was of their indirect cost: by policy or by somebody's decision. $1 the job, $2 the index of a task (null: all). The keys are those of
-- dispatch/post-charges.ts, and those under which the ledger charges a late fund instead.
select a.id as token, sum(r.amount)::bigint as refunded
from headgate.job_attempt a join headgate.job_task t on t.id = a.task_id
cross join lateral unnest(array['settle:', 'charge:', 'late:settle:', 'late:charge:']) prefix
join headgate.journal_transaction m on m.key = prefix || a.job_id || ':' || a.ordinal
join headgate.journal_transaction r on r.mends = m.number and r.kind in ('refund', 'write-off')
where a.job_id = $1::uuid and a.state = 'settled' and ($2::integer is null or t.index = $2::integer)
group by a.id
