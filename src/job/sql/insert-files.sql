-- Checksums of what an attempt was given and what it left.
insert into headgate.job_file (attempt_id, kind, path, bytes, sha256)
select f.attempt_id, f.kind, f.path, f.bytes, f.sha256
from jsonb_to_recordset($1::jsonb) as f (attempt_id uuid, kind text, path text, bytes bigint, sha256 text)
on conflict (attempt_id, kind, path) do nothing
