import type { AlertsService } from "#alert";
import type { openBudget } from "#budget";
import type { Database } from "#db";
import {
  formatMoney,
  instant,
  milliseconds,
  NAME,
  parseMicros,
  parseTimeLimit,
  Problem,
  seconds,
  ZERO_MICROS,
  type Clock,
  type MiB,
  type Micros,
  type Person,
} from "#kernel";
import { loadPriceBook, quoteLocalRun } from "#price";
import type { AsbbCheck, AsbbCheckAsk } from "./contract.ts";
import { asDollars, fallbackPrice, holdPercentage, type AsbbPrice, type AsbbWork } from "./cost.ts";
import { partitionLimit } from "./store.ts";

export type AsbbContext = {
  readonly db: Database;
  readonly clock: Clock;
  readonly budget: ReturnType<typeof openBudget>;
  readonly alerts: Pick<AlertsService, "listAlerts" | "showAlert" | "acknowledge">;
};

/** Refusals that asbb answers with 200 and `available: false`: the money is not there. */
const NOT_AVAILABLE: ReadonlySet<string> = new Set(["budget.insufficient", "budget.overrun"]);

/** What an amount on our own wire is. */
export const money = (text: string): Micros => parseMicros(text) ?? ZERO_MICROS;

/** asbb's check: reserves the most that a job can cost. */
export function openCheck({ db, clock, budget }: AsbbContext) {
  async function check(person: Person, ask: AsbbCheckAsk, key: string): Promise<AsbbCheck> {
    const limit = parseTimeLimit(ask.wall_time);
    const wallTime = milliseconds(limit?.kind === "limited" ? limit.seconds * 1000 : 0);
    const price = await priceOf({ nodes: ask.nodes, cpus: ask.cpus, gpus: ask.gpus, partition: ask.partition, wallTime });
    const asker = personOf(person, ask.user_id);
    const granted = await place(asker, ask, price, wallTime, key);
    const account = await budget.showAccount(person, ask.account);
    const partition = await partitionLimit(db, ask.account, ask.partition);
    const reserved = granted.holdId === null ? ZERO_MICROS : price.hold;
    return {
      available: granted.holdId !== null,
      estimated_cost: asDollars(price.estimated),
      hold_amount: asDollars(reserved),
      transaction_id: granted.holdId ?? "",
      message: granted.words ?? `${formatMoney(price.hold)} reserved on ${ask.account} (${price.words})`,
      budget_remaining: asDollars(money(account.can_commit)),
      recommendation: granted.holdId === null ? "ask for less, or for more money" : "run",
      details: {
        account_balance: asDollars(money(account.free)),
        current_hold: asDollars(money(account.reserved)),
        partition_used: partition === null ? null : asDollars(partition.used),
        partition_limit: partition === null ? null : asDollars(partition.limit),
        hold_percentage: holdPercentage(price),
        advisor_confidence: null,
        price: price.by,
      },
    };
  }

  async function place(
    person: Person,
    ask: AsbbCheckAsk,
    price: AsbbPrice,
    wallTime: number,
    key: string,
  ): Promise<{ holdId: string | null; words: string | null }> {
    try {
      const hold = await budget.placeHold(
        person,
        {
          account: ask.account,
          amount: price.hold,
          unit: "USD",
          subject: subjectOf(ask.job_details),
          partition: ask.partition,
          expiresAt: null,
          until: instant(clock.now() + wallTime),
          formula: price.formula,
          expected: price.estimated,
        },
        key,
      );
      return { holdId: hold.holdId, words: null };
    } catch (error) {
      if (error instanceof Problem && NOT_AVAILABLE.has(error.code)) return { holdId: null, words: error.detail };
      throw error;
    }
  }

  /** By the recorded rates of our own machines; by asbb's formula where there are none. */
  async function priceOf(work: AsbbWork): Promise<AsbbPrice> {
    const book = await loadPriceBook(db, "USD");
    if (!book.rates.some(({ resource }) => resource === "core") || work.gpus > 0) return fallbackPrice(work);
    try {
      const quote = quoteLocalRun(book, {
        cores: work.nodes * work.cpus,
        memory: 1 as MiB,
        timeLimit: seconds(Math.ceil(work.wallTime / 1000)),
        grace: milliseconds(0),
        times: 1,
        at: clock.now(),
      });
      const core = quote.formula.filter((term) => term.resource === "core");
      const amount = core.reduce((sum, term) => sum + money(term.amount), 0n) as Micros;
      return { estimated: amount, hold: amount, by: "rates", words: quote.words, formula: core };
    } catch (error) {
      if (error instanceof Problem && error.code === "price.missing") return fallbackPrice(work);
      throw error;
    }
  }

  return { check };
}

/** The plugin asks for everybody with one token; who is no administrator asks for herself. */
function personOf(person: Person, userId: string | number | undefined): Person {
  return person.admin && typeof userId === "string" && NAME.test(userId) ? { name: userId, admin: true } : person;
}

function subjectOf(details: Readonly<Record<string, unknown>> | undefined): string {
  const job = details?.["job_id"];
  if ((typeof job === "string" || typeof job === "number") && /^[\w.:+-]{1,100}$/.test(String(job))) return `slurm:${job}`;
  return "asbb:check";
}
