import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { jobsBed, type JobsBed } from "../../test/beds/jobs.ts";
import type { Membership } from "#access";
import { openAccounts } from "#budget";
import { divideRounded, micros, parseMicros, systemClock, type HandlerRequest, type Person, type Problem, type Route } from "#kernel";
import { jobRoutes, type JobSummary } from "./contract.ts";
import { jobHandlers } from "./routes.ts";

const MARIA: Person = { name: "maria", admin: false };
const SARAH: Person = { name: "sarah", admin: false };
const JAMES: Person = { name: "james", admin: false };
const OWNER: Person = { name: "owner", admin: true };

/** Maria and James work on materials, Sarah manages it; Otto belongs to nothing. */
const MEMBERSHIPS: Readonly<Record<string, readonly Membership[]>> = {
  maria: [{ account: "materials", role: "member" }],
  james: [{ account: "materials", role: "member" }],
  sarah: [{ account: "materials", role: "manager" }],
};

let bed: JobsBed;
let handlers: ReturnType<typeof jobHandlers>;
let keys = 0;

beforeEach(async () => {
  bed = await jobsBed();
  const accounts = openAccounts({ db: bed.database.db, clock: systemClock, source: "test" });
  handlers = jobHandlers({
    ...bed.submitPorts,
    rights: {
      viewer: (person) => Promise.resolve({ name: person.name, admin: person.admin, memberships: MEMBERSHIPS[person.name] ?? [] }),
      accountPath: (account) => accounts.pathOf(account),
      defaultProject: (person) => Promise.resolve(MEMBERSHIPS[person]?.[0]?.account ?? null),
    },
    wouldHold: accounts.wouldHold,
  });
});
afterEach(() => bed.close());

/** A request as the server hands it over: everything already read by the route's schemas. */
function ask<R extends Route>(
  route: R,
  person: Person,
  more: { params?: unknown; query?: unknown; body?: unknown; key?: string; signal?: AbortSignal } = {},
): HandlerRequest<R> {
  keys += 1;
  const request = {
    params: route.params?.parse(more.params),
    query: route.query?.parse(more.query ?? {}),
    body: route.body?.parse(more.body ?? {}),
    person,
    credential: { kind: "token", id: "t" },
    requestId: "r",
    address: "127.0.0.1",
    secure: false,
    idempotencyKey: route.idempotent === true ? (more.key ?? `${person.name}:${keys}`) : null,
    signal: more.signal ?? new AbortController().signal,
    setHeader: () => undefined,
  };
  return request as unknown as HandlerRequest<R>;
}

/** Every answer is encoded by its route's reply, so that a wrong shape fails here. */
async function call<K extends keyof typeof jobRoutes>(name: K, person: Person, more: Parameters<typeof ask>[2] = {}) {
  const handler = handlers[name] as unknown as (request: unknown) => Promise<unknown>;
  return jobRoutes[name].reply.parse(await handler(ask(jobRoutes[name], person, more))) as ReturnType<(typeof jobRoutes)[K]["reply"]["parse"]>;
}

const script = (text: string, more = "") => ({ file: "job.yaml", text: `command: [sh, -c, ${JSON.stringify(text)}]\ntime_limit: 1m\n${more}` });
const job = (number: string) => ({ params: { job: number } });

async function submitted(text: string, more = "", person = MARIA): Promise<string> {
  return (await call("submit", person, { body: script(text, more) })).job.number;
}

async function logOf(person: Person, number: string, query: Record<string, string> = {}, signal?: AbortSignal): Promise<string> {
  const stream = await handlers.log(ask(jobRoutes.log, person, { ...job(number), query, ...(signal === undefined ? {} : { signal }) }));
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

describe("submitting", () => {
  test("answers with the job, what it reserves and how that comes about", async () => {
    const reply = await call("submit", MARIA, { body: script("true", "resources: {cores: 2}\n") });
    expect(reply.job).toMatchObject({
      state: "queued",
      person: "maria",
      project: "materials",
      name: "script",
      app: null,
      cores: 2,
      memory_mib: 1024,
      reserved: "0.00014",
      charged: "0.00",
      command: ["sh", "-c", "true"],
    });
    expect(reply.estimate).toMatchObject({
      at_most: "0.00014",
      expected: null,
      formula: "2 cores x (60 s time limit + 10 s grace)",
      runtime_basis: "nothing is known",
    });
  });

  test("the same key is the same job, and another job under it is refused", async () => {
    const first = await call("submit", MARIA, { body: script("true"), key: "maria:k" });
    const again = await call("submit", MARIA, { body: script("true"), key: "maria:k" });
    expect(again.job.number).toBe(first.job.number);
    expect((await bed.money()).held).toBe(70n);
    await expect(call("submit", MARIA, { body: script("false"), key: "maria:k" })).rejects.toMatchObject({ code: "idempotency.mismatch" });
  });

  test("ten at once under one key are one job and one reservation", async () => {
    const replies = await Promise.all(Array.from({ length: 10 }, () => call("submit", MARIA, { body: script("true"), key: "maria:same" })));
    expect(new Set(replies.map((reply) => reply.job.number)).size).toBe(1);
    expect((await bed.money()).held).toBe(70n);
  });

  test("all faults come in one answer, those of flags too", async () => {
    const body = { file: "job.yaml", text: "app: nothing\nretires: 1\nproject: secret\n", overrides: { cores: 0, time_limit: "soon" } };
    await expect(call("submit", MARIA, { body })).rejects.toMatchObject({
      code: "input.invalid",
      faults: [
        { code: "value.range", path: "--cores", place: null },
        { code: "value.time", path: "--time-limit", place: null },
        { code: "app.not-found", path: "app", place: { line: 1 } },
        { code: "key.unknown", path: "retires", place: { line: 2 } },
        { code: "reference.unknown", path: "project", place: { line: 3 } },
      ],
    });
  });

  test("a project that one may not use is the same as none", async () => {
    const stranger: Person = { name: "otto", admin: false };
    await expect(call("submit", stranger, { body: script("true", "project: materials\n") })).rejects.toMatchObject({
      faults: [{ code: "reference.unknown", path: "project" }],
    });
    await expect(call("submit", stranger, { body: script("true") })).rejects.toMatchObject({
      faults: [{ code: "key.missing", message: "no project is named, and there is no default" }],
    });
  });

  test("flags win over the file", async () => {
    const reply = await call("submit", MARIA, {
      body: { ...script("true"), overrides: { name: "mine", cores: 3, memory: "2G", time_limit: "2m", array: "0-1" } },
    });
    expect(reply.job).toMatchObject({ name: "mine", cores: 3, memory_mib: 2048, time_limit_s: 120, array: { tasks: 2, pending: 2 } });
  });

  test("a refusal names the amounts and what would fit, and that does fit", async () => {
    await bed.close();
    bed = await jobsBed({ limit: micros(1_000n) });
    const accounts = openAccounts({ db: bed.database.db, clock: systemClock, source: "test" });
    handlers = jobHandlers({ ...bed.submitPorts, wouldHold: accounts.wouldHold });
    const body = script("true", "array: 0-99\n");
    const refused = await call("submit", MARIA, { body, key: "maria:poor" }).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: "budget.insufficient",
      detail: "materials can commit $0.001 now; this job can cost at most $0.007 (1 cores x (60 s time limit + 10 s grace))",
      fix: "It would fit with --array 0-13 (at most $0.00098).",
      facts: { available: "0.001", asked: "0.007", fits: [{ change: "--array 0-13", at_most: "$0.00098" }] },
    });
    await expect(call("submit", MARIA, { body, key: "maria:poor" })).rejects.toMatchObject({ code: "budget.insufficient" });
    const dry = await call("estimate", MARIA, { body });
    expect(dry).toMatchObject({
      decision: "refused",
      problem: { code: "budget.insufficient" },
      fits: [{ change: "--array 0-13", at_most: "0.00098" }],
      tasks: 100,
    });
    const fitting = await call("submit", MARIA, { body: { ...body, overrides: { array: "0-13" } } });
    expect(fitting.job.state).toBe("queued");
    expect((await call("list", MARIA)).items.map((one) => one.state)).toEqual(["queued", "refused"]);
  });

  test("what does not fit is let in for who is exempt, with nothing reserved, and every answer says so", async () => {
    await bed.close();
    bed = await jobsBed({ limit: micros(1_000n) });
    const accounts = openAccounts({ db: bed.database.db, clock: systemClock, source: "test" });
    handlers = jobHandlers({ ...bed.submitPorts, wouldHold: accounts.wouldHold });
    const asked = { kind: "exemption", account: "materials", person: "maria", reason: "deadline", approver: "dean" };
    await bed.database.db.query("select headgate.grant_exemption('exempt', $1, 'owner', 'test', now())", [JSON.stringify(asked)]);
    const body = script("true", "array: 0-99\n");
    const exempt = "not reserved: exempt (deadline, until it is withdrawn); $0.007 was asked for";
    expect(await call("estimate", MARIA, { body })).toMatchObject({ decision: "accepted", problem: null, estimate: { at_most: "0.007", exempt } });
    const { job, estimate } = await call("submit", MARIA, { body, key: "maria:exempt" });
    expect([job.state, job.reserved, estimate.at_most, estimate.exempt]).toEqual(["queued", "0.00", "0.007", exempt]);
    expect(await call("cost", MARIA, { params: { job: job.number } })).toMatchObject({ reserved: "0.00", open: "0.00", exempt });
    const fits = await call("submit", MARIA, { body: { ...body, overrides: { array: "0-13" } } });
    expect([fits.job.reserved, fits.estimate.exempt]).toEqual(["0.00098", null]);
  });

  test("an estimate changes nothing", async () => {
    expect(await call("estimate", MARIA, { body: script("true") })).toMatchObject({
      decision: "accepted",
      problem: null,
      project: "materials",
      estimate: { at_most: "0.00007" },
    });
    expect((await call("list", MARIA)).items).toEqual([]);
    expect((await bed.money()).held).toBe(0n);
  });
});

describe("looking", () => {
  test("lists come in pages, newest first, filtered by state, outcome, person and project", async () => {
    const numbers = [await submitted("true"), await submitted("exit 1", "", JAMES), await submitted("true", "", JAMES)];
    const first = await call("list", MARIA, { query: { limit: "2" } });
    expect(first.items.map((one) => one.number)).toEqual([numbers[2], numbers[1]]);
    const second = await call("list", MARIA, { query: { limit: "2", cursor: first.next } });
    expect([second.items.map((one) => one.number), second.next]).toEqual([[numbers[0]], null]);
    expect((await call("list", MARIA, { query: { person: "maria" } })).items).toHaveLength(1);
    await bed.start();
    await Promise.all(numbers.map((number) => bed.until(number)));
    expect((await call("list", MARIA, { query: { state: "failed,running" } })).items.map((one) => one.number)).toEqual([numbers[1]]);
    await expect(call("list", MARIA, { query: { state: "sleeping" } })).rejects.toMatchObject({ code: "input.invalid" });
  });

  test("one job with its attempts, files and journal; one task of an array by its index", async () => {
    await bed.start();
    const number = await submitted("echo x > a.out; exit $HEADGATE_TASK", "array: 0-1\noutputs: ['*.out']\nretries: {count: 1, on: [failed]}\n");
    await bed.until(number);
    const whole = await call("show", MARIA, job(number));
    expect(whole).toMatchObject({
      state: "settled",
      outcome: "failed",
      reason: "1 of 2 tasks completed",
      array: { ended: 2, completed: 1, running: 0 },
      retries: { count: 1, on: ["failed"] },
    });
    const task = await call("show", MARIA, job(`${number}_1`));
    expect(task).toMatchObject({ number: `${number}_1`, task: 1, outcome: "failed", files: [{ kind: "output", path: "a.out", bytes: 2 }] });
    expect(task.attempts.map((attempt) => [attempt.attempt, attempt.exit_code])).toEqual([
      [2, 1],
      [1, 1],
    ]);
    expect((await call("tasks", MARIA, { ...job(number), query: { limit: "1" } })).next).toBe("0");
    const events = await call("events", MARIA, job(`${number}_0`));
    expect(events.items.map((event) => event.to)).toEqual(["queued", "starting", "running", "ended", "settled"]);
    const cost = await call("cost", MARIA, job(number));
    expect(cost).toMatchObject({ reserved: "0.00028", open: "0.00", overrun: "0.00", settled: true, figure: "metered" });
    expect(cost.lines).toHaveLength(3);
    const [charged, returned] = [parseMicros(cost.charged)!, parseMicros(cost.returned)!];
    expect(charged + returned).toBe(280n);
    await expect(call("show", MARIA, job(`${number}_7`))).rejects.toMatchObject({ code: "job.not-found" });
  });

  test("the cost of a job says what policy gave back for how it ended, attempt by attempt", async () => {
    await bed.database.db.query("select headgate.set_refund_rule('rule', $1, 'owner', 'test', 'a trial', now())", [
      JSON.stringify({ account: "materials", state: "FAILED", share: 500_000 }),
    ]);
    await bed.start();
    const number = await submitted("sleep 1.6; exit 3", "resources: {cores: 2}\nretries: {count: 1, on: [failed]}\n");
    await bed.until(number);
    const cost = await call("cost", MARIA, job(number));
    const half = (text: string) => divideRounded(parseMicros(text)!, 2n, "half-even");
    expect(cost.lines.map((line) => parseMicros(line.refunded))).toEqual(cost.lines.map((line) => half(line.charged)));
    expect(parseMicros(cost.refunded)).toBe(cost.lines.reduce((sum, line) => sum + half(line.charged), 0n));
    expect(parseMicros(cost.refunded)).toBeGreaterThan(0n);
    expect((await bed.money()).spent).toBe(parseMicros(cost.charged)! - parseMicros(cost.refunded)!);
  });

  test("a colleague sees that there is a job, not what is in it; a stranger sees nothing", async () => {
    const number = await submitted("true");
    expect((await call("list", JAMES)).items).toHaveLength(1);
    expect((await call("why", JAMES, job(number))).job).toBe(number);
    await expect(call("show", JAMES, job(number))).rejects.toMatchObject({ code: "access.forbidden" });
    await expect(call("cancel", JAMES, { ...job(number), body: {} })).rejects.toMatchObject({ code: "access.forbidden" });
    const stranger: Person = { name: "otto", admin: false };
    expect((await call("list", stranger)).items).toEqual([]);
    await expect(call("why", stranger, job(number))).rejects.toMatchObject({ code: "job.not-found" });
    expect((await call("show", SARAH, job(number))).number).toBe(number);
    expect((await call("show", OWNER, job(number))).number).toBe(number);
  });

  test("a number that is none is not found", async () => {
    await expect(call("show", MARIA, job("999999999999999999"))).rejects.toMatchObject({ code: "job.not-found" });
    const plain = await submitted("true");
    await expect(call("show", MARIA, job(`${plain}_0`))).rejects.toMatchObject({ code: "job.not-found" });
  });

  test("why it waits comes from the queue as it is", async () => {
    const number = await submitted("true");
    const waiting = await submitted("true", `depends_on: {afterok: ${number}}\n`);
    expect(await call("why", MARIA, job(number))).toMatchObject({
      state: "queued",
      waits: [
        { kind: "worker", ok: false },
        { kind: "budget", ok: true },
      ],
    });
    expect((await call("why", MARIA, job(waiting))).waits[0]).toMatchObject({ kind: "dependency", words: `job ${number} (afterok): queued` });
  });
});

describe("the log", () => {
  test("is read from an offset, or from a line near its end", async () => {
    await bed.start();
    const number = await submitted("echo one; echo two; echo three");
    await bed.until(number);
    expect(await logOf(MARIA, number)).toBe("one\ntwo\nthree\n");
    expect(await logOf(MARIA, number, { offset: "4" })).toBe("two\nthree\n");
    expect(await logOf(MARIA, number, { tail_bytes: "8" })).toBe("three\n");
    expect(await logOf(MARIA, number, { tail_bytes: "1000" })).toBe("one\ntwo\nthree\n");
  });

  test("is followed until the job ends, everything included", async () => {
    await bed.start();
    const number = await submitted("for i in 1 2 3 4 5; do echo line $i; sleep 0.05; done");
    await bed.until(number, ["running"]);
    const log = await logOf(MARIA, number, { follow: "true" });
    // What became of the job stands beside what was read: a log that is cut short has its reason there.
    const { outcome, reason } = await call("show", MARIA, job(number));
    expect({ log, outcome, reason }).toEqual({ log: "line 1\nline 2\nline 3\nline 4\nline 5\n", outcome: "completed", reason: "exit code 0" });
  });

  test("stops when the reader goes away", async () => {
    await bed.start();
    const number = await submitted("echo begun; exec sleep 60");
    await bed.until(number, ["running"]);
    const gone = new AbortController();
    const stream = await handlers.log(ask(jobRoutes.log, MARIA, { ...job(number), query: { follow: "true" }, signal: gone.signal }));
    const read: string[] = [];
    for await (const chunk of stream) {
      read.push(Buffer.from(chunk).toString());
      gone.abort();
    }
    expect(read.join("")).toBe("begun\n");
    await call("cancel", MARIA, { ...job(number), body: {} });
    await bed.until(number);
  });

  test("is not there before the job starts, and an array has one for each task", async () => {
    const number = await submitted("true", "array: 4-5\n");
    await expect(logOf(MARIA, number)).rejects.toMatchObject({ code: "job.no-log", fix: `Name a task, e.g. headgate job logs ${number}_4.` });
    await expect(logOf(MARIA, `${number}_4`)).rejects.toMatchObject({ code: "job.no-log" });
    await expect(logOf(JAMES, `${number}_4`)).rejects.toMatchObject({ code: "access.forbidden" });
  });
});

describe("cancelling and trying again", () => {
  test("what has ended cannot be cancelled; what was cancelled can be, again", async () => {
    const number = await submitted("true");
    expect(await call("cancel", MARIA, { ...job(number), body: { reason: "wrong input" } })).toMatchObject({
      state: "ended",
      outcome: "cancelled",
      reason: "cancelled by maria: wrong input",
    });
    expect(await call("cancel", MARIA, { ...job(number), body: {} })).toMatchObject({ outcome: "cancelled" });
    await bed.start();
    await bed.until(number);
    const done = await submitted("true");
    await bed.until(done);
    await expect(call("cancel", MARIA, { ...job(done), body: {} })).rejects.toMatchObject({ code: "job.ended" });
  });

  test("a job is submitted again as it was, of an array what did not complete", async () => {
    await bed.start();
    const number = await submitted("exit $((HEADGATE_TASK % 2))", "array: 0-5%4\nname: odd\n");
    await expect(call("retry", MARIA, { ...job(number), body: {} })).rejects.toMatchObject({ code: "job.not-ended" });
    await bed.until(number);
    const again = await call("retry", MARIA, { ...job(number), body: { overrides: { time_limit: "2m" } } });
    expect(again.job).toMatchObject({ name: "odd", retry_of: number, time_limit_s: 120, array: { spec: "1,3,5%4", tasks: 3 } });
    await bed.until(again.job.number);
    const one = await call("retry", MARIA, { ...job(`${number}_4`), body: {} });
    expect(one.job.array).toMatchObject({ spec: "4", tasks: 1 });
    await bed.until(one.job.number);
    const summary: JobSummary = one.job;
    expect(summary.person).toBe("maria");
  });

  test("the same retry twice is one job", async () => {
    await bed.start();
    const number = await submitted("exit 1");
    await bed.until(number);
    const [first, second] = [
      await call("retry", MARIA, { ...job(number), body: {}, key: "maria:r" }),
      await call("retry", MARIA, { ...job(number), body: {}, key: "maria:r" }),
    ];
    expect(second.job.number).toBe(first.job.number);
    await bed.until(first.job.number);
  });
});

describe("the project that pays", () => {
  const LIGHT = 'command: ["true"]\ntime_limit: 1m\n';
  const paid = async (person: Person, text: string, more: object = {}) =>
    (await call("submit", person, { body: { file: "job.yaml", text, ...more } })).job.project;

  test("is the file's before the settings', and the settings' before the person's own default", async () => {
    const accounts = openAccounts({ db: bed.database.db, clock: systemClock, source: "test" });
    const allocated = parseMicros("10")!;
    await accounts.create({ name: "climate", title: null, kind: "project", parent: null, allocated, startsAt: null, endsAt: null }, "owner", "climate-here");
    expect(await paid(MARIA, LIGHT)).toBe("materials");
    expect(await paid(OWNER, LIGHT, { default_project: "climate" })).toBe("climate");
    expect(await paid(OWNER, `${LIGHT}project: materials\n`, { default_project: "climate" })).toBe("materials");
    expect(await paid(OWNER, LIGHT, { default_project: "climate", overrides: { project: "materials" } })).toBe("materials");
  });

  test("is refused with where it came from when the settings name one that is not there", async () => {
    const problem = await paid(MARIA, LIGHT, { default_project: "mateirals" }).catch((error: unknown) => error);
    expect(problem).toMatchObject({
      code: "input.invalid",
      faults: [{ code: "reference.unknown", path: "project", fix: expect.stringContaining("headgate config show") as string }],
    });
  });
});

test("inputs that could not be copied are named with their place before anything is reserved", async () => {
  const folder = await mkdtemp(join(tmpdir(), "inputs-"));
  try {
    await symlink("round", join(folder, "round"));
    const text = 'command: ["true"]\ntime_limit: 1m\ninputs:\n  - /dev/zero\n  - round\n  - gone\n';
    const problem = await call("submit", MARIA, { body: { file: "job.yaml", text, folder } }).catch((error: unknown) => error);
    const faults = (problem as Problem).faults.map((fault) => `${fault.place?.line}:${fault.place?.column} ${fault.code}`);
    expect(faults).toEqual(["4:5 job.input-unsuitable", "5:5 job.input-unreadable", "6:5 job.input-missing"]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
