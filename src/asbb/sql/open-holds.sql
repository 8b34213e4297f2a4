-- What is reserved and not settled; since when is what the journal says.
select
  (select count(*) from headgate.hold where state = 'open')::integer as open,
  (select coalesce(sum(remaining), 0) from headgate.hold where state = 'open')::bigint as held,
  (select min(t.effective_at) from headgate.hold h join headgate.journal_transaction t on t.number = h.transaction where h.state = 'open') as oldest,
  (select max(closed_at) from headgate.hold where state = 'settled') as settled
