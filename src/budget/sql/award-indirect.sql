-- The indirect rates of award $1, the newest decision of a class first.
select i.class, i.rate, i.exempt, i.dated::text, i.agreement, i.approver from headgate.award_indirect i where i.award = $1 order by i.class collate "C", i.dated desc, i.ordinal desc
