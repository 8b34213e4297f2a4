import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A schema with everything that makes putting rows back difficult, whatever the rooms happen to have today. */
export const AWKWARD_SCHEMA = `
-- Foreign keys in a circle, and one to the table itself.
create table headgate.account (
  id bigint generated always as identity primary key,
  name text not null unique,
  parent_id bigint references headgate.account,
  owner_id uuid not null,
  doubled bigint generated always as (id * 2) stored
);
create table headgate.person (id uuid primary key, name text not null, main_account_id bigint references headgate.account deferrable initially deferred);
alter table headgate.account add constraint account_owner foreign key (owner_id) references headgate.person deferrable initially deferred;

-- Append-only, as a journal is, and balanced at commit.
create table headgate.entry (account_id bigint not null references headgate.account, ordinal integer, amount bigint not null check (amount <> 0), at timestamptz not null, primary key (account_id, ordinal));
create function headgate.refuse_change() returns trigger language plpgsql as $$ begin raise exception 'append-only'; end $$;
create trigger append_only before update or delete or truncate on headgate.entry for each statement execute function headgate.refuse_change();
create function headgate.copy_name() returns trigger language plpgsql as $$ begin insert into headgate.note (said) values (new.name); return new; end $$;
create trigger note_it after insert on headgate.account for each row execute function headgate.copy_name();
create function headgate.balanced() returns trigger language plpgsql as $$ begin
  if (select sum(amount) from headgate.entry) <> 0 then raise exception 'not balanced'; end if; return null; end $$;
create constraint trigger balanced after insert on headgate.entry deferrable initially deferred for each row execute function headgate.balanced();
create trigger switched_off before insert on headgate.person for each row execute function headgate.refuse_change();
alter table headgate.person disable trigger switched_off;
create trigger in_replica before insert on headgate.person for each row execute function headgate.refuse_change();
alter table headgate.person enable replica trigger in_replica;

-- No key, every kind of value.
create table headgate.note (said text, at timestamptz, day date, span interval, exact numeric, ratio double precision, flag boolean, raw bytea, list text[], numbers bigint[], document jsonb);
create table headgate.event (at date not null, what text not null, primary key (at, what)) partition by range (at);
create table headgate.event_2025 partition of headgate.event for values from ('2025-01-01') to ('2026-01-01');
create table headgate.event_2026 partition of headgate.event for values from ('2026-01-01') to ('2027-01-01');
create table headgate.empty (id bigint primary key);
create sequence headgate.never_used start 100;
create sequence headgate.used start 5 increment 10;
create materialized view headgate.total as select account_id, sum(amount) as amount from headgate.entry group by account_id;
insert into headgate.empty values (1);
`;

export const AWKWARD_ROWS = `
begin;
insert into headgate.person values ('00000000-0000-7000-8000-000000000001', 'maria', 2), ('00000000-0000-7000-8000-000000000002', E'o''neil "x", \\\\ tab\\t', null);
insert into headgate.account (name, parent_id, owner_id) values ('root', null, '00000000-0000-7000-8000-000000000001'), ('child', 1, '00000000-0000-7000-8000-000000000002');
insert into headgate.account (name, parent_id, owner_id) select 'Ünïcode ' || n, 2, '00000000-0000-7000-8000-000000000001' from generate_series(1, 2000) n;
insert into headgate.entry select 1 + n % 2, n, case n % 2 when 0 then 7 else -7 end, '2026-11-21 12:00:00.123456+00' from generate_series(1, 1000) n;
insert into headgate.note values
  (null, null, null, null, null, null, null, null, null, null, null),
  (E'line\\nend \\\\. \\r', 'infinity', '2026-02-28', '1 mon 2 days 03:04:05.6', 12345678901234567890.123456789, 'NaN', true, '\\x00ff0a5c2e', array['a,b', null, '"q"', '\\.'], '{9223372036854775807,-1}', '{"a": [1, "\\\\.", null]}'),
  ('\\.', '-infinity', 'infinity', '-3 days', 'NaN', 1e-300, false, '', '{}', '{}', '"\\n"'),
  (repeat('x', 3000000), now(), current_date, '0', 0.1, 0.1, true, decode(repeat('0a5c2e0a', 200000), 'hex'), '{}', '{}', '{}');
insert into headgate.event values ('2025-05-05', 'a'), ('2026-05-05', 'b');
select nextval('headgate.used'), nextval('headgate.used');
refresh materialized view headgate.total;
commit;
`;

/** Migrations in a folder of their own. */
export function writeMigrations(folder: string, files: Readonly<Record<string, string>>): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, sql] of Object.entries(files)) writeFileSync(join(folder, `${name}.sql`), sql);
  return folder;
}
