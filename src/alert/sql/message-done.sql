-- The message of a destination that was next was sent, or with $5 not null refused for good. Nothing when somebody else has the destination by now.
with moved as (
  update headgate.alert_destination set done_place = $3::bigint, failures = 0, fault = null, next_at = null, leased_until = $6::timestamptz
  where name = $1 and lease = $2::uuid and done_place = $3::bigint - 1
  returning name
)
update headgate.alert_message m set attempts = m.attempts + 1, fault = $5::text,
  sent_at = case when $5::text is null then $4::timestamptz end, refused_at = case when $5::text is not null then $4::timestamptz end
from moved where m.destination = moved.name and m.place = $3::bigint
returning m.place
