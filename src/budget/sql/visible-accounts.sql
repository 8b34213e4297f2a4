-- The accounts a person has a part in: those named in $1, and all below those named in $2 (which are managed).
select a.name from headgate.account a
where a.kind <> 'outside' and (a.name = any ($1) or a.path && array(select m.id from headgate.account m where m.name = any ($2)))
order by a.name
limit $3
