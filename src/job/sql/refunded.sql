-- What was given back of a job's charges, without what was of their indirect cost: by policy or by somebody's decision. $1 the job, $2 the index of a task (null: all). The keys are those of
-- dispatch/post-charges.ts, and those under which the ledger charges a late fund instead, or several funds.
select a.id as token, sum(r.amount)::bigint as refunded
from headgate.job_attempt a join headgate.job_task t on t.id = a.task_id join headgate.job j on j.id = a.job_id
cross join lateral (
  select late || fund || kind as prefix
  from unnest(array['', 'late:']) late cross join unnest(array['settle:', 'charge:']) kind
  cross join (select '' as fund union all select 'fund:' || p.ordinal || ':' from headgate.hold_part p where p.leader_id = j.hold_id::uuid and p.ordinal > 1) funds
) named
join headgate.journal_transaction m on m.key = named.prefix || a.job_id || ':' || a.ordinal
join headgate.journal_transaction r on r.mends = m.number and r.kind in ('refund', 'write-off')
where a.job_id = $1::uuid and a.state = 'settled' and ($2::integer is null or t.index = $2::integer)
group by a.id
