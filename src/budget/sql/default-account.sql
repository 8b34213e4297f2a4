-- The account that a person's work is charged to when none is named.
select a.name from headgate.default_account d join headgate.account a on a.id = d.account_id where d.person = $1
