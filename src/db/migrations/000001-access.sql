-- People, what they prove themselves with, the accounts they may use, and the stored answers of repeated requests.
-- Every secret (token, code, session) is kept as a hash only: who reads this database cannot sign in with what is in it.

create table headgate.person (
  name text primary key check (name ~ '^[a-z][a-z0-9_.-]{0,62}$'),
  display_name text not null check (char_length(display_name) between 1 and 200),
  email text check (char_length(email) between 3 and 254),
  -- The owner of the installation and its administrators: they may do everything, also in the name of another person.
  admin boolean not null default false,
  -- A person who left is switched off, not deleted: jobs and charges go on naming them.
  active boolean not null default true,
  created_at timestamptz not null
);

create table headgate.access_token (
  id uuid primary key,
  person text not null references headgate.person (name),
  hash bytea not null unique check (octet_length(hash) = 32),
  label text not null check (char_length(label) between 1 and 200),
  created_by text not null references headgate.person (name),
  created_at timestamptz not null,
  expires_at timestamptz check (expires_at > created_at),
  revoked_at timestamptz,
  -- After a rotation the secret before it stays good for a while, so that a program can be given the new one without a gap.
  previous_hash bytea unique check (octet_length(previous_hash) = 32),
  previous_until timestamptz,
  rotated_at timestamptz,
  -- Written at most once a minute. `secret_used_at` is of the present secret alone: one that nobody has used may have been lost on its way.
  last_used_at timestamptz,
  secret_used_at timestamptz,
  check ((previous_hash is null) = (previous_until is null))
);
create index access_token_person on headgate.access_token (person, id);

-- One-time codes that become a browser session. 40 bits are few, so the hash is a slow one (scrypt) and a code lives ten minutes.
create table headgate.sign_in_code (
  hash bytea primary key check (octet_length(hash) = 32),
  person text not null references headgate.person (name),
  created_by text not null references headgate.person (name),
  created_at timestamptz not null,
  expires_at timestamptz not null check (expires_at > created_at)
);
create index sign_in_code_person on headgate.sign_in_code (person, created_at);

-- A session's secret is exchanged from time to time: `next` is offered to the browser, takes over when it first comes back, and the
-- one before it stays good for a moment, because requests of one page overlap.
create table headgate.session (
  id uuid primary key,
  person text not null references headgate.person (name),
  hash bytea not null unique check (octet_length(hash) = 32),
  next_hash bytea unique check (octet_length(next_hash) = 32),
  next_offered_at timestamptz,
  previous_hash bytea unique check (octet_length(previous_hash) = 32),
  rotated_at timestamptz not null,
  created_at timestamptz not null,
  seen_at timestamptz not null,
  expires_at timestamptz not null check (expires_at > created_at),
  check ((next_hash is null) = (next_offered_at is null))
);
create index session_person on headgate.session (person, created_at);
create index session_expires on headgate.session (expires_at);

-- Which person may use which budget account. The account is named, not referenced: accounts are the budget room's.
create table headgate.membership (
  person text not null references headgate.person (name),
  account text not null check (char_length(account) between 1 and 200),
  role text not null check (role in ('member', 'manager', 'pi', 'delegate')),
  granted_by text not null references headgate.person (name),
  granted_at timestamptz not null,
  -- A delegate stands in for the PI for a time; outside of it the part is as if it were not there.
  from_at timestamptz,
  until_at timestamptz check (until_at > from_at),
  primary key (person, account),
  constraint membership_dates check (role = 'delegate' or from_at is null and until_at is null)
);
create unique index membership_pi on headgate.membership (account) where role = 'pi';
create index membership_account on headgate.membership (account, person);

-- Answers stored under an Idempotency-Key. A row without a status is being worked on by `instance` until `locked_until`;
-- after that (the process was killed) whoever comes with the same key takes it over and does the work again.
create table headgate.idempotent_answer (
  person text not null,
  key text not null check (char_length(key) between 1 and 200),
  route text not null,
  fingerprint bytea not null check (octet_length(fingerprint) = 32),
  instance uuid not null,
  locked_until timestamptz not null,
  status smallint check (status between 200 and 599),
  headers jsonb,
  body text,
  created_at timestamptz not null,
  primary key (person, key),
  check ((status is null) = (body is null) and (status is null) = (headers is null))
);
create index idempotent_answer_created on headgate.idempotent_answer (created_at);
create index idempotent_answer_open on headgate.idempotent_answer (instance) where status is null;
