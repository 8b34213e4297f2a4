import { createHash } from "node:crypto";

/** The id that hold_parts() in SQL gives another part of a reservation: it follows from the first one's. */
export function partId(id: string, ordinal: number): string {
  const digest = createHash("md5").update(`${id}:${ordinal}`).digest("hex");
  return digest.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
