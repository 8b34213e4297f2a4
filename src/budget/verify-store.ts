import { loadSql, type Database, type Verification } from "#db";

/** What the ledger promises of its tables, for `headgate db verify`: everything that is cached is added up again from the journal, and the journal is sealed again. */
export function ledgerVerifications(): Verification[] {
  return [
    { name: "every batch of the journal is what was sealed", run: verifyChain },
    whole("the chain of the journal is whole", "verify-head"),
    whole("every balance is what its entries add up to, within its limit", "verify-balances"),
    whole("every transaction has the entries it calls for", "verify-transactions"),
    whole("every reservation is what the journal says", "verify-holds"),
    whole("every attempt is charged once", "verify-attempts"),
    whole("every lease is what the journal says", "verify-leases"),
    whole("every standing cost is what was decided of it, and each of its days is charged once", "verify-standing"),
    whole("every overhead account of a cluster, and its alarm, is what was decided and noted of it", "verify-overhead"),
    whole("every rate of service units is what was decided", "verify-su-rates"),
    whole("every approved rate, cost of the service and rule of recharging is what was decided", "verify-recharge"),
    whole("every refund rule is what was decided, and every charge was refunded by it", "verify-refunds"),
    whole("every plan of funds is what was decided, and its reservations are divided without rest", "verify-funds"),
    whole("every quote is what was made, and was used once", "verify-quotes"),
    whole("every account is what was decided of it", "verify-accounts"),
    whole("every exemption is what was decided of it, and what it let in reserved nothing", "verify-exemptions"),
    whole("every overrun policy is what was decided, and what it moved belongs to a settlement", "verify-overrun"),
    whole("every rule of alerts is what was decided, and what rang stopped and told what it had to", "verify-alerts"),
    whole("every award is what was decided of it, and its money was released as scheduled", "verify-awards"),
  ];
}

type Row = { readonly checked: bigint; readonly faults: readonly string[] };

/** These check more rows than any other statement: hash joins and sorts in memory, on two cores where there is more than a little, no compilation. */
async function roomy(db: Database): Promise<void> {
  const settings = { work_mem: "128MB", jit: "off", max_parallel_workers_per_gather: "2", parallel_setup_cost: "100", parallel_tuple_cost: "0.01" };
  await db.query(
    `select ${Object.entries(settings)
      .map(([name, value]) => `set_config('${name}', '${value}', true)`)
      .join(", ")}`,
  );
}

function whole(name: string, file: string): Verification {
  return {
    name,
    run: async (db) => {
      await roomy(db);
      const [row] = await db.query<Row>(loadSql("budget", file));
      return row ?? { checked: 0n, faults: [`${file} gave no answer`] };
    },
  };
}

/** Stretch by stretch, so that the memory it needs does not grow with the journal. Counts entries, and transactions without any. */
async function verifyChain(db: Database): Promise<Row> {
  await roomy(db);
  let checked = 0n;
  const faults: string[] = [];
  for (let from = 0n; ;) {
    const [range] = await db.query<{ upto: bigint | null }>(loadSql("budget", "verify-range"), [from]);
    const upto = range?.upto ?? null;
    if (upto === null || upto <= from) return { checked, faults };
    const [row] = await db.query<{ transactions: bigint; entries: bigint; faults: string[] }>(loadSql("budget", "verify-chain"), [from, upto]);
    checked += row?.entries ?? 0n;
    faults.push(...(row?.faults ?? []));
    from = upto;
  }
}
