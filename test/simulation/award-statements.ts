import { awardIsDue, releaseAward, releasedBy, scheduleReleases, turnAward, type Books, type ChangeAnswer } from "#budget/model";
import { micros, type Instant } from "#kernel";

/* What PostgreSQL would answer to the statements about awards, as statements.ts has it for the others. */

type Row = Record<string, unknown>;
type Document = readonly { readonly amount: string; readonly gate: "date" | "report" | "approval"; readonly due_on: string | null; readonly label: string }[];

export function scheduled(books: Books, [key, award, document, person]: readonly unknown[]): ChangeAnswer {
  const releases = (JSON.parse(document as string) as Document).map(({ amount, due_on, ...one }) => ({
    ...one,
    amount: micros(BigInt(amount)),
    dueOn: due_on,
  }));
  return scheduleReleases(books, { key: key as string, award: award as string, releases, person: person as string });
}

export function released(books: Books, [award, ordinal, approver, report, person]: readonly unknown[], now: Instant): ChangeAnswer {
  return releaseAward(books, { award, ordinal, approver, report, person } as Parameters<typeof releaseAward>[1], now);
}

export function turned(books: Books, award: unknown, now: Instant): Row[] {
  const answer = turnAward(books, award as string, now);
  return [{ count: answer.kind === "turned" ? answer.count : 0 }];
}

/** Awards for which the calendar asks something. */
export function readDue(books: Books, now: Instant): Row[] {
  return [...books.awards.keys()].filter((number) => awardIsDue(books, number, now)).map((number) => ({ number }));
}

/** The schedule of one award after an ordinal. */
export function readReleases(books: Books, [, number, , after, limit]: readonly unknown[]): Row[] {
  const award = books.awards.get(number as string);
  const rows = (award?.releases ?? []).map(({ dueOn, ...release }, index) => {
    const done = releasedBy(books, award!.number, index + 1);
    const told = { released_at: done?.at ?? null, transaction: done?.number ?? null, words: done === undefined ? null : "", released_by: done?.person ?? null };
    return { award: award!.number, account: award!.account, unit: "USD", ordinal: index + 1, ...release, due_on: dueOn, ...told };
  });
  return rows.filter(({ ordinal }) => ordinal > (after as number)).slice(0, limit as number);
}
