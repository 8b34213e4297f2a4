import type { AppDetail } from "#app/contract";
import styles from "./submit.module.css";

/** The ready cases of a code, one of which is run. */
export function CaseList({ app, chosen, choose }: { app: AppDetail; chosen: string | null; choose: (name: string) => void }) {
  return (
    <fieldset className={styles.cases}>
      <legend>Case</legend>
      {app.cases.map((one) => (
        <label key={one.name} className={styles.case}>
          <input type="radio" name="case" value={one.name} checked={one.name === chosen} onChange={() => choose(one.name)} />
          <span>
            <strong>{one.name}</strong>
            <span>{one.description}</span>
            {!one.ready && <span className={styles.missing}>not installed here: {one.missing.map((need) => need.name).join(", ")}</span>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
