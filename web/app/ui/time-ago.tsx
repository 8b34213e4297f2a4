import { parseInstant } from "#kernel";
import { useNow } from "./now.ts";
import { exactTime, relativeTime } from "./when.ts";

/** A moment of the wire (RFC 3339), shown relative, with the exact one on hover and for machines. */
export function TimeAgo({ at }: { at: string }) {
  const now = useNow();
  const moment = parseInstant(at);
  if (moment === undefined) return <span>{at}</span>;
  return (
    <time dateTime={at} title={exactTime(moment)}>
      {relativeTime(moment, now)}
    </time>
  );
}
