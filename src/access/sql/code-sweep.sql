-- Forgets codes that can no longer be used, and the oldest of a person beyond the last four: a fifth may be made now.
delete from headgate.sign_in_code
where expires_at <= $2
   or hash in (select hash from headgate.sign_in_code where person = $1 order by created_at desc, hash offset 4)
