-- Notes a new secret, unless an overlapping request has just noted one ($4: offers made before this are forgotten).
update headgate.session
set next_hash = $2, next_offered_at = $3
where id = $1 and (next_offered_at is null or next_offered_at <= $4)
returning id
