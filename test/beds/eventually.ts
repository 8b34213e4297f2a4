import { setTimeout as delay } from "node:timers/promises";

/**
 * Asks again until the answer is the one that was hoped for, and returns it; fails with the last answer when the time is over.
 * For what other processes do in their own time; a test never just waits.
 */
export async function eventually<T>(what: string, ask: () => Promise<T> | T, hoped: (answer: T) => boolean, timeoutMs = 30_000): Promise<T> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (hoped(answer)) return answer;
    if (performance.now() >= until) throw new Error(`${what}: not within ${timeoutMs / 1000} s; the last answer was ${JSON.stringify(answer)}`);
    await delay(50);
  }
}
