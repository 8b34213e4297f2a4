-- The offered secret came back: it takes over.
update headgate.session
set previous_hash = hash, hash = next_hash, next_hash = null, next_offered_at = null, rotated_at = $3, seen_at = $3
where id = $1 and next_hash = $2
