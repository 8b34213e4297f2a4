import type { Database } from "#db";
import type { GaugePort } from "#server";

/** Reservations are given back each minute; one that waits this long for it says that nobody does. */
const OVERDUE = "interval '5 minutes'";

const GAUGES: readonly (Omit<GaugePort, "read"> & { readonly text: string })[] = [
  { name: "headgate_jobs", help: "Jobs by state.", label: "state", text: "select state as of, count(*) as value from headgate.job group by state" },
  {
    name: "headgate_holds",
    help: "Reservations by state.",
    label: "state",
    text: "select state::text as of, count(*) as value from headgate.hold group by state",
  },
  {
    name: "headgate_holds_overdue",
    help: "Open reservations whose time was over five minutes ago.",
    label: null,
    text: `select '' as of, count(*) as value from headgate.hold where state = 'open' and expires_at < now() - ${OVERDUE}`,
  },
  {
    name: "headgate_attempts_uncharged",
    help: "Attempts of jobs that ended five minutes ago and are not charged yet.",
    label: null,
    text: `select '' as of, count(*) as value from headgate.job_attempt where state = 'ended' and ended_at < now() - ${OVERDUE}`,
  },
  {
    name: "headgate_accounts",
    help: "Budget accounts by status; with overrun: those whose charges went beyond their limit.",
    label: "status",
    text: `select case when b.overrun > 0 then 'overrun' else b.status end as of, count(*) as value
      from headgate.balance b join headgate.account a on a.id = b.node_id where a.kind <> 'outside' group by 1`,
  },
  {
    name: "headgate_dollars",
    help: "Dollars of the accounts without a parent: allocated, spent, reserved, leased, overrun.",
    label: "pocket",
    text: `select p.of, (sum(p.amount) / 1e6)::float8 as value
      from headgate.balance b join headgate.account a on a.id = b.node_id
      cross join lateral (values ('allocated', b.allocated), ('spent', b.spent), ('reserved', b.held), ('leased', b.leased), ('overrun', b.overrun)) p (of, amount)
      where a.parent_id is null and a.kind <> 'outside' and b.unit = 'USD' group by 1`,
  },
  {
    name: "headgate_last_run_ok",
    help: "1 when the last run went well: verify (headgate db verify), backup (headgate db backup), upkeep (each minute).",
    label: "kind",
    text: "select kind as of, ok::integer as value from headgate.last_run",
  },
  {
    name: "headgate_last_success_timestamp_seconds",
    help: "When it last went well, in seconds since 1970.",
    label: "kind",
    text: "select kind as of, extract(epoch from ok_at)::float8 as value from headgate.last_run where ok_at is not null",
  },
  {
    name: "headgate_alerts_ringing",
    help: "Alerts that ring, by severity.",
    label: "severity",
    text: "select severity as of, count(*) as value from headgate.alert where cleared_at is null group by 1",
  },
  {
    name: "headgate_alert_messages_waiting",
    help: "Messages of alerts that have not arrived, by channel.",
    label: "channel",
    text: `select c.of, (select count(*) from headgate.alert_message m where m.sent_at is null and m.refused_at is null and split_part(m.destination, ':', 1) = c.of) as value
      from (values ('mail'), ('webhook'), ('slack')) c (of)`,
  },
  {
    name: "headgate_alert_message_age_seconds",
    help: "How long the oldest message of an alert waits that has not arrived; 0 when none waits.",
    label: null,
    text: `select '' as of, coalesce(extract(epoch from now() - min(created_at)), 0)::float8 as value
      from headgate.alert_message where sent_at is null and refused_at is null`,
  },
  {
    name: "headgate_alert_messages_refused",
    help: "Messages of alerts that were set aside because their receiver refused them for three days.",
    label: null,
    text: "select '' as of, count(*) as value from headgate.alert_message where refused_at is not null",
  },
  {
    name: "headgate_journal_batches",
    help: "Batches of the journal, each chained to the one before it.",
    label: null,
    text: "select '' as of, position as value from headgate.journal_head",
  },
  { name: "headgate_database_bytes", help: "Size of the database.", label: null, text: "select '' as of, pg_database_size(current_database()) as value" },
];

/** Figures that are read from the database when Prometheus asks. */
export function gauges(db: Database): GaugePort[] {
  return GAUGES.map(({ text, ...gauge }) => ({
    ...gauge,
    read: async () => (await db.query<{ of: string; value: bigint | number }>({ text, readOnly: true })).map(({ of, value }) => ({ of, value: Number(value) })),
  }));
}
