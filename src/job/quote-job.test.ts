import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openAccounts, findQuote } from "#budget";
import { instant, manualClock, micros, parseHourlyRate, parseMicros, systemRandomness, type Person, type Micros } from "#kernel";
import { chargeRun, loadPriceBook, quoteLocalRun, recordRate } from "#price";
import { jobsBed, type JobsBed } from "../../test/beds/jobs.ts";
import { dryRun } from "./dry-run.ts";
import { retryJob } from "./control-jobs.ts";
import { quoteJob } from "./quote-job.ts";
import { costOfJob } from "./show-jobs.ts";
import { submitJob } from "./submit.ts";

const MARIA: Person = { name: "maria", admin: false };
const DAY = 86_400_000;
let bed: JobsBed;
let clock: ReturnType<typeof manualClock>;
let keys = 0;
beforeEach(async () => {
  clock = manualClock(instant(Date.now()));
  bed = await jobsBed();
  const { db } = bed.database;
  bed.submitPorts = {
    ...bed.submitPorts,
    clock,
    pricing: {
      quote: async (ask) => quoteLocalRun(await loadPriceBook(db, "USD"), ask),
      charge: ({ formula, unit, elapsed }) => chargeRun(formula, elapsed, unit),
    },
  };
  await rate("3.6");
});
afterEach(() => bed.close());

/** Dollars for each core and hour, from the day before on; the last one recorded counts. */
async function rate(perHour: string): Promise<void> {
  const dated = new Date(clock.now() - DAY).toISOString().slice(0, 10);
  await recordRate(bed.database.db, { resource: "core", rate: parseHourlyRate(perHour)!, free: null, source: "rates", dated }, "owner", clock.now());
}

const file = (more = "", text = "true") => ({ file: "job.yaml", text: `command: [sh, -c, ${JSON.stringify(text)}]\ntime_limit: 1m\n${more}` });

function quoted(more = "", days = 7, key = `quote-${(keys += 1)}`) {
  return quoteJob(bed.submitPorts, MARIA, { submission: file(more), days }, key);
}

async function submitted(quote: string | undefined, more = "", text = "true"): Promise<string> {
  keys += 1;
  const submission = { ...file(more, text), ...(quote === undefined ? {} : { quote }) };
  return (await submitJob(bed.submitPorts, MARIA, submission, { key: `submit-${keys}`, retryOf: null })).number;
}

const reserved = async (number: string) => (await bed.row<{ reserved: bigint }>("select reserved from headgate.job where number = $1", [number])).reserved;

describe("a job that was quoted", () => {
  test("is reserved and charged by the rates of its quote, though they were raised since", async () => {
    const quote = await quoted();
    expect(quote).toMatchObject({
      account: "materials",
      amount: "0.07",
      state: "open",
      work: { app: null, cores: 1, time_limit: "60 s", tasks: 1, attempts: 1 },
    });
    expect((await bed.money()).held).toBe(0n);
    await rate("36");
    expect(await reserved(await submitted(undefined))).toBe(700_000n);
    await bed.start({ pricing: bed.submitPorts.pricing });
    const number = await submitted(quote.id, "name: under-quote\n", "sleep 1.1");
    expect(await reserved(number)).toBe(70_000n);
    await bed.until(number);
    const cost = await costOfJob({ ...bed.submitPorts }, MARIA, number);
    expect(cost.reserved_formula).toMatch(/\$3\.600000\/core-hour .*, as quoted on \d{4}-\d\d-\d\d$/);
    expect(cost.lines[0]!.formula).toContain("$3.600000/core-hour");
    // A thousandth of a dollar for a second of a core.
    expect(parseMicros(cost.charged)).toBe(micros(BigInt(cost.lines[0]!.elapsed_ms)));
    expect(await findQuote(bed.database.db, quote.id)).toMatchObject({
      holdId: (await bed.row<{ hold_id: string }>("select hold_id from headgate.job where number = $1", [number])).hold_id,
    });
  });

  test("is quoted once for a key, also when rates were raised in between", async () => {
    const quote = await quoted("", 7, "once");
    await rate("36");
    expect(await quoted("", 7, "once")).toEqual(quote);
    await expect(quoted("", 8, "once")).rejects.toMatchObject({ code: "idempotency.mismatch" });
  });

  test("may differ in name, command and files, and in nothing that its price depends on", async () => {
    const quote = await quoted("resources: {cores: 2}\n");
    for (const [more, words] of [
      ["", "cores 2, not 1"],
      ["resources: {cores: 2}\nretries: {count: 1, on: [failed]}\n", "attempts 1, not 2"],
      ["resources: {cores: 2}\narray: 0-2\n", "tasks 1, not 3"],
      ["resources: {cores: 2, memory: 3G}\n", "memory 1024 MiB, not 3072 MiB"],
    ] as const) {
      await expect(submitted(quote.id, more)).rejects.toMatchObject({ code: "budget.quote-other", detail: expect.stringContaining(words) as string });
    }
    const number = await submitted(quote.id, "name: other\nresources: {cores: 2}\noutputs: ['*.out']\n", "echo other");
    expect(await reserved(number)).toBe(140_000n);
  });

  test("is refused after its time, a second time, and for another project", async () => {
    const { db } = bed.database;
    const accounts = openAccounts({ db, clock, source: "test" });
    await accounts.ensure({ name: "soil", title: null, kind: "project", parent: null, allocated: micros(10_000_000n), startsAt: null, endsAt: null }, "owner");
    const [quote, late] = [await quoted(), await quoted()];
    await expect(submitted(quote.id, "project: soil\n")).rejects.toMatchObject({
      code: "budget.quote-other",
      detail: `quote ${quote.id} is for another account than soil`,
    });
    const number = await submitted(quote.id);
    await expect(submitted(quote.id)).rejects.toMatchObject({ code: "budget.quote-used" });
    await expect(submitted("01890000-0000-7000-8000-00000000000a")).rejects.toMatchObject({ code: "budget.quote-unknown" });
    clock.set(instant(clock.now() + 7 * DAY));
    await expect(submitted(late.id)).rejects.toMatchObject({ code: "budget.quote-expired" });
    expect((await bed.money()).held).toBe(70_000n);
    expect(await reserved(number)).toBe(70_000n);
  });

  test("is shown by a dry run with the price of the quote, which is used by nothing", async () => {
    const quote = await quoted();
    await rate("36");
    const ports = { ...bed.submitPorts, wouldHold: ({ amount }: { amount: Micros }) => Promise.resolve({ asked: amount, refusal: null, exempt: null }) };
    expect((await dryRun(ports, MARIA, { ...file(), quote: quote.id })).estimate).toMatchObject({ at_most: "0.07" });
    expect((await dryRun(ports, MARIA, file())).estimate).toMatchObject({ at_most: "0.70" });
    expect(await findQuote(bed.database.db, quote.id)).toMatchObject({ holdId: null });
  });

  test("is priced by the rates of now when it is sent again", async () => {
    const quote = await quoted();
    await bed.start({ pricing: bed.submitPorts.pricing });
    const number = await submitted(quote.id);
    await bed.until(number);
    await rate("36");
    const again = await retryJob({ ...bed.submitPorts, randomness: systemRandomness }, MARIA, number, undefined, "again");
    expect(again.job.reserved).toBe("0.70");
  });
});
