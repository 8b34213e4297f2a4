-- The ledger: accounts in a tree, an append-only journal of double entries, balances cached from it, and reservations.
--
-- A node is anything that has a limit: an account, or a limit for one person or one partition inside an account. What an account
-- commits counts against every node of its path from the root, and against the limits inside them that the work falls under.
--
-- Money of a node lies in pockets. `free` may be committed, `held` is reserved for work, `leased` is set aside for a gate, `spent` is
-- gone; `overrun` is where comes from what truth posted beyond the limit. An entry takes an amount out of one pocket and puts it into
-- another, so that every transaction is double entry by its shape and all pockets of a unit always add up to zero (what is
-- allocated comes from the account 'outside'). Only spent, held and leased count upwards, on every node named by the transaction.
-- Allocating is giving a limit, not moving money down: a parent's limit bounds what its whole subtree commits, and children may together
-- be allocated more than their parent has (a parent with little left refuses first, and says so).
--
-- No foreign key leaves the journal or a hold: each would cost a row lock per entry, all rows are written by the functions below
-- in one transaction, and `headgate db verify` proves that nothing hangs in the air.

create sequence headgate.node_number as integer;

-- Domains: their checks are kept between statements, while those of a table are read and planned again by each statement that writes it,
-- which took a tenth of the time of one reservation.
create domain headgate.unit as text check (value in ('USD', 'SU'));
create domain headgate.amount as bigint check (value >= 0);
create domain headgate.account_status as text check (value in ('open', 'frozen', 'closed'));
create domain headgate.pocket as text check (value in ('free', 'held', 'leased', 'spent', 'overrun'));
create domain headgate.hold_state as text check (value in ('open', 'settled', 'released', 'expired'));
-- How sure a figure is.
create domain headgate.figure as text check (value in ('estimated', 'metered', 'billed', 'invoiced'));
create domain headgate.movement_kind as text check (value in (
  'open', 'status', 'policy', 'allocate', 'cut', 'transfer', 'absorb', 'limit', 'hold', 'renew', 'reprice', 'settle', 'release', 'expire',
  'charge', 'refund', 'write-off', 'award', 'period', 'standing', 'quote', 'overhead', 'lease-open', 'lease-renew', 'lease-settle', 'lease-return', 'alert'));

create table headgate.account (
  id integer primary key default nextval('headgate.node_number'),
  name text not null unique check (name ~ '^[a-z][a-z0-9_.-]{0,62}$'),
  title text not null check (char_length(title) between 1 and 200),
  -- 'outside' is where allocations come from: one for each unit, never charged, without a limit.
  kind text not null check (kind in ('institution', 'department', 'project', 'person', 'overhead', 'advance', 'outside')),
  parent_id integer references headgate.account (id),
  -- Ids from the root to the account itself. Parents are older, so the path ascends: locking by ascending id is locking from the root.
  path integer[] not null check (cardinality(path) between 1 and 8 and path[cardinality(path)] = id),
  unit headgate.unit not null,
  slurm_account text check (slurm_account ~ '^[a-z][a-z0-9_.-]{0,62}$'),
  -- When money is reserved for a job: when it is submitted, or when it starts. Null: as the nearest account above says; where none says, at submission.
  reserve_at text check (reserve_at in ('submission', 'start')),
  created_by text not null,
  created_at timestamptz not null,
  check (parent_id < id and (parent_id is null) = (cardinality(path) = 1))
);
create index account_parent on headgate.account (parent_id);
create unique index account_slurm on headgate.account (slurm_account) where slurm_account is not null;

-- A limit for one person or one partition inside an account and all below it. It has a balance of its own.
create table headgate.spending_limit (
  id integer primary key default nextval('headgate.node_number'),
  account_id integer not null references headgate.account (id) check (account_id < id),
  scope text not null check (scope in ('person', 'partition')),
  subject text not null check (char_length(subject) between 1 and 63),
  unique (account_id, scope, subject)
);

-- The balance of a node, cached from the journal by post_journal() alone. Half of each page is kept free, so that the busiest rows of
-- the product are updated in place and no index has to follow.
create table headgate.balance (
  node_id integer primary key,
  unit headgate.unit not null,
  status headgate.account_status not null default 'open',
  starts_at timestamptz,
  ends_at timestamptz check (ends_at > starts_at),
  -- What its alerts let in no more: anything new without approval, anything new, or also what waits. See stop_account().
  stopped text check (stopped in ('approval', 'new', 'pending')),
  allocated bigint not null default 0 check (allocated between 0 and 1000000000000000000),
  overrun headgate.amount not null default 0,
  spent headgate.amount not null default 0,
  held headgate.amount not null default 0,
  leased headgate.amount not null default 0,
  constraint balance_within_limit check (spent + held + leased <= allocated + overrun)
) with (fillfactor = 50);

-- A batch is what one call wrote. Its number is taken before anything is locked; its place in the chain is where it was sealed.
create sequence headgate.batch_number as bigint maxvalue 9007199254740991;
create table headgate.journal_batch (
  number bigint primary key check (number > 0),
  position bigint not null unique check (position > 0),
  booked_at timestamptz not null,
  -- sha256 over the hash of the batch one position before, this row, its transactions and their entries: see seal_batch().
  hash bytea not null check (octet_length(hash) = 32)
);

-- The number of a transaction is 1024 x batch + its ordinal in the batch, so that a batch is a range of numbers.
create table headgate.journal_transaction (
  number bigint primary key check (number > 1024),
  kind headgate.movement_kind not null,
  -- One key, one movement, for ever: idempotency keys live as long as the journal.
  key varchar(300) not null unique,
  account_id integer not null,
  unit headgate.unit not null,
  -- Every node that this transaction counts against, ascending.
  nodes integer[] not null,
  -- What was reserved, charged, given back or allocated; for a settlement also what was returned and what became overrun.
  amount bigint not null,
  returned bigint not null default 0,
  overrun bigint not null default 0,
  effective_at timestamptz not null,
  hold_id uuid,
  lease_id uuid,
  -- The charge that a refund or a write-off takes back.
  mends bigint,
  expires_at timestamptz,
  attempt integer check (attempt > 0),
  -- Whether a settlement closed its hold.
  final boolean,
  -- For whom; who did it, from where, and why.
  person varchar(200) not null,
  by_person varchar(200) not null,
  source varchar(200) not null,
  why varchar(500) not null,
  subject varchar(200),
  figure headgate.figure,
  -- Facts of its kind as they came: the formula of a hold, the old and new status of an account.
  detail json
);
create index journal_transaction_account on headgate.journal_transaction (account_id, number);
-- A transfer stands under the account it came from; the account it went to finds it here.
create index journal_transaction_transfer on headgate.journal_transaction (number) where kind = 'transfer';
create index journal_transaction_hold on headgate.journal_transaction (hold_id) where hold_id is not null and kind <> 'hold';
create index journal_transaction_lease on headgate.journal_transaction (lease_id) where lease_id is not null;
create index journal_transaction_mends on headgate.journal_transaction (mends) where mends is not null;

create table headgate.journal_entry (
  transaction bigint not null,
  ordinal integer not null,
  from_node integer not null,
  from_pocket headgate.pocket not null,
  to_node integer not null,
  to_pocket headgate.pocket not null,
  amount bigint not null check (amount > 0),
  primary key (transaction, ordinal),
  -- Between nodes only free money moves, and their allocations with it; within a node it changes its pocket.
  check (from_node = to_node and from_pocket <> to_pocket or from_node <> to_node and from_pocket = 'free' and to_pocket = 'free')
);

-- One row: the end of the chain. Whoever writes the journal locks it last, after the balances.
create table headgate.journal_head (
  one boolean primary key default true check (one),
  position bigint not null,
  booked_at timestamptz not null,
  hash bytea not null
) with (fillfactor = 50);
insert into headgate.journal_head (position, booked_at, hash) values (0, '-infinity', sha256('headgate journal'::bytea));

-- A reservation: the part of it that changes. What was asked, by whom and for what stands in its transaction.
create table headgate.hold (
  id uuid primary key,
  transaction bigint not null,
  account_id integer not null,
  amount bigint not null check (amount between 0 and 1000000000000000),
  remaining bigint not null check (remaining between 0 and amount),
  charged bigint not null default 0 check (charged >= 0),
  state headgate.hold_state not null default 'open',
  expires_at timestamptz,
  closed_at timestamptz,
  constraint hold_closed check (case state when 'open' then closed_at is null else closed_at is not null and remaining = 0 end)
) with (fillfactor = 80);
create index hold_open on headgate.hold (account_id) where state = 'open';
create index hold_expires on headgate.hold (expires_at) where state = 'open' and expires_at is not null;

-- What each attempt at the held work was charged. One charge for one attempt.
create table headgate.attempt (
  hold_id uuid not null,
  ordinal integer not null check (ordinal > 0),
  transaction bigint not null,
  charged bigint not null check (charged >= 0),
  figure headgate.figure not null,
  at timestamptz not null,
  primary key (hold_id, ordinal)
);

-- Asks that were refused, under their key: the same ask again, or a copy of it that was delayed, gets the same answer.
create table headgate.refusal (
  key varchar(300) primary key,
  -- The ask itself.
  account_id integer not null,
  person text not null,
  subject text not null,
  asked bigint not null,
  -- A digest of the rest of the request, where there is more that tells it from another.
  request text,
  code text not null,
  -- The level that refused, and what it could commit.
  level text not null,
  available bigint not null,
  at timestamptz not null
);
create index refusal_at on headgate.refusal (at);

-- The account that a person's work is charged to when none is named.
create table headgate.default_account (
  person text primary key check (char_length(person) between 1 and 200),
  account_id integer not null references headgate.account (id)
);

-- What costs money each day whether or not anything runs: head nodes, file systems, addresses.
create table headgate.standing_cost (
  name text primary key check (char_length(name) between 1 and 100),
  account_id integer not null references headgate.account (id),
  per_day bigint not null check (per_day between 1 and 1000000000000000),
  formula json not null,
  source text not null check (char_length(source) between 1 and 200),
  person text not null,
  -- Days are days in UTC; the last one is charged, too. Null: until somebody says so.
  starts_on date not null,
  ends_on date check (ends_on >= starts_on - 1),
  -- The last day that is charged; the day before the first while none is.
  accrued_to date not null check (accrued_to >= starts_on - 1),
  -- What is reserved for the days to come, and up to which.
  hold_id uuid,
  held_to date,
  check ((hold_id is null) = (held_to is null))
);

-- Nothing in the journal is ever changed or taken away; a mistake gets a reversing entry.
create function headgate.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the journal is append-only: % on % refused', tg_op, tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger append_only before update or delete or truncate on headgate.journal_transaction for each statement execute function headgate.refuse_change();
create trigger append_only before update or delete or truncate on headgate.journal_entry for each statement execute function headgate.refuse_change();
create trigger append_only before update or delete or truncate on headgate.journal_batch for each statement execute function headgate.refuse_change();
revoke update, delete, truncate on headgate.journal_transaction, headgate.journal_entry, headgate.journal_batch from public;
-- Truncating is left to the owner: a restore puts a whole journal back, with the trigger switched off for its transaction.
revoke update, delete on headgate.journal_transaction, headgate.journal_entry, headgate.journal_batch from current_user;

-- Where allocations come from.
insert into headgate.account (id, name, title, kind, path, unit, created_by, created_at) values
  (nextval('headgate.node_number'), 'outside-usd', 'Where dollars come from', 'outside', array[currval('headgate.node_number')]::integer[], 'USD', 'headgate', now()),
  (nextval('headgate.node_number'), 'outside-su', 'Where service units come from', 'outside', array[currval('headgate.node_number')]::integer[], 'SU', 'headgate', now());
