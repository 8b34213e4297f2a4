import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { machineRoutes, type Machine } from "#job/contract";
import { formatMemory, mib } from "#kernel";
import { routeQuery } from "../api/route-query.ts";
import { Command } from "../ui/command.tsx";
import { Meter } from "../ui/meter.tsx";
import { Empty, ProblemNotice } from "../ui/notice.tsx";
import { TimeAgo } from "../ui/time-ago.tsx";
import { JobTable } from "../work/job-table.tsx";
import { StateMark } from "../work/state-mark.tsx";
import { useShelf } from "../work/use-jobs.ts";
import { CoreCells } from "./core-cells.tsx";
import styles from "./machines-page.module.css";

/** A beat is no event, so the page looks again this often: a machine that falls silent is seen soon after the server takes it for gone. */
const LOOK_AGAIN_MS = 5000;

/** What jobs run on: how much of it is taken, and by what. */
export function MachinesPage() {
  const machines = useQuery({ ...routeQuery(machineRoutes.list, {}), refetchInterval: LOOK_AGAIN_MS });
  return (
    <div className={styles.page}>
      <title>Machines - Headgate</title>
      <h1>Machines</h1>
      {machines.isError && machines.data === undefined && <ProblemNotice error={machines.error} retry={() => void machines.refetch()} />}
      {machines.data !== undefined && machines.data.items.length === 0 && <NoMachine />}
      {machines.data?.items.map((machine) => (
        <MachineCard key={machine.name} machine={machine} />
      ))}
      {machines.data !== undefined && machines.data.items.length > 0 && <RunningHere />}
    </div>
  );
}

function NoMachine() {
  return (
    <div className={styles.sheet}>
      <Empty title="No machine takes jobs yet">
        <p>The machine that Headgate runs on takes them as soon as its worker has started. What is missing says</p>
        <Command line="headgate doctor" />
      </Empty>
    </div>
  );
}

function MachineCard({ machine }: { machine: Machine }) {
  const memory = { used: formatMemory(mib(machine.memory_used_mib)), whole: formatMemory(mib(machine.memory_mib)) };
  const memoryPercent = machine.memory_mib === 0 ? 0 : (machine.memory_used_mib / machine.memory_mib) * 100;
  return (
    <section className={styles.card} aria-label={`Machine ${machine.host}`}>
      <div className={styles.head}>
        <h2>{machine.host}</h2>
        <span className="hg-quiet">pool {machine.name}</span>
        <span className={styles.state}>
          {machine.state === "working" ? (
            <StateMark mark={{ word: "Takes jobs", shape: "check", tone: "plain", shelf: "running" }} />
          ) : (
            <StateMark mark={{ word: "Silent", shape: "question", tone: "warn", shelf: "running" }} />
          )}
        </span>
      </div>
      {machine.state === "silent" && (
        <p className={styles.silent}>
          Nothing starts here: the worker was last heard of <TimeAgo at={machine.seen_at} />. What runs goes on. See <code>headgate doctor</code>.
        </p>
      )}
      <dl className={styles.facts}>
        <div>
          <dt>Cores</dt>
          <dd>
            <strong>{machine.cores_used}</strong> of {machine.cores} in use
          </dd>
          <dd>
            <CoreCells used={machine.cores_used} whole={machine.cores} />
          </dd>
        </div>
        <div>
          <dt>Memory</dt>
          <dd>
            <strong>{memory.used}</strong> of {memory.whole} in use
          </dd>
          <dd>
            <Meter
              parts={memoryPercent > 0 ? [{ name: "used", percent: memoryPercent, texture: "solid" }] : []}
              label={`${memory.used} of ${memory.whole} of memory in use`}
              height={16}
            />
          </dd>
        </div>
        <div>
          <dt>Tasks</dt>
          <dd>
            <strong>{machine.tasks_running.toLocaleString("en-GB")}</strong> running, {machine.tasks_queued.toLocaleString("en-GB")} queued
          </dd>
          <dd className="hg-quiet">Memory limit by {machine.memory_enforced}</dd>
        </div>
      </dl>
    </section>
  );
}

function RunningHere() {
  const running = useShelf("running", {});
  if (running.pending) return null;
  return (
    <section aria-labelledby="running-here">
      <h2 id="running-here" className={styles.title}>
        Running now
      </h2>
      <div className={styles.sheet}>
        {running.jobs.length === 0 ? (
          <Empty title="Nothing of yours runs">
            <Link to="/submit">Submit a job</Link>
          </Empty>
        ) : (
          <JobTable jobs={running.jobs} shelf="running" label="Running jobs" selected={undefined} />
        )}
      </div>
    </section>
  );
}
