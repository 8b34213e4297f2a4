import { Readable } from "node:stream";
import type { StreamEvent } from "#kernel";
import { HEARTBEAT_MS } from "./limits.ts";

/** Text as it comes, to be sent as fast as the caller reads. */
export function textStream(chunks: AsyncIterable<string | Uint8Array>): Readable {
  return Readable.from(withoutEmpty(chunks), { objectMode: false });
}

/** An empty chunk would make a byte stream wait for ever. */
async function* withoutEmpty(chunks: AsyncIterable<string | Uint8Array>): AsyncGenerator<string | Uint8Array> {
  for await (const chunk of chunks) if (chunk.length > 0) yield chunk;
}

/** How long a browser waits before it comes back after a broken stream. */
const RETRY_MS = 2000;

/**
 * Server-sent events (WHATWG HTML, "Server-sent events") of an iterable. The first bytes go out at once, so that the caller knows it is
 * connected, and a comment every 15 s keeps proxies from closing a quiet stream and finds out callers that are gone.
 */
export function eventStream(events: AsyncIterable<StreamEvent<unknown>>, encode: (data: unknown) => string, heartbeatMs: number = HEARTBEAT_MS): Readable {
  return Readable.from(eventText(events, encode, heartbeatMs), { objectMode: false });
}

async function* eventText(events: AsyncIterable<StreamEvent<unknown>>, encode: (data: unknown) => string, heartbeatMs: number): AsyncGenerator<string> {
  yield `retry: ${RETRY_MS}\n\n`;
  const iterator = events[Symbol.asyncIterator]();
  let next = iterator.next();
  try {
    for (;;) {
      const got = await withTimer(next, heartbeatMs);
      if (got === "beat") {
        yield ": beat\n\n";
        continue;
      }
      if (got.done === true) return;
      yield formatEvent(got.value, encode);
      next = iterator.next();
    }
  } finally {
    // The iterator may stand in the middle of a wait; it ends by its own signal, so its return is asked for and not waited for.
    next.catch(() => undefined);
    iterator.return?.()?.catch(() => undefined);
  }
}

async function withTimer<T>(promise: Promise<T>, ms: number): Promise<T | "beat"> {
  let timer: NodeJS.Timeout | undefined;
  const beat = new Promise<"beat">((resolve) => {
    timer = setTimeout(() => resolve("beat"), ms);
  });
  try {
    return await Promise.race([promise, beat]);
  } finally {
    clearTimeout(timer);
  }
}

/** One event; ids and names come from our own code, and a line break in one would start a new field. */
export function formatEvent(event: StreamEvent<unknown>, encode: (data: unknown) => string): string {
  const oneLine = (text: string) => text.replaceAll(/[\r\n\0]/g, " ");
  const fields = [
    ...(event.id === undefined ? [] : [`id: ${oneLine(event.id)}`]),
    ...(event.event === undefined ? [] : [`event: ${oneLine(event.event)}`]),
    ...encode(event.data)
      .split(/\r\n|\r|\n/)
      .map((line) => `data: ${line}`),
  ];
  return `${fields.join("\n")}\n\n`;
}
