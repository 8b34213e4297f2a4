import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Subject, Viewer } from "#access";
import { instant, manualClock, Problem, type StreamEvent } from "#kernel";
import type { Change } from "./contract.ts";
import { startEventHub, type EventHub, type HubPorts } from "./event-hub.ts";
import { GATHER_MS, GATHERED_MAX, QUEUED_EVENTS_MAX, REMEMBERED_EVENTS_MAX, RIGHTS_MS_MAX, STREAM_MS_MAX, SUBSCRIBERS_PER_PERSON_MAX } from "./limits.ts";

const maria = { name: "maria", admin: false };
const owner = { name: "owner", admin: true };
const instance = randomUUID();

/** Jobs named m... are maria's on materials, s... are sarah's on climate. */
const jobOf = (id: string): Extract<Subject, { kind: "job" }> =>
  id.startsWith("m") ? { kind: "job", owner: "maria", path: ["materials"] } : { kind: "job", owner: "sarah", path: ["climate"] };

function bed() {
  const channels = new Map<string, (payload: string | null) => void>();
  const clock = manualClock(instant(0));
  const looked: number[] = [];
  const failures: string[] = [];
  let lookUpsFail = false;
  let rights: (name: string) => Viewer | null = (name) => ({
    name,
    admin: name === "owner",
    memberships: name === "maria" ? [{ account: "materials", role: "member" }] : [],
  });
  const ports: HubPorts = {
    listen: async (channel, onNotify) => {
      channels.set(channel, onNotify);
      return async () => void channels.delete(channel);
    },
    subjects: {
      job: async (ids) => {
        if (lookUpsFail) throw new Error("the database is away");
        looked.push(ids.length);
        return new Map(ids.filter((id) => !id.endsWith("gone")).map((id) => [id, jobOf(id)]));
      },
      budget: async (ids) => new Map(ids.map((id) => [id, { kind: "account" as const, path: [id] }])),
    },
    rightsOf: async (person) => rights(person.name),
    onFailure: (words) => void failures.push(words),
  };
  return {
    ports,
    clock,
    looked,
    failures,
    channels,
    notify: (id: string | null, channel = "job_changed") => channels.get(channel)?.(id),
    failLookUps: () => (lookUpsFail = true),
    setRights: (now: typeof rights) => (rights = now),
  };
}

/** Reads events as they come, without ever waiting. */
function reader(events: AsyncIterable<StreamEvent<Change>>): { got: StreamEvent<Change>[]; ended: Promise<void> } {
  const got: StreamEvent<Change>[] = [];
  const ended = (async () => {
    for await (const event of events) got.push(event);
  })();
  return { got, ended };
}

const ids = (events: readonly StreamEvent<Change>[]) => events.map(({ data }) => `${data.kind}:${data.id ?? "several"}`);

let world: ReturnType<typeof bed>;
let hub: EventHub;
let stop: AbortController;
beforeEach(async () => {
  vi.useFakeTimers();
  world = bed();
  stop = new AbortController();
  hub = await startEventHub(world.ports, world.clock, instance);
});
afterEach(async () => {
  stop.abort();
  await hub.close();
  vi.useRealTimers();
});

const follow = async (person: typeof maria, lastEventId: string | null = null) => reader(await hub.subscribe(person, lastEventId, stop.signal));
const tick = (ms: number = GATHER_MS) => vi.advanceTimersByTimeAsync(ms);

describe("events", () => {
  test("reach those who may see the job or the account, and nobody else", async () => {
    const [hers, all] = [await follow(maria), await follow(owner)];
    for (const id of ["m1", "s1"]) world.notify(id);
    for (const id of ["materials", "climate"]) world.notify(id, "budget_changed");
    await tick();
    expect(ids(hers.got)).toEqual(["job:m1", "budget:materials"]);
    expect(ids(all.got)).toEqual(["job:m1", "job:s1", "budget:materials", "budget:climate"]);
    expect(hers.got.map(({ event }) => event)).toEqual(["job", "budget"]);
  });

  test("of one thing that changes often within a moment are one", async () => {
    const { got } = await follow(maria);
    for (let change = 0; change < 50; change += 1) world.notify("m1");
    await tick();
    world.notify("m1");
    await tick();
    expect([ids(got), world.looked]).toEqual([
      ["job:m1", "job:m1"],
      [1, 1],
    ]);
  });

  test("of a thousand things at once are one that says: several", async () => {
    const { got } = await follow(maria);
    for (let task = 0; task < GATHERED_MAX + 1; task += 1) world.notify(`m${task}`);
    await tick();
    expect([ids(got), world.looked]).toEqual([["job:several"], []]);
  });

  test("that may have been missed are told as several: a broken connection, an id of another form", async () => {
    const { got } = await follow(maria);
    world.notify(null);
    await tick();
    world.notify("x".repeat(201), "budget_changed");
    await tick();
    expect(ids(got)).toEqual(["job:several", "budget:several"]);
  });

  test("of what is no more are not told, and a look-up that fails is told as several", async () => {
    const { got } = await follow(maria);
    world.notify("m-gone");
    await tick();
    expect(got).toEqual([]);
    world.failLookUps();
    world.notify("m1");
    await tick();
    expect([ids(got), world.failures]).toEqual([["job:several"], ["what changed could not be looked up"]]);
  });
});

describe("a subscriber", () => {
  test("that comes back gets what it missed and may see, in order", async () => {
    const first = await follow(maria);
    world.notify("m1");
    await tick();
    for (const id of ["m2", "s1", "m3"]) world.notify(id);
    await tick();
    const back = await follow(maria, first.got[0]?.id ?? null);
    await tick();
    expect(ids(back.got)).toEqual(["job:m2", "job:m3"]);
    expect(back.got.map(({ id }) => id)).toEqual(first.got.slice(1).map(({ id }) => id));
  });

  test.each([
    ["from another process", `${randomUUID().slice(0, 8)}-0`],
    ["with an id of the future", `${instance.slice(0, 8)}-999`],
    ["with nonsense", "nonsense"],
  ])("that comes back %s is told to look for itself", async (_name, id) => {
    const { got } = await follow(maria, id);
    await tick();
    expect(ids(got)).toEqual(["job:several", "budget:several"]);
  });

  test("that was away for more than a thousand changes is told to look for itself", async () => {
    const first = await follow(maria);
    world.notify("m1");
    await tick();
    for (let batch = 0; batch <= REMEMBERED_EVENTS_MAX / 100; batch += 1) {
      for (let task = 0; task < 100; task += 1) world.notify(`m${batch}-${task}`);
      await tick();
    }
    const back = await follow(maria, first.got[0]?.id ?? null);
    await tick();
    expect(ids(back.got)).toEqual(["job:several", "budget:several"]);
  });

  test("that reads too slowly has a bounded queue and is told to look for itself", async () => {
    const events = await hub.subscribe(maria, null, stop.signal);
    for (let batch = 0; batch < 2; batch += 1) {
      for (let task = 0; task < QUEUED_EVENTS_MAX / 2 + 1; task += 1) world.notify(`m${batch}-${task}`);
      await tick();
    }
    const { got } = reader(events);
    await tick();
    expect(ids(got).slice(0, 2)).toEqual(["job:several", "budget:several"]);
    expect(got.length).toBeLessThan(QUEUED_EVENTS_MAX);
  });

  test("ends when the caller goes away, after a quarter of an hour, and when the hub closes", async () => {
    const gone = new AbortController();
    const [left, aged, closed] = [
      reader(await hub.subscribe(maria, null, gone.signal)),
      await follow(maria),
      reader(await hub.subscribe(owner, null, stop.signal)),
    ];
    gone.abort();
    await left.ended;
    expect(hub.subscribers).toBe(2);
    await tick(STREAM_MS_MAX);
    await aged.ended;
    await hub.close();
    await closed.ended;
    expect([hub.subscribers, world.channels.size]).toEqual([0, 0]);
  });

  test("loses what it may no longer see, and its stream when it is switched off", async () => {
    const { got, ended } = await follow(maria);
    await tick(0);
    world.setRights((name) => ({ name, admin: false, memberships: [] }));
    world.clock.advance(RIGHTS_MS_MAX);
    await tick(RIGHTS_MS_MAX);
    world.notify("materials", "budget_changed");
    await tick();
    expect(got).toEqual([]);
    world.setRights(() => null);
    world.clock.advance(RIGHTS_MS_MAX);
    await tick(RIGHTS_MS_MAX);
    await ended;
    expect(hub.subscribers).toBe(0);
  });

  test("may open a bounded number of streams", async () => {
    for (let stream = 0; stream < SUBSCRIBERS_PER_PERSON_MAX; stream += 1) await follow(maria);
    await expect(hub.subscribe(maria, null, stop.signal)).rejects.toThrow(Problem);
    await expect(follow(owner)).resolves.toBeDefined();
  });
});
