-- Takes the right to send to one destination that has something to send and is not waited for: for $1, until $2. What is free the longest comes first.
update headgate.alert_destination d set lease = $1::uuid, leased_until = $2::timestamptz
where d.name = (
  select name from headgate.alert_destination
  where done_place < last_place and (next_at is null or next_at <= $3::timestamptz) and (leased_until is null or leased_until <= $3::timestamptz)
  order by next_at nulls first, name limit 1 for update skip locked)
returning d.name, d.done_place, d.failures
