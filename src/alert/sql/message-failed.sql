-- It did not work: the destination is left until $5, and the message stays the next one.
with left_alone as (
  update headgate.alert_destination set failures = failures + 1, fault = $4::text, next_at = $5::timestamptz, lease = null, leased_until = null
  where name = $1 and lease = $2::uuid returning name
)
update headgate.alert_message m set attempts = m.attempts + 1, fault = $4::text
from left_alone where m.destination = left_alone.name and m.place = $3::bigint
