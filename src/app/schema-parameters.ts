import { z } from "zod";
import { durationField } from "#document";
import { innerPath, pattern, refuse, sentence } from "./schema-fields.ts";
import { isInherited } from "./values.ts";

const description = sentence(300).describe("What it is, for somebody who has to choose a value.");
const unit = sentence(20).describe("What it is measured in, e.g. Ry.");

/** A choice stands in file names and input files, so it is a plain word. */
const choice = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.+-]{0,39}$/, "is not a plain word of letters, digits, _ . + and -")
  .refine((word) => !isInherited(word), "is a word that JavaScript keeps for itself");

type Ranged = { readonly min?: number | undefined; readonly max?: number | undefined; readonly default?: number | undefined };

/** Ranges that hold nothing, and defaults outside their range. */
function checkRange(value: Ranged, context: z.RefinementCtx): void {
  if (value.min !== undefined && value.max !== undefined && value.min > value.max)
    refuse(context, "value.range", `min ${value.min} is above max ${value.max}`, ["min"]);
  if (value.default === undefined) return;
  if (value.min !== undefined && value.default < value.min) refuse(context, "value.range", `default ${value.default} is below min ${value.min}`, ["default"]);
  if (value.max !== undefined && value.default > value.max) refuse(context, "value.range", `default ${value.default} is above max ${value.max}`, ["default"]);
}

const integer = z
  .strictObject({
    type: z.literal("integer"),
    description,
    unit: unit.optional(),
    min: z.int().optional(),
    max: z.int().optional(),
    default: z.int().optional(),
  })
  .superRefine(checkRange);

const number = z
  .strictObject({
    type: z.literal("number"),
    description,
    unit: unit.optional(),
    min: z.number().optional(),
    max: z.number().optional(),
    default: z.number().optional(),
  })
  .superRefine(checkRange);

const duration = z
  .strictObject({
    type: z.literal("duration"),
    description,
    min: durationField().optional(),
    max: durationField().optional(),
    default: durationField().optional(),
  })
  .superRefine(checkRange);

const text = z
  .strictObject({
    type: z.literal("text"),
    description,
    pattern: pattern().optional().describe("The whole value must match it."),
    max_length: z.int().min(1).max(1000).default(200),
    default: sentence(1000).optional(),
  })
  .superRefine((value, context) => {
    if (value.default !== undefined && value.default.length > value.max_length)
      refuse(context, "value.range", `default is longer than ${value.max_length} characters`, ["default"]);
  });

const oneOf = z
  .strictObject({ type: z.literal("choice"), description, choices: z.array(choice).min(1).max(64), default: choice.optional() })
  .superRefine((value, context) => {
    value.choices.forEach((name, index) => {
      if (value.choices.indexOf(name) !== index) refuse(context, "value.duplicate", `"${name}" is a choice already`, ["choices", index]);
    });
    if (value.default !== undefined && !value.choices.includes(value.default))
      refuse(context, "value.invalid", `default "${value.default}" is not one of the choices`, ["default"]);
  });

const boolean = z.strictObject({ type: z.literal("boolean"), description, default: z.boolean().optional() });

const file = z.strictObject({
  type: z.literal("file"),
  description,
  as: innerPath().describe("The name it has in the job's working folder; what {{ the parameter }} stands for."),
});

export const parameterSchema = z.discriminatedUnion("type", [integer, number, duration, text, oneOf, boolean, file]);

export type ParameterDefinition = z.output<typeof parameterSchema>;
export type ParameterDefinitions = Readonly<Record<string, ParameterDefinition>>;
