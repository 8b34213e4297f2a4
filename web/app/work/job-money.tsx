import { useQuery } from "@tanstack/react-query";
import { budgetRoutes } from "#budget/contract";
import { microsToDecimal, micros, type Micros } from "#kernel";
import { jobRoutes, type JobCost, type JobDetail } from "#job/contract";
import { useAskEvery } from "../api/live.ts";
import { POLL_MS } from "../api/query-client.ts";
import { routeQuery } from "../api/route-query.ts";
import { percentOf, showAmount, toMicros } from "../ui/amount.ts";
import { Meter, type MeterPart } from "../ui/meter.tsx";
import { Money } from "../ui/money.tsx";
import { useNow } from "../ui/now.ts";
import { costSoFar } from "./cost-so-far.ts";
import { elapsedOf } from "./elapsed.ts";
import { isEnded } from "./mark.ts";
import styles from "./job-overview.module.css";

/** The most open reservations of a project that are looked through for a job's own. */
const HOLDS_MAX = 500;

/** What a job has cost: as it grows while it runs, as it was settled afterwards, always beside what was reserved. */
export function JobMoney({ job }: { job: JobDetail }) {
  const cost = useQuery({ ...routeQuery(jobRoutes.cost, { params: { job: job.number } }), refetchInterval: useAskEvery(POLL_MS) });
  const running = job.state === "running" && job.array === null && job.task === null;
  return (
    <section>
      <h3>Money</h3>
      {running ? <Growing job={job} /> : <Settled job={job} overrun={cost.data?.overrun ?? null} refunded={cost.data?.refunded ?? null} />}
      {cost.data !== undefined && <Formulas cost={cost.data} ended={isEnded(job.state)} />}
    </section>
  );
}

function Growing({ job }: { job: JobDetail }) {
  const now = useNow();
  const holds = useQuery(routeQuery(budgetRoutes.listHolds, { query: { account: job.project, state: "open", limit: HOLDS_MAX } }));
  const hold = holds.data?.items.find((each) => each.subject === `job:${job.id}`);
  const ran = elapsedOf(job, now);
  if (hold === undefined || ran === null) return <Settled job={job} overrun={null} refunded={null} />;
  // The program is stopped at its limit; what is shown never passes what was reserved.
  const reserved = toMicros(job.reserved);
  const spent = toMicros(job.charged) + costSoFar(hold.formula, ran);
  const shown = micros(spent > reserved ? reserved : spent);
  const text = microsToDecimal(shown);
  return (
    <>
      <dl className={styles.figures}>
        <Figure name="So far, about" amount={text} unit={job.unit} />
        <Figure name="Reserved, at most" amount={job.reserved} unit={job.unit} aside />
      </dl>
      <Meter parts={openParts(shown, reserved)} label={`about ${showAmount(text, job.unit)} so far of ${showAmount(job.reserved, job.unit)} reserved`} />
    </>
  );
}

/** While a job lives: what it has cost, and behind it what stays reserved. */
function openParts(cost: Micros, reserved: Micros): readonly MeterPart[] {
  const rest: MeterPart = { name: "reserved", percent: 100 - percentOf(cost, reserved), texture: "hatched" };
  return cost > 0n ? [{ name: "so far", percent: percentOf(cost, reserved), texture: "solid" }, rest] : [rest];
}

function Settled({ job, overrun, refunded }: { job: JobDetail; overrun: string | null; refunded: string | null }) {
  const ended = isEnded(job.state);
  const [reserved, charged] = [toMicros(job.reserved), toMicros(job.charged)];
  const over = overrun !== null && toMicros(overrun) > 0n;
  return (
    <>
      <dl className={styles.figures}>
        {(ended || charged > 0n) && <Figure name={job.figure === "estimated" ? "Charged, estimated" : "Charged"} amount={job.charged} unit={job.unit} />}
        {refunded !== null && toMicros(refunded) > 0n && <Figure name="Refunded" amount={refunded} unit={job.unit} />}
        {ended && <Figure name="Returned" amount={job.returned} unit={job.unit} aside />}
        <Figure name={ended ? "Was reserved" : "Reserved, at most"} amount={job.reserved} unit={job.unit} aside={ended} />
        {over && <Figure name="Overrun" amount={overrun} unit={job.unit} />}
      </dl>
      {reserved > 0n && (
        <Meter
          parts={ended ? [{ name: "charged", percent: percentOf(charged, reserved), texture: over ? "over" : "solid" }] : openParts(charged, reserved)}
          label={`${showAmount(job.charged, job.unit)} charged of ${showAmount(job.reserved, job.unit)} reserved`}
        />
      )}
    </>
  );
}

function Figure({ name, amount, unit, aside = false }: { name: string; amount: string; unit: JobDetail["unit"]; aside?: boolean }) {
  return (
    <div data-side={aside || undefined}>
      <dt>{name}</dt>
      <dd>
        <Money amount={amount} unit={unit} />
      </dd>
    </div>
  );
}

/** How the figures come about: the reservation's formula and, once there are charges, that of each attempt. */
function Formulas({ cost, ended }: { cost: JobCost; ended: boolean }) {
  const lines = cost.lines.slice(0, LINES_SHOWN);
  return (
    <>
      {lines.map((line) => (
        <p key={`${line.task ?? ""}/${line.attempt}`} className={styles.formula}>
          {line.task === null ? "" : `task ${line.task}, `}
          {cost.lines.length > 1 && line.task === null ? `attempt ${line.attempt}, ` : ""}
          charged {showAmount(line.charged, cost.unit)} = {line.formula}
          {line.figure === "estimated" ? " (estimated)" : ""}
        </p>
      ))}
      {cost.lines.length > lines.length && <p className={styles.formula}>and {cost.lines.length - lines.length} more attempts</p>}
      <p className={styles.formula}>
        {ended ? "was reserved" : "reserved"} {showAmount(cost.reserved, cost.unit)} = {cost.reserved_formula}
      </p>
      {ended && !cost.settled && <p className={styles.formula}>Not settled yet: {showAmount(cost.open, cost.unit)} is still reserved.</p>}
    </>
  );
}

/** Beyond these the lines of an array are read in its cost, by tasks. */
const LINES_SHOWN = 5;
