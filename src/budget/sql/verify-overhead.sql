-- Each cluster's overhead account, rule and alarm is what was decided and noted of it last.
with placed as (
  select t.*, b.position from headgate.journal_transaction t join headgate.journal_batch b on b.number = t.number / 1024 where t.kind = 'overhead'
), decided as (
  select distinct on (subject) subject, account_id, detail -> 'asked' as asked from placed where detail -> 'asked' is not null order by subject, position desc
), rung as (
  select distinct on (subject) subject, detail ->> 'alarm' as alarm, effective_at from placed where detail ->> 'alarm' is not null order by subject, position desc, number desc
), raised as (
  select distinct on (subject) subject, effective_at from placed where detail ->> 'alarm' = 'raised' order by subject, position desc, number desc
), judged as (
  select coalesce(o.cluster, substr(d.subject, 10)) as cluster, case
    when o.cluster is null then 'is in the journal but not among the clusters'
    when d.subject is null then 'was never decided'
    when (o.account_id, o.alarm::text, o.idle_payer, o.idle_minutes::text) is distinct from
      (d.account_id, d.asked ->> 'alarm', d.asked ->> 'idle_payer', d.asked ->> 'idle_minutes') then 'differs from what was decided'
    when (o.raised_at, o.cleared_at) is distinct from (h.effective_at, case when r.alarm = 'cleared' then r.effective_at end) then 'has an alarm of another moment'
  end as fault
  from headgate.overhead o full join decided d on d.subject = 'overhead:' || o.cluster
  left join rung r on r.subject = d.subject left join raised h on h.subject = d.subject
)
select (select count(*) from headgate.overhead) as checked,
  coalesce((array_agg('overhead of cluster ' || cluster || ' ' || fault order by cluster) filter (where fault is not null))[1:100], '{}') as faults from judged
