select name, display_name, email, admin, active, created_at from headgate.person where name = $1
