-- The ledger has given the rest of these holds back.
update headgate.job j set returned = j.returned + c.returned, hold_closed_at = $2::timestamptz
from jsonb_to_recordset($1::jsonb) as c (job_id uuid, returned bigint)
where j.id = c.job_id and j.hold_closed_at is null
