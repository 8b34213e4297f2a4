import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { budgetRoutes, type BudgetStatus } from "#budget/contract";
import { useAskEvery } from "../api/live.ts";
import { POLL_MS } from "../api/query-client.ts";
import { routeQuery } from "../api/route-query.ts";
import { Command } from "../ui/command.tsx";
import { Money } from "../ui/money.tsx";
import { Empty, ProblemNotice } from "../ui/notice.tsx";
import { AccountTable } from "./account-table.tsx";
import { BurnDown } from "./burn-down.tsx";
import { Legend } from "./legend.tsx";
import { Movements } from "./movements.tsx";
import styles from "./money-page.module.css";

/** One bar for each account, parents before children; under them who and what spent it. */
export function MoneyPage() {
  const { account } = useSearch({ from: "/frame/money" });
  const status = useQuery({ ...routeQuery(budgetRoutes.showStatus, {}), refetchInterval: useAskEvery(POLL_MS) });
  return (
    <div className={styles.page}>
      <title>Money - Headgate</title>
      <div className={styles.top}>
        <h1>Money</h1>
        <Legend />
      </div>
      {status.isError && status.data === undefined && <ProblemNotice error={status.error} retry={() => void status.refetch()} />}
      {status.data !== undefined && <Accounts status={status.data} chosen={account} />}
    </div>
  );
}

function Accounts({ status, chosen }: { status: BudgetStatus; chosen: string | undefined }) {
  const [first] = status.accounts;
  if (first === undefined) {
    return (
      <div className={styles.sheet}>
        <Empty title="You have no part in any budget yet">
          <p>A manager of a project lets you in. On a new installation this opens a laboratory with budgets:</p>
          <Command line="headgate start" />
        </Empty>
      </div>
    );
  }
  const shown =
    status.accounts.find((account) => account.name === chosen) ?? status.accounts.find((account) => account.name === status.default_account) ?? first;
  return (
    <>
      <AccountTable accounts={status.accounts} selected={shown.name} defaultName={status.default_account} />
      {status.more && <p className="hg-quiet">There are more accounts than are shown: headgate budget accounts has them all.</p>}
      {status.standing_costs.length > 0 && <StandingCosts status={status} />}
      <BurnDown key={`left ${shown.name}`} account={shown} />
      <Movements key={shown.name} account={shown} />
    </>
  );
}

function StandingCosts({ status }: { status: BudgetStatus }) {
  return (
    <section className={styles.standing} aria-label="Standing costs">
      <h2>Costs money each day, whether or not anything runs</h2>
      <ul>
        {status.standing_costs.map((cost) => (
          <li key={`${cost.account} ${cost.name}`}>
            <span>{cost.name}</span>
            <span className="hg-quiet">{cost.account}</span>
            <span className="hg-number">
              <Money amount={cost.per_day} unit={cost.unit} /> a day
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
