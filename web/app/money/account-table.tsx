import { Link } from "@tanstack/react-router";
import type { AccountView } from "#budget/contract";
import { Meter } from "../ui/meter.tsx";
import { Money } from "../ui/money.tsx";
import { barInWords, barOf, limitInWords } from "./accounts.ts";
import styles from "./money-page.module.css";

/** An account below another is set in by this much. */
const INDENT_PX = 18;

type AccountTableProps = { readonly accounts: readonly AccountView[]; readonly selected: string; readonly defaultName: string | null };

export function AccountTable({ accounts, selected, defaultName }: AccountTableProps) {
  const rootDepth = Math.min(...accounts.map((account) => account.depth));
  return (
    <div className={styles.sheet}>
      <table role="table" className={styles.accounts} aria-label="Budgets">
        <thead role="rowgroup">
          <tr role="row">
            <Head name="Account" />
            <Head name="" className={styles.bar} />
            <Head name="Spent" className={`${styles.money} ${styles.spent ?? ""}`} />
            <Head name="Reserved" className={`${styles.money} ${styles.reserved ?? ""}`} />
            <Head name="Leased" className={`${styles.money} ${styles.leased ?? ""}`} />
            <Head name="Free" className={styles.money} />
            <Head name="Allocated" className={`${styles.money} ${styles.allocated ?? ""}`} />
          </tr>
        </thead>
        <tbody role="rowgroup">
          {accounts.map((account) => (
            <AccountRow
              key={account.name}
              account={account}
              indent={(account.depth - rootDepth) * INDENT_PX}
              selected={account.name === selected}
              isDefault={account.name === defaultName}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Head({ name, className }: { name: string; className?: string | undefined }) {
  return (
    <th role="columnheader" scope="col" className={className}>
      {name === "" ? <span className="hg-hidden">Bar</span> : name}
    </th>
  );
}

type AccountRowProps = { readonly account: AccountView; readonly indent: number; readonly selected: boolean; readonly isDefault: boolean };

function AccountRow({ account, indent, selected, isDefault }: AccountRowProps) {
  const limit = limitInWords(account);
  const cells = [
    ["spent", account.spent],
    ["reserved", account.reserved],
    ["leased", account.leased],
    ["free", account.free],
    ["allocated", account.allocated],
  ] as const;
  return (
    <tr role="row" className={styles.account} data-selected={selected || undefined}>
      <th role="rowheader" scope="row">
        <span style={{ paddingInlineStart: indent }}>
          <Link
            to="/money"
            search={{ account: account.name }}
            replace
            className={styles.link}
            aria-current={selected ? "true" : undefined}
            title={account.title}
          >
            {account.name}
          </Link>
          <span className={styles.tag}>{isDefault ? "your default" : account.kind === "project" ? "" : account.kind}</span>
        </span>
        {limit !== null && (
          <span className={styles.limit} style={{ paddingInlineStart: indent }}>
            {limit}
          </span>
        )}
      </th>
      <td role="cell" className={styles.bar}>
        <Meter parts={barOf(account)} label={barInWords(account.name, account)} height={12} />
      </td>
      {cells.map(([name, amount]) => (
        <td key={name} role="cell" className={`${styles.money} ${styles[name] ?? ""}`}>
          <Money amount={amount} unit={account.unit} aligned />
        </td>
      ))}
    </tr>
  );
}
