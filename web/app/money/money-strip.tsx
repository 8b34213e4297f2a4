import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { budgetRoutes, type AccountView } from "#budget/contract";
import { useAskEvery } from "../api/live.ts";
import { POLL_MS } from "../api/query-client.ts";
import { routeQuery } from "../api/route-query.ts";
import { Meter } from "../ui/meter.tsx";
import { Money } from "../ui/money.tsx";
import { barInWords, barOf, canHoldJobs, limitInWords } from "./accounts.ts";
import styles from "./money-strip.module.css";

/** More projects than this are on the Money page; the strip stays one line on a wide screen. */
const PROJECTS_MAX = 4;

/** What each of my projects has left, above the jobs that spend it. */
export function MoneyStrip() {
  const status = useQuery({ ...routeQuery(budgetRoutes.showStatus, {}), refetchInterval: useAskEvery(POLL_MS) });
  const accounts = (status.data?.accounts ?? []).filter(canHoldJobs);
  if (accounts.length === 0) return null;
  const shown = accounts.slice(0, PROJECTS_MAX);
  const hidden = accounts.length - shown.length;
  return (
    <section aria-label="Budgets" className={styles.strip}>
      {shown.map((account) => (
        <ProjectCard key={account.name} account={account} />
      ))}
      {hidden > 0 && (
        <Link to="/money" className={styles.more}>
          {hidden} more on Money
        </Link>
      )}
    </section>
  );
}

function ProjectCard({ account }: { account: AccountView }) {
  const limit = limitInWords(account);
  return (
    <Link to="/money" search={{ account: account.name }} className={styles.card}>
      <span className={styles.name}>{account.name}</span>
      <span className={styles.free}>
        <strong>
          <Money amount={account.free} unit={account.unit} />
        </strong>{" "}
        <span className="hg-quiet">free</span>
      </span>
      <Meter parts={barOf(account)} label={barInWords(account.name, account)} height={6} />
      <span className={styles.parts}>
        <span>
          <Money amount={account.spent} unit={account.unit} /> spent
        </span>
        <span>
          <Money amount={account.reserved} unit={account.unit} /> reserved
        </span>
        <span className={styles.of}>
          of <Money amount={account.allocated} unit={account.unit} />
        </span>
      </span>
      {limit !== null && <span className={styles.limit}>{limit}</span>}
    </Link>
  );
}
