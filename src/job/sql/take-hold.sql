-- The job goes on with another reservation; only from the one it was found with, so that a repeated step changes nothing.
update headgate.job set hold_id = $3::text where id = $1::uuid and hold_id = $2::text and hold_closed_at is null returning id
