-- The names from an account up to its root.
select n.name from headgate.account a join headgate.account n on n.id = any (a.path) where a.name = $1 and a.kind <> 'outside' order by n.id desc
