import { z } from "zod";
import { NAME, parseInstant } from "#kernel";
import { lineText, moneyUnit } from "#price/contract";

/** Shapes that the reports share. */

export const accountText = z.string().regex(NAME);
export const personText = z.string().min(1).max(200);
export const instantText = z.string().refine((text) => parseInstant(text) !== undefined, "not a time such as 2026-12-31T18:00:00Z");
export const dayText = z
  .string()
  .regex(/^(19[7-9]\d|2\d{3})-\d\d-\d\d$/)
  .refine((text) => parseInstant(text) !== undefined, "not a day such as 2026-11-30");
export const monthText = z.string().regex(/^(19[7-9]\d|2\d{3})-(0[1-9]|1[0-2])$/, "not a month such as 2026-11");
/** A time zone of the IANA list; which there are, the server knows. */
export const zoneText = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/)
  .meta({ description: "A time zone such as America/Chicago: days begin at midnight there." });
export { lineText, moneyUnit };
