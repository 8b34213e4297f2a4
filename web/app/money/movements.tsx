import { Button } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useId } from "react";
import { budgetRoutes, type AccountView, type JournalTransaction } from "#budget/contract";
import { useAskEvery } from "../api/live.ts";
import { POLL_MS } from "../api/query-client.ts";
import { pagedQuery, routeQuery } from "../api/route-query.ts";
import { usePages } from "../api/use-pages.ts";
import { Money } from "../ui/money.tsx";
import { Empty, ProblemNotice } from "../ui/notice.tsx";
import { TimeAgo } from "../ui/time-ago.tsx";
import { formulaWords } from "./formula-words.ts";
import { movementOf } from "./movement.ts";
import styles from "./money-page.module.css";

const PAGE_SIZE = 50;

/** Every movement of one account's money, newest first. */
export function Movements({ account }: { account: AccountView }) {
  const id = useId();
  const query = useInfiniteQuery({
    ...pagedQuery(budgetRoutes.listJournal, { query: { account: account.name, limit: PAGE_SIZE } }),
    refetchInterval: useAskEvery(POLL_MS),
  });
  const pages = usePages(query);
  const transactions = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section aria-labelledby={id}>
      <div className={styles.head}>
        <h2 id={id}>Movements on {account.name}</h2>
        <span className="hg-quiet">newest first</span>
      </div>
      {query.isError && query.data === undefined && <ProblemNotice error={query.error} retry={() => void query.refetch()} />}
      {query.data !== undefined && (
        <div className={styles.sheet}>
          {transactions.length === 0 ? (
            <Empty title="No money has moved yet">Reservations and charges of jobs stand here as they happen.</Empty>
          ) : (
            <MovementTable transactions={transactions} account={account} labelledBy={id} />
          )}
          {pages.more && (
            <div className={styles.more}>
              <Button variant="subtle" size="xs" loading={pages.loadingMore} onClick={pages.loadMore}>
                Show earlier movements
              </Button>
            </div>
          )}
        </div>
      )}
    </section>
  );
}

type MovementTableProps = { readonly transactions: readonly JournalTransaction[]; readonly account: AccountView; readonly labelledBy: string };

function MovementTable({ transactions, account, labelledBy }: MovementTableProps) {
  const holdWords = useHoldWords(account);
  return (
    <table role="table" className={styles.movements} aria-labelledby={labelledBy}>
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">
            What
          </th>
          <th role="columnheader" scope="col">
            Why
          </th>
          <th role="columnheader" scope="col" className={styles.person}>
            Who
          </th>
          <th role="columnheader" scope="col" className={styles.figure}>
            Figure
          </th>
          <th role="columnheader" scope="col">
            When
          </th>
          <th role="columnheader" scope="col" className={styles.money}>
            Amount
          </th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        {transactions.map((transaction) => (
          <MovementRow key={transaction.number} transaction={transaction} account={account} holdWords={holdWords.get(transaction.hold_id ?? "")} />
        ))}
      </tbody>
    </table>
  );
}

/** The newest reservations of an account, as many as a page may ask for; older ones are told by the journal's own words. */
const HOLDS_MAX = 500;

/** How each reservation of the account comes about, by its id. */
function useHoldWords(account: AccountView): ReadonlyMap<string, string> {
  const holds = useQuery(routeQuery(budgetRoutes.listHolds, { query: { account: account.name, limit: HOLDS_MAX } }));
  return new Map(holds.data?.items.map((hold) => [hold.id, formulaWords(hold.formula, hold.unit)]));
}

type MovementRowProps = { readonly transaction: JournalTransaction; readonly account: AccountView; readonly holdWords: string | undefined };

function MovementRow({ transaction, account, holdWords }: MovementRowProps) {
  const movement = movementOf(transaction, account.name);
  if (movement === null) return null;
  const why = movement.word === "Reserved" && holdWords !== undefined ? holdWords : transaction.why;
  return (
    <tr role="row" className={styles.movement} data-charge={movement.word === "Charged" || undefined}>
      <td role="cell" className={styles.kind}>
        {movement.word}
      </td>
      <td role="cell" className={styles.text} title={why}>
        {why}
      </td>
      <td role="cell" className={styles.person}>
        {transaction.person}
      </td>
      <td role="cell" className={styles.figure}>
        {transaction.figure ?? ""}
      </td>
      <td role="cell" className={styles.when}>
        <TimeAgo at={transaction.effective_at} />
      </td>
      <td role="cell" className={styles.money}>
        <Money amount={movement.amount} unit={account.unit} aligned />
      </td>
    </tr>
  );
}
