import type { ReactNode } from "react";
import { answeredStatus, asProblem } from "../api/problem.ts";
import { Icon } from "./icons.tsx";
import styles from "./notice.module.css";

/** A page or list with nothing in it: says so, and teaches what to do. */
export function Empty({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className={styles.empty}>
      <p className={styles.title}>{title}</p>
      <div className={styles.body}>{children}</div>
    </div>
  );
}

/** What went wrong, why, and what to do; the same three things the terminal prints. */
export function ProblemNotice({ error, retry }: { error: unknown; retry?: () => void }) {
  const problem = asProblem(error);
  const requestId = problem.facts["request_id"];
  return (
    <div className={styles.problem} role="alert">
      <Icon name="warning" />
      <div>
        <p className={styles.title}>{problem.title}</p>
        <p>{problem.detail}</p>
        <p className="hg-quiet">{problem.fix}</p>
        <p className={styles.code}>
          {problem.code}
          {typeof requestId === "string" && answeredStatus(problem) !== undefined ? ` · request ${requestId}` : ""}
        </p>
        {retry !== undefined && (
          <button type="button" className={styles.again} onClick={retry}>
            Try again
          </button>
        )}
      </div>
    </div>
  );
}
