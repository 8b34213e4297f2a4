-- Each reservation is what the journal says of it. Most have nothing but their reservation, so the rest is added up apart.
with told as (
  select t.number, t.hold_id, t.account_id, t.expires_at, t.amount from headgate.journal_transaction t where t.kind = 'hold'
), more as (
  select t.hold_id,
    bool_or(t.kind in ('renew', 'reprice')) as renewed,
    coalesce(sum(t.amount) filter (where t.kind = 'reprice'), 0) as amount,
    coalesce(sum(t.amount) filter (where t.kind = 'settle'), 0) as charged,
    bool_or(t.kind = 'settle' and t.final) as settled, bool_or(t.kind = 'release') as released, bool_or(t.kind = 'expire') as expired,
    -- What is left in the pocket beside the reservation: less what settlements took of it and gave back, less what was released.
    coalesce(sum(case when t.kind = 'reprice' then t.amount when t.kind = 'settle' then -t.returned - least(t.amount, taken.amount)
      when t.kind in ('release', 'expire') then -t.amount end), 0) as remaining
  from headgate.journal_transaction t
  left join lateral (
    select coalesce(sum(e.amount), 0) as amount from headgate.journal_entry e where t.kind = 'settle' and e.transaction = t.number and e.from_pocket = 'held' and e.to_pocket = 'spent'
  ) taken on true
  where t.hold_id is not null and t.kind <> 'hold' group by t.hold_id
), judged as (
  select coalesce(h.id, t.hold_id, m.hold_id) as id, case
    when h.id is null then 'is in the journal but not among the reservations'
    when t.hold_id is null then 'is not in the journal'
    when (h.transaction, h.account_id, h.amount, h.charged, h.remaining) is distinct from
      (t.number, t.account_id, t.amount + coalesce(m.amount, 0), coalesce(m.charged, 0), t.amount + coalesce(m.remaining, 0)) then 'differs from the journal in its amounts'
    when h.expires_at is distinct from case when m.renewed then (
      select r.expires_at from headgate.journal_transaction r join headgate.journal_batch b on b.number = r.number / 1024
      where r.hold_id = t.hold_id and r.kind in ('renew', 'reprice') order by b.position desc, r.number desc limit 1
    ) else t.expires_at end then 'differs from the journal in when it expires'
    when h.state is distinct from case
      when m.expired then 'expired' when m.settled then 'settled'
      when m.released then case when m.charged > 0 then 'settled' else 'released' end else 'open' end then 'is ' || h.state || ', which the journal does not say'
  end as fault
  from headgate.hold h full join told t on t.hold_id = h.id full join more m on m.hold_id = coalesce(h.id, t.hold_id)
)
select count(*) as checked, coalesce((array_agg('reservation ' || id || ' ' || fault order by id) filter (where fault is not null))[1:100], '{}') as faults from judged
