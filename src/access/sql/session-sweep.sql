-- Forgets sessions that are over ($2: not seen since), and the oldest of a person beyond the last nineteen.
delete from headgate.session
where expires_at <= $1 or seen_at <= $2
   or id in (select id from headgate.session where person = $3 order by created_at desc, id offset 19)
