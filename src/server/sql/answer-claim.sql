-- Takes the key for this instance: a new one, or one whose worker has gone without an answer ($6: now). No row when it is not to be had.
insert into headgate.idempotent_answer (person, key, route, fingerprint, instance, locked_until, created_at)
values ($1, $2, $3, $4, $5, $7, $6)
on conflict (person, key) do update
set instance = excluded.instance, locked_until = excluded.locked_until
where idempotent_answer.status is null
  and idempotent_answer.locked_until <= $6
  and idempotent_answer.fingerprint = excluded.fingerprint
returning key
