import type { JobDetail } from "#job/contract";
import { Icon } from "../ui/icons.tsx";
import styles from "./job-overview.module.css";

type Check = JobDetail["checks"][number];

/** What was computed beside the value it should have. */
export function JobResults({ checks }: { checks: readonly Check[] }) {
  return (
    <section>
      <table className={styles.results} aria-label="Results">
        <thead>
          <tr>
            <th scope="col">Result</th>
            <th scope="col" className={styles.value}>
              Value
            </th>
            <th scope="col">Expected</th>
            <th scope="col">
              <span className="hg-hidden">Verdict</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {checks.map((check) => (
            <tr key={check.name}>
              <th scope="row">{check.name.replaceAll("_", " ")}</th>
              <td className={styles.value}>{valueOf(check)}</td>
              <td className={styles.expected}>{check.expected ?? ""}</td>
              <td>
                <Verdict ok={check.ok} words={check.words} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function valueOf(check: Check): string {
  // A result that is no value, e.g. that a file is there, is told in words.
  if (check.value === null) return check.words;
  return check.unit === null ? String(check.value) : `${check.value} ${check.unit}`;
}

/** The word; why it is so, on hover, and where it is off in plain sight. */
function Verdict({ ok, words }: { ok: boolean | null; words: string }) {
  if (ok === null) return <span className="hg-quiet">reported</span>;
  return (
    <span className={styles.verdict} data-ok={ok} title={words}>
      <Icon name={ok ? "check" : "close"} size={14} />
      {ok ? "ok" : "off"}
    </span>
  );
}
