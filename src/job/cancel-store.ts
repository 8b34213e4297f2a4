import { loadStatement, type Database } from "#db";
import { instantToIso, type Instant } from "#kernel";

const sql = (name: string) => loadStatement("job", name);

export type CancelAsk = {
  readonly jobId: string;
  readonly index: number | null;
  readonly by: string;
  readonly reason: string | null;
  readonly words: string;
  readonly now: Instant;
};

/**
 * Ends what has not started and marks what runs for the dispatcher, in one commit. A task that is being taken up by the dispatcher at this very moment
 * is found by the second statement: the first waits for it, and then sees it starting.
 */
export async function cancelTasks(db: Database, ask: CancelAsk): Promise<{ ended: number; marked: number }> {
  return db.transaction(async (tx) => {
    const [pending] = await tx.query<{ ended: number }>(sql("cancel-pending"), [ask.jobId, ask.index, instantToIso(ask.now), ask.by, ask.words]);
    const [active] = await tx.query<{ marked: number }>(sql("cancel-active"), [ask.jobId, ask.index, instantToIso(ask.now), ask.by, ask.reason]);
    await tx.query(sql("tell-worker"));
    return { ended: pending?.ended ?? 0, marked: active?.marked ?? 0 };
  });
}
