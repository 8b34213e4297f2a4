import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { invariant, Problem } from "#kernel";
import { backoffMs, type Patience } from "./backoff.ts";
import { clientConfig, prepareSession, type ConnectionSettings, type UrlSource } from "./connection.ts";
import type { OnNotify } from "./database.ts";
import { cutConnection } from "./transaction.ts";

export type Listener = {
  listen(channel: string, onNotify: OnNotify): Promise<() => Promise<void>>;
  close(): Promise<void>;
};

/** A listening connection is tried again until it is closed, at most this far apart: whoever listens has nothing else to do. */
const RECONNECT: Patience = { totalMs: Number.POSITIVE_INFINITY, firstMs: 50, longestMs: 2_000 };

/** How often a silent connection is asked whether it lives, and how long it may take to say so: a network that drops packets gives no other sign. */
export type Probing = { readonly everyMs: number; readonly timeoutMs: number };
const PROBING: Probing = { everyMs: 30_000, timeoutMs: 5_000 };

/** Listeners of one Database; a bound against a leak in the caller. */
const LISTENERS_MAX = 1_000;

/** Lower case, because LISTEN without quotes folds case; 63 bytes is where PostgreSQL cuts identifiers, silently. */
const CHANNEL = /^[a-z][a-z0-9_]{0,62}$/;

type Session = { readonly client: pg.Client; readonly following: Set<string> };

/**
 * One connection for everything that a Database listens to. What is wanted (`wanted`) and what the connection follows
 * (`session.following`) are brought together by `reconcile`, one run after another, so that the connection is never told
 * two things at once. When it breaks (`missed`), a run brings up another, and then every listener is called once with null: what
 * was sent in between is lost, so whoever relies on notifications looks for itself once.
 */
export function startListening(url: UrlSource, settings: ConnectionSettings, closing: AbortSignal, probing: Probing = PROBING): Listener {
  const wanted = new Map<string, Set<OnNotify>>();
  let session: Session | undefined;
  let missed = false;
  let tail: Promise<void> = Promise.resolve();
  let nextBreak = Promise.withResolvers<void>();

  function reconcile(): Promise<void> {
    const turn = tail.then(bringTogether);
    tail = turn;
    return turn;
  }

  async function bringTogether(): Promise<void> {
    for (let attempt = 1; !closing.aborted; attempt += 1) {
      try {
        if (wanted.size > 0) session ??= await connectSession();
        if (session !== undefined) await follow(session);
        if (missed) wanted.forEach((listeners) => tell(listeners, null));
        missed = false;
        return;
      } catch {
        if (session !== undefined) missed = true;
        drop(session);
        nextBreak.resolve();
        nextBreak = Promise.withResolvers<void>();
        await pause(backoffMs(attempt, RECONNECT, Math.random()), undefined, { signal: closing }).catch(() => undefined);
      }
    }
  }

  async function connectSession(): Promise<Session> {
    const client = new pg.Client(clientConfig(url, settings));
    const fresh: Session = { client, following: new Set() };
    client.on("error", () => lost(fresh));
    client.on("end", () => lost(fresh));
    client.on("notification", ({ channel, payload }) => tell(wanted.get(channel), payload ?? ""));
    try {
      await client.connect();
      await prepareSession(client, settings);
    } catch (error) {
      drop(fresh);
      throw error;
    }
    return fresh;
  }

  async function follow({ client, following }: Session): Promise<void> {
    for (const channel of wanted.keys()) {
      if (following.has(channel)) continue;
      await client.query(`listen ${channel}`);
      following.add(channel);
    }
    for (const channel of following) {
      if (wanted.has(channel)) continue;
      await client.query(`unlisten ${channel}`);
      following.delete(channel);
    }
    if (wanted.size === 0) drop(session);
  }

  function drop(old: Session | undefined): void {
    if (session === old) session = undefined;
    void old?.client.end().catch(() => undefined);
  }

  /** A connection that gives no answer is cut, which is noticed like any other break. */
  async function ask({ client }: Session): Promise<void> {
    const timer = setTimeout(() => cutConnection(client), probing.timeoutMs);
    await client.query("select 1").catch(() => undefined);
    clearTimeout(timer);
  }

  function lost(which: Session): void {
    if (which !== session || closing.aborted) return;
    session = undefined;
    missed = true;
    void reconcile();
  }

  const probe = setInterval(() => {
    const probed = session;
    if (probed === undefined) return;
    // In turn with everything else that is asked of this connection.
    tail = tail.then(() => ask(probed));
  }, probing.everyMs);
  probe.unref();

  return {
    listen: async (channel, onNotify) => {
      invariant(CHANNEL.test(channel), `a channel name is lower-case letters, digits and _, at most 63; not "${channel}"`);
      const listeners = wanted.get(channel) ?? new Set();
      invariant(wanted.size < LISTENERS_MAX && listeners.size < LISTENERS_MAX, "more listeners than a program can need: one is not given back");
      // The same function may listen twice, and be given back once.
      const entry: OnNotify = (payload) => onNotify(payload);
      wanted.set(channel, listeners.add(entry));
      await reconcile();
      if (closing.aborted) throw new Problem("interrupted", { detail: "the database was closed" });
      return async () => {
        listeners.delete(entry);
        if (listeners.size === 0 && wanted.get(channel) === listeners) wanted.delete(channel);
        // A connection that is gone follows nothing: whoever stops must not wait for the database to come back.
        await Promise.race([reconcile(), nextBreak.promise]);
      };
    },
    close: async () => {
      invariant(closing.aborted, "a listener is closed by its database");
      clearInterval(probe);
      wanted.clear();
      await tail;
      const last = session;
      session = undefined;
      await last?.client.end().catch(() => undefined);
    },
  };
}

/** Calls each listener on its own, so that one that throws harms neither the connection nor the others. */
function tell(listeners: ReadonlySet<OnNotify> | undefined, payload: string | null): void {
  for (const onNotify of listeners ?? []) queueMicrotask(() => onNotify(payload));
}
