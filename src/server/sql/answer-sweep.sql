-- Forgets answers older than $1, at most a thousand at a time.
delete from headgate.idempotent_answer
where (person, key) in (
  select person, key from headgate.idempotent_answer where created_at < $1 and (status is not null or locked_until < $2) limit 1000)
