-- Changes what is given; null leaves a field as it is, and $4 says whether the e-mail address is given at all.
update headgate.person
set display_name = coalesce($2, display_name),
    email = case when $4 then $3 else email end,
    admin = coalesce($5, admin),
    active = coalesce($6, active)
where name = $1
returning name, display_name, email, admin, active, created_at
