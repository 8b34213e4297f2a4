import { can, type Subject, type Viewer } from "#access";
import { Problem, type Clock, type Person, type StreamEvent } from "#kernel";
import type { Change } from "./contract.ts";
import { openBacklog } from "./event-backlog.ts";
import * as limits from "./limits.ts";

/**
 * Tells the dashboards what has changed, as it changes.
 *
 * PostgreSQL says on two channels that something changed; the payload is an id. Notifications are gathered for a tenth of a second, then
 * each id is looked up once (whose job, which account) and told to those who may see it. Only ids are told: the browser asks for the rest
 * and gets what it may. When there are too many to tell one by one, or when some may have been missed (the connection to the database
 * broke, a subscriber reads too slowly, a page comes back after too long), the id is null: several changed, look again.
 */

export type ChangeKind = Change["kind"];

/** The channels of PostgreSQL and what they speak of. */
export const CHANNELS: Readonly<Record<ChangeKind, string>> = { job: "job_changed", budget: "budget_changed" };

type ChangeSubject = Extract<Subject, { kind: "job" | "account" }>;

export type HubPorts = {
  listen(channel: string, onNotify: (payload: string | null) => void): Promise<() => Promise<void>>;
  /** What each id of a change is about; ids that are no more may be left out. At most 200 ids. */
  readonly subjects: Readonly<Record<ChangeKind, (ids: readonly string[]) => Promise<ReadonlyMap<string, ChangeSubject>>>>;
  /** The person's rights as they are now; null when it may no longer sign in. */
  rightsOf(person: Person): Promise<Viewer | null>;
  onFailure(words: string, error: unknown): void;
};

export type EventHub = {
  /** What changes from now on, or after `lastEventId` when that is still known. Throws `overloaded` when too many listen. */
  subscribe(person: Person, lastEventId: string | null, signal: AbortSignal): Promise<AsyncIterable<StreamEvent<Change>>>;
  readonly subscribers: number;
  close(): Promise<void>;
};

/** One change that was told; `subject` null for "several", which everybody may know. */
export type Told = { readonly change: Change; readonly subject: ChangeSubject | null };

type Subscriber = {
  readonly person: Person;
  viewer: Viewer;
  viewerAt: number;
  readonly queue: StreamEvent<Change>[];
  wake: () => void;
  leave: () => void;
  gone: boolean;
};

export async function startEventHub(ports: HubPorts, clock: Clock, instance: string): Promise<EventHub> {
  const subscribers = new Set<Subscriber>();
  const backlog = openBacklog(instance);
  const gathered: Record<ChangeKind, Set<string> | "several"> = { job: new Set(), budget: new Set() };
  let timer: NodeJS.Timeout | undefined;
  let telling = Promise.resolve();

  function gather(kind: ChangeKind, id: string | null): void {
    const ids = gathered[kind];
    if (id === null || id === "" || id.length > 200 || (ids !== "several" && ids.size >= limits.GATHERED_MAX)) gathered[kind] = "several";
    else if (ids !== "several") ids.add(id);
    timer ??= setTimeout(() => {
      timer = undefined;
      telling = telling.then(tellAll).catch((error: unknown) => ports.onFailure("changes could not be told", error));
    }, limits.GATHER_MS);
  }

  async function tellAll(): Promise<void> {
    for (const kind of Object.keys(gathered) as ChangeKind[]) {
      const ids = gathered[kind];
      gathered[kind] = new Set();
      if (ids === "several") tell({ change: { kind, id: null }, subject: null });
      else if (ids.size > 0) for (const told of await lookUp(kind, [...ids])) tell(told);
    }
  }

  async function lookUp(kind: ChangeKind, ids: readonly string[]): Promise<Told[]> {
    try {
      const subjects = await ports.subjects[kind](ids);
      return ids.flatMap((id) => {
        const subject = subjects.get(id);
        return subject === undefined ? [] : [{ change: { kind, id }, subject }];
      });
    } catch (error) {
      ports.onFailure("what changed could not be looked up", error);
      return [{ change: { kind, id: null }, subject: null }];
    }
  }

  function tell(told: Told): void {
    const id = backlog.add(told);
    for (const subscriber of subscribers) if (mayKnow(subscriber.viewer, told)) enqueue(subscriber, id, told.change);
  }

  function enqueue(subscriber: Subscriber, id: string, change: Change): void {
    if (subscriber.queue.length >= limits.QUEUED_EVENTS_MAX) subscriber.queue.splice(0, subscriber.queue.length, ...lookAgain(id));
    else subscriber.queue.push({ id, event: change.kind, data: change });
    subscriber.wake();
  }

  async function subscribe(person: Person, lastEventId: string | null, signal: AbortSignal): Promise<AsyncIterable<StreamEvent<Change>>> {
    if (subscribers.size >= limits.SUBSCRIBERS_MAX) throw new Problem("overloaded", { detail: `${limits.SUBSCRIBERS_MAX} callers follow the events already` });
    const own = [...subscribers].filter((subscriber) => subscriber.person.name === person.name).length;
    if (own >= limits.SUBSCRIBERS_PER_PERSON_MAX)
      throw new Problem("overloaded", { detail: `${person.name} follows the events ${own} times already`, fix: "Close some pages of the dashboard." });
    const viewer = await ports.rightsOf(person);
    if (viewer === null) throw new Problem("access.unauthenticated", { detail: `${person.name} may no longer sign in` });
    const missed = backlog.after(lastEventId);
    const queue =
      missed === "unknown"
        ? lookAgain(backlog.last())
        : missed.filter(([, told]) => mayKnow(viewer, told)).map(([id, { change }]) => ({ id, event: change.kind, data: change }));
    const subscriber: Subscriber = { person, viewer, viewerAt: clock.now(), queue: [...queue], wake: () => undefined, leave: () => undefined, gone: false };
    subscribers.add(subscriber);
    const life = setTimeout(leave, limits.STREAM_MS_MAX);
    function leave(): void {
      clearTimeout(life);
      subscriber.gone = true;
      subscribers.delete(subscriber);
      subscriber.wake();
    }
    subscriber.leave = leave;
    signal.addEventListener("abort", leave, { once: true });
    if (signal.aborted) leave();
    return follow(subscriber, leave);
  }

  async function* follow(subscriber: Subscriber, leave: () => void): AsyncGenerator<StreamEvent<Change>> {
    try {
      while (!subscriber.gone) {
        if (!(await refresh(subscriber))) return;
        for (let event = subscriber.queue.shift(); event !== undefined; event = subscriber.queue.shift()) yield event;
        if (subscriber.gone || subscriber.queue.length > 0) continue;
        await new Promise<void>((resolve) => {
          const rights = setTimeout(resolve, limits.RIGHTS_MS_MAX);
          subscriber.wake = () => {
            clearTimeout(rights);
            resolve();
          };
        });
      }
    } finally {
      leave();
    }
  }

  /** Looks anew what the person may see, now and then; false when the person may no longer sign in. */
  async function refresh(subscriber: Subscriber): Promise<boolean> {
    if (clock.now() - subscriber.viewerAt < limits.RIGHTS_MS_MAX) return true;
    const viewer = await ports.rightsOf(subscriber.person);
    if (viewer === null) return false;
    subscriber.viewer = viewer;
    subscriber.viewerAt = clock.now();
    return true;
  }

  const silence = await Promise.all((Object.keys(CHANNELS) as ChangeKind[]).map((kind) => ports.listen(CHANNELS[kind], (payload) => gather(kind, payload))));
  return {
    subscribe,
    get subscribers() {
      return subscribers.size;
    },
    close: async () => {
      clearTimeout(timer);
      for (const subscriber of subscribers) subscriber.leave();
      await Promise.all(silence.map((stop) => stop()));
      await telling;
    },
  };
}

function lookAgain(id: string): StreamEvent<Change>[] {
  return (Object.keys(CHANNELS) as ChangeKind[]).map((kind) => ({ id, event: kind, data: { kind, id: null } }));
}

function mayKnow(viewer: Viewer, { subject }: Told): boolean {
  if (subject === null) return true;
  return subject.kind === "job" ? can(viewer, "job.see", subject) : can(viewer, "account.see", subject);
}
