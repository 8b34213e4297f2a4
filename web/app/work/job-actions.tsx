import { Button, Modal } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { jobRoutes, type JobDetail } from "#job/contract";
import { call, newIdempotencyKey } from "../api/client.ts";
import { useSession } from "../api/session.ts";
import { showAmount } from "../ui/amount.ts";
import { ProblemNotice } from "../ui/notice.tsx";
import { ReasonedButton } from "../ui/reasoned-button.tsx";
import type { JobFilter } from "./filter.ts";
import { whyNotMine } from "./job-rights.ts";
import { isEnded } from "./mark.ts";
import styles from "./job-actions.module.css";

type Action = "cancel" | "retry";

/** What can be done with a job: cancel it while it lives, run it again afterwards. Each asks first and says what it will cost or stop. */
export function JobActions({ job, filter }: { job: JobDetail; filter: JobFilter }) {
  const session = useSession();
  const [asked, setAsked] = useState<Action | null>(null);
  const action: Action = isEnded(job.state) ? "retry" : "cancel";
  return (
    <span className={styles.actions}>
      <ReasonedButton reason={whyNotMine(job, session)} variant="default" size="compact-sm" onClick={() => setAsked(action)}>
        {action === "cancel" ? "Cancel job" : "Run again"}
      </ReasonedButton>
      {asked !== null && <Confirm key={asked} job={job} action={asked} filter={filter} close={() => setAsked(null)} />}
    </span>
  );
}

function Confirm({ job, action, filter, close }: { job: JobDetail; action: Action; filter: JobFilter; close: () => void }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [idempotencyKey] = useState(newIdempotencyKey);
  const params = { job: job.number };
  const command = useMutation({
    mutationFn: async (): Promise<string> => {
      if (action === "cancel") return (await call(jobRoutes.cancel, { params, body: {} }, { idempotencyKey })).number;
      return (await call(jobRoutes.retry, { params, body: {} }, { idempotencyKey })).job.number;
    },
    onSuccess: async (number) => {
      await queries.invalidateQueries();
      close();
      if (number !== job.number) void navigate({ to: "/work/$job", params: { job: number }, search: filter });
    },
  });
  return (
    <Modal
      opened
      onClose={close}
      title={action === "cancel" ? `Cancel job ${job.number}?` : `Run ${job.number} again?`}
      centered
      size="md"
      overlayProps={{ backgroundOpacity: 0.35 }}
    >
      <p>{action === "cancel" ? cancelWords(job) : retryWords(job)}</p>
      {command.isError && (
        <div className={styles.problem}>
          <ProblemNotice error={command.error} />
        </div>
      )}
      <div className={styles.buttons}>
        <Button variant="default" onClick={close} data-autofocus>
          {action === "cancel" ? "Let it be" : "Not now"}
        </Button>
        <Button {...(action === "cancel" ? { color: "var(--hg-bad)" } : {})} loading={command.isPending} onClick={() => command.mutate()}>
          {action === "cancel" ? "Cancel the job" : "Run again"}
        </Button>
      </div>
    </Modal>
  );
}

function cancelWords(job: JobDetail): string {
  const reserved = showAmount(job.reserved, job.unit);
  if (job.array !== null) {
    return `${job.array.pending} tasks will not start, ${job.array.running} running ones are stopped. What they used is charged, the rest of the ${reserved} is given back.`;
  }
  if (job.state === "running" || job.state === "starting") {
    return `The program is asked to stop and has 10 s to do so. What it has used is charged, the rest of the ${reserved} is given back.`;
  }
  return `It has not started. The ${reserved} reserved is given back.`;
}

function retryWords(job: JobDetail): string {
  const what = job.array === null ? "The same job" : "The tasks that did not complete";
  return `${what} will be submitted under a new number. Its own ${showAmount(job.reserved, job.unit)} at most will be reserved on ${job.project}, if that has as much.`;
}
