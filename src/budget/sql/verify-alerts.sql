-- Each rule of alerts is what was decided last; each alert is what the journal noted of it, its rule rings by it until it was cleared; an account is stopped exactly as its alerts that
-- act ask; and each that rang, was cleared or lifted is told to each of its destinations, in places without a gap.
with decided as (
  select distinct on (t.account_id, t.subject) t.* from headgate.journal_transaction t where t.kind = 'policy' and t.subject like 'alert-rule:%'
  order by t.account_id, t.subject, (select b.position from headgate.journal_batch b where b.number = t.number / 1024) desc
), noted as (
  select substr(t.subject, 7)::bigint as alert, t.detail ->> 'event' as event, count(*) as times, max(t.effective_at) as at, min(t.account_id) as account_id, min(t.by_person) as person
  from headgate.journal_transaction t where t.kind = 'alert' and t.subject ~ '^alert:\d{1,18}$' group by 1, 2
), told as (
  select m.alert, m.event, array_agg(m.destination order by m.destination) as destinations from headgate.alert_message m where m.alert is not null group by 1, 2
), acting as (
  select distinct on (account_id) account_id, case action when 'hold' then 'pending' when 'stop' then 'new' else 'approval' end as stopped
  from headgate.alert where cleared_at is null and lifted_at is null and action <> 'notify'
  order by account_id, array_position(array['hold', 'stop', 'approval'], action)
), judged as (
  select 'rule ' || coalesce(r.measure || ':' || r.threshold, substr(d.subject, 12)) || ' of ' || headgate.node_name(coalesce(r.account_id, d.account_id)) as name, case
    when r.id is null then 'was decided and is not there'
    when d.number is null then 'was never decided'
    when (r.margin, r.action, r.severity, to_json(r.destinations)::text, r.reason, r.person, r.since) is distinct from ((d.detail -> 'asked' ->> 'margin')::integer,
      d.detail -> 'asked' ->> 'action', d.detail -> 'asked' ->> 'severity', d.detail -> 'asked' ->> 'destinations', d.why, d.by_person, d.effective_at) then 'differs from what was decided'
    when r.ringing is distinct from (select l.number from headgate.alert l where l.rule_id = r.id and l.cleared_at is null) then 'does not ring as its alerts say'
  end as fault
  from headgate.alert_rule r full join decided d on d.account_id = r.account_id and d.subject = 'alert-rule:' || r.measure || ':' || r.threshold
  union all
  select 'alert ' || coalesce(l.number, n.alert), case
    when l.number is null then 'was noted and is not there'
    when (n.event, n.times, n.account_id) is distinct from (e.event, 1::bigint, l.account_id) then e.event || ' once, and the journal says otherwise'
    when n.at is distinct from e.at then e.event || ' at another time than the journal says'
    when e.event = 'lifted' and n.person is distinct from l.lifted_by then 'lifted by somebody else than the journal says'
    when e.event <> 'acknowledged' and (select t.destinations from told t where t.alert = l.number and t.event = e.event)
      is distinct from (select array_agg(distinct d order by d) from unnest(l.destinations) d) then e.event || ', and was not told to those it is for'
  end
  from headgate.alert l
  cross join lateral (values ('raised', l.raised_at), ('cleared', l.cleared_at), ('lifted', l.lifted_at), ('acknowledged', l.acknowledged_at)) e (event, at)
  full join noted n on n.alert = l.number and n.event = e.event
  where e.at is not null or n.alert is not null
  union all
  select 'account ' || headgate.node_name(b.node_id), case when b.stopped is distinct from a.stopped then 'is not stopped as its alerts ask' end
  from headgate.balance b left join acting a on a.account_id = b.node_id where b.stopped is not null or a.account_id is not null
  union all
  select 'destination ' || d.name, case
    when (m.messages, m.last) is distinct from (d.last_place, d.last_place) then 'has a gap in its messages'
    when m.done <> d.done_place or m.done_last > d.done_place then 'has messages sent out of order'
  end
  from headgate.alert_destination d cross join lateral (
    select count(*) as messages, max(place) as last, count(*) filter (where sent_at is not null or refused_at is not null) as done,
      coalesce(max(place) filter (where sent_at is not null or refused_at is not null), 0) as done_last
    from headgate.alert_message where destination = d.name
  ) m
)
select count(*) as checked, coalesce((array_agg(name || ' ' || fault order by name) filter (where fault is not null))[1:100], '{}') as faults from judged
