import { z } from "zod";
import { accountName, changeAmount, dayText, instantText } from "#budget/contract";
import { defineRoute } from "#kernel";
import { amountText, moneyUnit } from "#price/contract";

/** What an account will have spent, and when its money runs out. */

/** A factor beyond these is a typing mistake. */
const FACTOR = { least: 0.001, most: 1000 };
const PEOPLE_MAX = 1000;

const factor = z
  .string()
  .regex(/^\d{1,4}(\.\d{1,4})?$/)
  .refine((text) => Number(text) >= FACTOR.least && Number(text) <= FACTOR.most, `must be a factor from ${FACTOR.least} to ${FACTOR.most}`);
const zone = z
  .string()
  .max(64)
  .refine(isZone, "not a time zone such as Europe/Berlin")
  .meta({ description: "The time zone whose days are counted, such as Europe/Berlin." });

const forecastAsk = z.strictObject({
  end: dayText.optional().meta({ description: "The last day to look at; without it, the account's last." }),
  price: factor.optional().meta({ description: "What if prices were this many times what they are." }),
  spot: factor.optional().meta({ description: "What if all jobs ran on spot at this part of the price." }),
  people: z.coerce
    .number()
    .int()
    .min(-PEOPLE_MAX)
    .max(PEOPLE_MAX)
    .optional()
    .meta({ description: "What if so many more people used it; fewer when negative." }),
  allocation: changeAmount.optional().meta({ description: "What if so much more were given; less when negative." }),
  zone: zone.default("UTC"),
});

/** What is spent by then stays below it with that chance. */
const quantiles = { p2_5: amountText, p10: amountText, p25: amountText, p50: amountText, p75: amountText, p90: amountText, p97_5: amountText };
const chance = z.number().min(0).max(1);

const forecastView = z
  .strictObject({
    account: accountName,
    unit: moneyUnit,
    as_of: instantText,
    zone: z.string(),
    sentence: z.string().meta({ description: "The answer in one sentence." }),
    today: dayText,
    end_date: dayText.meta({ description: "The last day looked at." }),
    end_of: z
      .enum(["account", "asked", "default"])
      .meta({ description: "Whose day that is: of the account or one above it, of the request, or 90 days where neither says one." }),
    left: amountText.meta({ description: "What can be spent now, reservations of the account included." }),
    limited_by: accountName.meta({ description: "The account that says so: itself, or one above it that has less." }),
    runs_out: z
      .strictObject({ p10: dayText.nullable(), p50: dayText.nullable(), p90: dayText.nullable() })
      .meta({ description: "The day on which money runs out, by the chance that it has by then; null for after the end." }),
    lasts: chance.meta({ description: "The chance that it lasts to the end." }),
    bands_wide_because: z.string().nullable().meta({ description: "Why the past says little; null where there is enough of it." }),
    track_record: z
      .strictObject({ days_ahead: z.int(), forecasts: z.int(), separate: z.int(), held_50: z.int(), held_80: z.int(), held_95: z.int() })
      .nullable()
      .meta({
        description:
          "How many of the account's earlier forecasts there are, a week apart, how many of these do not overlap, and how many held the truth in each band; null below 8.",
      }),
    assumptions: z.array(z.strictObject({ what: z.string(), formula: z.string() })).meta({ description: "What is known, and what if." }),
    history_days: z.int(),
    past: z.array(z.strictObject({ date: dayText, spend: amountText })).meta({ description: "The last 90 days, those on which something was spent." }),
    path: z.array(z.strictObject({ date: dayText, left: amountText, ...quantiles })).meta({
      description:
        "By the end of each day, of each seventh beyond 13 weeks: what there is to spend since the morning of as_of, and what will have been spent since then.",
    }),
  })
  .meta({ id: "Forecast" });

export const forecastRoutes = {
  ofAccount: defineRoute({
    id: "forecast.account",
    method: "GET",
    path: "/api/v1/forecast/:account",
    tag: "budget",
    access: "person",
    status: 200,
    summary: "What an account will have spent, with bands, and when its money runs out",
    params: z.strictObject({ account: accountName }),
    query: forecastAsk,
    reply: forecastView,
    problems: ["budget.account-unknown", "budget.ended", "value.range"],
  }),
};

export type ForecastAsk = z.output<typeof forecastAsk>;
export type ForecastView = z.output<typeof forecastView>;

function isZone(name: string): boolean {
  try {
    return /^[A-Za-z0-9_+\-/]+$/.test(name) && new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
