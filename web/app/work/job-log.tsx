import { Button } from "@mantine/core";
import { useLayoutEffect, useRef, useState } from "react";
import { jobRoutes, type JobDetail } from "#job/contract";
import { addressOf } from "../api/client.ts";
import { asProblem } from "../api/problem.ts";
import { Empty, ProblemNotice } from "../ui/notice.tsx";
import { Icon } from "../ui/icons.tsx";
import { useLogText } from "./use-log-text.ts";
import { isEnded } from "./mark.ts";
import styles from "./job-log.module.css";

/** A reader who is within this many pixels of the end is taken to be reading along. */
const AT_END_PX = 24;

/** What the job prints, from the last part on, followed while it runs. Scrolling up stops the following, going back to the end resumes it. */
export function JobLog({ job }: { job: JobDetail }) {
  const log = useLogText(job.number, !isEnded(job.state));
  const box = useRef<HTMLDivElement>(null);
  const [following, setFollowing] = useState(true);

  useLayoutEffect(() => {
    if (following && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [log.text, following]);

  function onScroll(): void {
    const at = box.current;
    if (at !== null) setFollowing(at.scrollHeight - at.scrollTop - at.clientHeight <= AT_END_PX);
  }

  if (job.array !== null) return <Empty title="Each task has a log of its own">Open a task from the Tasks tab.</Empty>;
  if (log.error !== null) {
    if (asProblem(log.error).code === "job.no-log") return <Empty title="No log yet">It begins when the job starts.</Empty>;
    return (
      <div className={styles.problem}>
        <ProblemNotice error={log.error} />
      </div>
    );
  }
  return (
    <>
      <div className={styles.tools}>
        <span className={styles.state} role="status">
          {log.ended ? (log.text === "" ? "The job printed nothing" : "Complete") : following ? "Following" : "Not following: you scrolled up"}
        </span>
        {!following && (
          <Button variant="subtle" size="compact-xs" onClick={() => setFollowing(true)}>
            To the end
          </Button>
        )}
        <a href={addressOf(jobRoutes.log, { params: { job: job.number } })} target="_blank" rel="noreferrer" className={styles.whole}>
          <Icon name="download" size={14} /> Whole log
        </a>
      </div>
      <div ref={box} className={styles.box} role="log" aria-label={`Log of job ${job.number}`} aria-live="off" tabIndex={0} onScroll={onScroll}>
        {log.cut && <p className={styles.cut}>A long log: earlier lines are only in the whole log.</p>}
        <pre>{log.text}</pre>
      </div>
    </>
  );
}
