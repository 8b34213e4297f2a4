import { Problem } from "#kernel";

/**
 * Group commit: what waits while a batch is being written goes into the next one, so that the busier it is, the more work one commit carries. Nobody
 * waits for a timer: an ask that finds a writer free is written in the same turn of the event loop, together with what else that turn brings (requests
 * that were read from their sockets at the same moment, callers who were answered and ask again).
 *
 * A batch is one statement that commits by itself, and every ask in it has a key that makes writing it twice the same as once. So:
 * - when the database says that nothing, or nothing certain, happened (`again`), the whole batch is written again with the same keys;
 * - when the statement itself failed, one ask of the batch is to blame, and each is written alone: only that one fails;
 * - anything else fails the asks of the batch and nobody else.
 */
export type GroupCommitOptions<Ask, Answer> = {
  /** Writes a batch: one statement, one commit, one answer for each ask in their order. */
  readonly write: (asks: readonly Ask[]) => Promise<readonly Answer[]>;
  /** What a failed write means. */
  readonly judge: (error: unknown) => "again" | "apart" | "fail";
  /** More asks than this in one batch gain nothing: the rows then outweigh the commit. */
  readonly batchMax: number;
  /** As many are written together even if a second writer is free: each batch costs what a score of asks do. More are shared out, so that writers overlap. */
  readonly undividedMax: number;
  /** While a batch is on its way, another begins with so many at least: fewer cost the database more by themselves than they wait for it. */
  readonly besideMin: number;
  /** Asks that may wait; beyond it the answer is `overloaded`. */
  readonly waitingMax: number;
  /** Batches that may be on their way at the same time. */
  readonly writers: number;
  /** Pauses before each new attempt, in ms; as many attempts as it has entries. */
  readonly pausesMs: readonly number[];
  readonly pause: (ms: number) => Promise<void>;
  /** Calls back when what comes in this turn has come: setImmediate, unless a test wants it at once. */
  readonly gather: (start: () => void) => void;
};

type Waiting<Ask, Answer> = { readonly ask: Ask; readonly resolve: (answer: Answer) => void; readonly reject: (error: unknown) => void };

export type GroupCommit<Ask, Answer> = {
  /** Answers of all asks, or the first failure among them. Throws `overloaded` when they do not all find room. */
  add(asks: readonly Ask[]): Promise<Answer[]>;
  /** Takes nothing more and waits for what was taken. */
  close(): Promise<void>;
};

export function groupCommit<Ask, Answer>(options: GroupCommitOptions<Ask, Answer>): GroupCommit<Ask, Answer> {
  let waiting: Waiting<Ask, Answer>[] = [];
  const running = new Set<Promise<void>>();
  let closed = false;
  let gathering = false;

  function add(asks: readonly Ask[]): Promise<Answer[]> {
    if (closed) return Promise.reject(new Problem("interrupted", { detail: "the ledger is being closed; nothing was done" }));
    if (waiting.length + asks.length > options.waitingMax) {
      return Promise.reject(new Problem("overloaded", { detail: `${waiting.length} asks wait for the ledger already; nothing was done` }));
    }
    const answers = asks.map((ask) => new Promise<Answer>((resolve, reject) => waiting.push({ ask, resolve, reject })));
    gather();
    return Promise.all(answers);
  }

  function gather(): void {
    if (gathering || running.size >= options.writers) return;
    gathering = true;
    options.gather(start);
  }

  function start(): void {
    gathering = false;
    while (waiting.length > 0 && running.size < options.writers && (running.size === 0 || waiting.length >= options.besideMin)) {
      const share = Math.ceil(waiting.length / (options.writers - running.size));
      const size = Math.min(options.batchMax, Math.max(options.undividedMax, share));
      const batch = waiting.slice(0, size);
      waiting = waiting.slice(size);
      const work = writeBatch(options, batch).finally(() => {
        running.delete(work);
        gather();
      });
      running.add(work);
    }
  }

  async function close(): Promise<void> {
    closed = true;
    while (running.size > 0 || waiting.length > 0) {
      if (running.size > 0) await Promise.allSettled(running);
      else await new Promise<void>((resolve) => options.gather(resolve));
    }
  }

  return { add, close };
}

/** Never throws: every outcome goes to those who wait. */
async function writeBatch<Ask, Answer>(options: GroupCommitOptions<Ask, Answer>, batch: readonly Waiting<Ask, Answer>[]): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const answers = await options.write(batch.map(({ ask }) => ask));
      if (answers.length !== batch.length) throw new Problem("internal", { detail: `${batch.length} asks got ${answers.length} answers` });
      for (const [index, { resolve }] of batch.entries()) resolve(answers[index]!);
      return;
    } catch (error) {
      const verdict = options.judge(error);
      if (verdict === "apart" && batch.length > 1) {
        for (const one of batch) await writeBatch(options, [one]);
        return;
      }
      const pauseMs = options.pausesMs[attempt];
      if (verdict === "again" && pauseMs !== undefined) {
        await options.pause(pauseMs);
        continue;
      }
      for (const { reject } of batch) reject(error);
      return;
    }
  }
}
