-- The award $1 with its rates, each class by the last that was dated by day $2.
select w.number, a.name as account, w.agency, w.title, w.pi, w.starts_on::text, w.ends_on::text, w.total,
  (
    select coalesce(json_agg(json_build_object('class', i.class, 'rate', i.rate, 'exempt', i.exempt, 'dated', i.dated, 'agreement', i.agreement) order by i.class), '[]')
    from (select distinct on (r.class) r.* from headgate.award_indirect r where r.award = w.number and r.dated <= $2::date order by r.class, r.dated desc, r.ordinal desc) i
  ) as rates
from headgate.award w join headgate.account a on a.id = w.account_id where w.number = $1
