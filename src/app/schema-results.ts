import { z } from "zod";
import { innerPath, pattern, refuse, sentence, whenField } from "./schema-fields.ts";

/**
 * A tolerance: a plain number is absolute, in the result's unit. With both parts the wider one counts, as in numpy's and everybody's
 * closeness test: |value - expected| <= max(absolute, relative x |expected|).
 */
export const toleranceSchema = z.union([
  z.number().min(0),
  z.strictObject({ absolute: z.number().min(0).optional(), relative: z.number().min(0).max(1).optional() }).superRefine((value, context) => {
    if (value.absolute === undefined && value.relative === undefined) refuse(context, "key.missing", "a tolerance needs absolute, relative, or both");
  }),
]);

const common = { description: sentence(300).optional(), when: whenField().optional() };
const where = innerPath().default("log").describe("The file that is searched; `log` is what the program printed.");
const after = sentence(200).optional().describe("Search only after the last line that contains this.");
const take = z.enum(["first", "last"]).default("last").describe("Which one counts when several lines match.");
const optional = z.boolean().default(false).describe("It may be absent without the run having failed.");
const bounds = { min: z.number().optional(), max: z.number().optional() };
const tolerances = {
  tolerance: toleranceSchema.optional().describe("How far from the recorded value, when the version is the one it was recorded with."),
  tolerance_other_version: toleranceSchema.optional().describe("The same with another version of the code. Default: tolerance."),
};

function checkBounds(value: { min?: number | undefined; max?: number | undefined }, context: z.RefinementCtx): void {
  if (value.min !== undefined && value.max !== undefined && value.min > value.max)
    refuse(context, "value.range", `min ${value.min} is above max ${value.max}`, ["min"]);
}

const number = z
  .strictObject({
    kind: z.literal("number"),
    ...common,
    in: where,
    pattern: pattern("value"),
    after,
    take,
    unit: sentence(20).optional(),
    ...bounds,
    ...tolerances,
    optional,
  })
  .superRefine(checkBounds);
const count = z.strictObject({ kind: z.literal("count"), ...common, in: where, pattern: pattern(), after, ...bounds, ...tolerances }).superRefine(checkBounds);
const text = z.strictObject({ kind: z.literal("text"), ...common, in: where, pattern: pattern("value"), after, take, optional });
const contains = z.strictObject({ kind: z.literal("contains"), ...common, in: where, text: sentence(200) });
const absent = z.strictObject({ kind: z.literal("absent"), ...common, in: where, text: sentence(200) });
const file = z.strictObject({ kind: z.literal("file"), ...common, path: innerPath(), min_bytes: z.int().min(0).default(1) });
const sha256 = z.strictObject({ kind: z.literal("sha256"), ...common, path: innerPath(), optional });
const same = z.strictObject({ kind: z.literal("same"), ...common, path: innerPath(), as: innerPath() });

export const resultSchema = z.discriminatedUnion("kind", [number, count, text, contains, absent, file, sha256, same]);

export type Tolerance = z.output<typeof toleranceSchema>;
export type ResultDefinition = z.output<typeof resultSchema>;
export type ResultDefinitions = Readonly<Record<string, ResultDefinition>>;

/** What was seen when we ran the case ourselves. A plain value, or one with tolerances of its own. */
export const recordedValueSchema = z.union([
  z.number(),
  z.string().min(1).max(500),
  z.strictObject({ value: z.union([z.number(), z.string().min(1).max(500)]), ...tolerances }),
]);

export type RecordedValue = z.output<typeof recordedValueSchema>;
