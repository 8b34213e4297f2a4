import { BAD_AMOUNTS, BAD_COUNTS, BAD_LINES, BAD_NAMES, BAD_TIMES, type BadValue } from "./test-values.ts";

/** One bad request: what is wrong with it, how it is sent, and the problem it has to be answered with. */
export type BadRequest = {
  readonly name: string;
  readonly kind: string;
  readonly send: { readonly method: "GET" | "POST" | "PUT"; readonly url: string; readonly body?: string; readonly headers?: Readonly<Record<string, string>> };
  readonly status: number;
  readonly code: string;
  /** The fault inside: its code, and the path of the field. */
  readonly fault?: { readonly code: string; readonly path: string };
  /** Where there is no field: what the problem has to say. */
  readonly says?: string;
};

export const V1 = "/api/v1/budget";
export const HOLD_ID = "01900000-0000-7000-8000-000000000000";

/** A request that is right but for what a row changes: the body's keys with their JSON texts. */
export type Base = { readonly url: string; readonly keys: Readonly<Record<string, string>> };
export const ACCOUNT: Base = { url: `${V1}/accounts`, keys: { name: '"atmosphere"', kind: '"project"', parent: '"climate"', allocated: '"10.00"' } };
export const ALLOCATION: Base = { url: `${V1}/accounts/climate/allocations`, keys: { amount: '"1.00"', reason: '"more"' } };
export const HOLD: Base = { url: `${V1}/holds`, keys: { account: '"climate"', amount: '"1.00"', subject: '"job:1"' } };
export const SETTLE: Base = { url: `${V1}/holds/${HOLD_ID}/settle`, keys: { attempt: "1", amount: '"1.00"' } };
export const RELEASE: Base = { url: `${V1}/holds/${HOLD_ID}/release`, keys: { note: '"cancelled"' } };
export const LEASE: Base = { url: `${V1}/leases`, keys: { account: '"climate"', amount: '"1.00"', expires_at: '"2099-01-01"' } };
export const LEASE_RENEWAL: Base = { url: `${LEASE.url}/${HOLD_ID}/renew`, keys: { expires_at: '"2099-01-01"' } };
export const LEASED_WORK: Base = {
  url: `${LEASE.url}/${HOLD_ID}/settle`,
  keys: { reserved: '"2.00"', cost: '"1.00"', person: '"maria"', subject: '"slurm:1"' },
};
export const LEASE_RETURN: Base = { url: `${LEASE.url}/${HOLD_ID}/return`, keys: {} };
const AWARD: Base = {
  url: `${V1}/awards`,
  keys: { number: '"ATM-1"', agency: '"NSF"', title: '"Isotopes"', pi: '"Dr Li"', starts_on: '"2027-01-01"', ends_on: '"2027-12-31"', total: '"10.00"' },
};
const INDIRECT: Base = {
  url: `${V1}/awards/ATM-1/indirect`,
  keys: { class: '"compute"', rate: '"0.525"', dated: '"2027-01-01"', agreement: '"rates of 2026"', approver: '"dean"', reason: '"letter"' },
};
export const TERM: Readonly<Record<string, string>> = {
  resource: '"core"',
  count: "4",
  spans: '[{"name":"time limit","ms":3600000}]',
  times: "1",
  rate: '"0.042"',
  free: "null",
  source: '"on-premises rates"',
  dated: '"2026-01-01"',
  rounding: '"up"',
  amount: '"0.168"',
};

export function json(keys: Readonly<Record<string, string>>): string {
  return `{${Object.entries(keys)
    .map(([key, value]) => `"${key}":${value}`)
    .join(",")}}`;
}

function rowOf(base: Base, path: string, body: string, [kind, value, code]: BadValue): BadRequest {
  return {
    name: `${path} of ${base.url.slice(V1.length)}: ${kind} ${value.slice(0, 40)}`,
    kind,
    send: { method: "POST", url: base.url, body },
    status: 400,
    code: "input.invalid",
    fault: { code: code ?? "value.invalid", path },
  };
}

const inField = (base: Base, field: string, values: readonly BadValue[]) =>
  values.map((value) => rowOf(base, field, json({ ...base.keys, [field]: value[1] }), value));
const inList = (base: Base, field: string, values: readonly BadValue[]) =>
  values.map((value) => rowOf(base, `${field}[0]`, json({ ...base.keys, [field]: `[${value[1]}]` }), value));
const inTerm = (field: string, values: readonly BadValue[]) =>
  values.map((value) => rowOf(HOLD, `formula[0].${field}`, json({ ...HOLD.keys, formula: `[${json({ ...TERM, [field]: value[1] })}]` }), value));

const NEGATIVE: readonly BadValue[] = [
  ["negative", '"-1"'],
  ["negative", '"-0.000001"'],
];
const TOO_MUCH: readonly BadValue[] = [
  ["too much", '"1000000000.000001"', "value.range"],
  ["too much", '"9223372036854.775807"', "value.range"],
];
const EMPTY: readonly BadValue[] = [["empty", '""', "value.range"]];
const nullOf = (...kinds: string[]): readonly BadValue[] => kinds.map((kind) => [kind, "null", "value.type"] as const);
const longer = (most: number): readonly BadValue[] => [["too long", JSON.stringify("x".repeat(most + 1)), "value.range"]];
const WRONG_WORDS = (...words: string[]): readonly BadValue[] => words.map((word) => ["not one of the words", JSON.stringify(word)] as const);

export const FIELDS: readonly BadRequest[] = [
  ...inField(HOLD, "amount", [...BAD_AMOUNTS, ...NEGATIVE, ...TOO_MUCH, ...nullOf("null")]),
  ...inField(HOLD, "expected", [...BAD_AMOUNTS.slice(0, 8), ...NEGATIVE, ...TOO_MUCH]),
  ...inField(HOLD, "account", [...BAD_NAMES, ...nullOf("null")]),
  ...inField(HOLD, "subject", [...BAD_LINES, ...EMPTY, ...longer(200), ...nullOf("null")]),
  ...inField(HOLD, "partition", [...BAD_LINES, ...EMPTY, ...longer(63)]),
  ...inField(HOLD, "expires_at", BAD_TIMES),
  ...inField(HOLD, "until", BAD_TIMES),
  ...inField(HOLD, "unit", WRONG_WORDS("EUR", "usd", "$", "")),
  ...inTerm("rate", [...BAD_AMOUNTS.slice(0, 6), ["negative", '"-0.01"'], ["too many decimals", '"0.0000000001"'], ["price missing", "null", "value.type"]]),
  ...inTerm("amount", BAD_AMOUNTS.slice(0, 8)),
  ...inTerm("count", BAD_COUNTS.slice(0, 3)),
  ...inTerm("dated", [
    ["impossible date", '"2026-2-30"'],
    ["date form", '"30.2.2026"'],
  ]),
  ...inTerm("rounding", WRONG_WORDS("down", "HALF-EVEN")),
  ...inTerm("resource", WRONG_WORDS("cpu")),
  ...inField(SETTLE, "amount", [...BAD_AMOUNTS, ...NEGATIVE, ...TOO_MUCH]),
  ...inField(SETTLE, "attempt", BAD_COUNTS),
  ...inField(SETTLE, "at", BAD_TIMES),
  ...inField(SETTLE, "note", [...BAD_LINES, ...longer(500)]),
  ...inField(SETTLE, "figure", WRONG_WORDS("guess", "Metered")),
  ...inField(SETTLE, "final", [
    ["type: text", '"true"', "value.type"],
    ["type: number", "1", "value.type"],
  ]),
  ...inField(RELEASE, "at", BAD_TIMES.slice(0, 8)),
  ...inField(RELEASE, "note", [...BAD_LINES, ...longer(500)]),
  ...inField(ALLOCATION, "amount", [
    ...BAD_AMOUNTS,
    ["too much", '"1000000000000.000001"', "value.range"],
    ["too much", '"-9223372036854.775807"', "value.range"],
  ]),
  ...inField(ALLOCATION, "reason", [...BAD_LINES, ...EMPTY, ...longer(500), ...nullOf("null")]),
  ...inField(ALLOCATION, "through", [
    ["type: text", '"yes"', "value.type"],
    ["null", "null", "value.type"],
  ]),
  ...inField(ACCOUNT, "name", [...BAD_NAMES, ...nullOf("null")]),
  ...inField(ACCOUNT, "parent", BAD_NAMES),
  ...inField(ACCOUNT, "slurm_account", BAD_NAMES),
  ...inField(ACCOUNT, "title", [...BAD_LINES, ...EMPTY, ...longer(200)]),
  ...inField(ACCOUNT, "kind", WRONG_WORDS("outside", "grant", "Project")),
  ...inField(ACCOUNT, "unit", WRONG_WORDS("EUR")),
  ...inField(ACCOUNT, "allocated", [...BAD_AMOUNTS.slice(0, 12), ...NEGATIVE]),
  ...inField(ACCOUNT, "starts_at", BAD_TIMES),
  ...inField(ACCOUNT, "ends_at", BAD_TIMES),
  ...inField(AWARD, "starts_on", BAD_TIMES),
  ...inField(AWARD, "ends_on", [...BAD_TIMES, ["before its start", '"2026-12-31"', "value.range"], ["too long", '"2099-01-01"', "value.range"]]),
  ...inField(AWARD, "total", [...BAD_AMOUNTS, ...NEGATIVE]),
  ...inField(AWARD, "number", [
    ["line break", '"ATM\\n1"'],
    ["path", '"../ATM"'],
    ["empty", '""'],
  ]),
  ...inField(AWARD, "pi", [...BAD_LINES, ...EMPTY, ...longer(200), ...nullOf("null")]),
  ...inField(AWARD, "carry", WRONG_WORDS("keep", "")),
  ...inField(AWARD, "period_months", [
    ["too few", "0", "value.range"],
    ["too many", "121", "value.range"],
  ]),
  ...inField(INDIRECT, "rate", [...BAD_AMOUNTS.slice(0, 8), ...NEGATIVE, ["too much", '"5.000001"'], ["per cent", '"52.5"'], ["too fine", '"0.5250001"']]),
  ...inField(INDIRECT, "class", BAD_NAMES),
  ...inField(INDIRECT, "exempt", [["a rate and exempt", '"cloud"']]),
  ...inField(INDIRECT, "dated", BAD_TIMES.slice(0, 4)),
  ...inField(HOLD, "charge_class", BAD_NAMES.slice(0, 6)),
  ...inField(LEASE, "account", [...BAD_NAMES, ...nullOf("null")]),
  ...inField(LEASE, "amount", [...BAD_AMOUNTS, ...NEGATIVE, ...TOO_MUCH, ...nullOf("null")]),
  ...inField(LEASE, "expires_at", [...BAD_TIMES, ...nullOf("null")]),
  ...inField(LEASE, "reason", [...BAD_LINES, ...EMPTY, ...longer(500)]),
  ...inField(LEASE_RENEWAL, "returns", [...BAD_AMOUNTS, ...NEGATIVE, ...TOO_MUCH]),
  ...inField(LEASE_RENEWAL, "expires_at", BAD_TIMES),
  ...inField(LEASED_WORK, "reserved", [...BAD_AMOUNTS, ...NEGATIVE, ...TOO_MUCH]),
  ...inField(LEASED_WORK, "cost", [...BAD_AMOUNTS, ...NEGATIVE, ...TOO_MUCH, ...nullOf("null")]),
  ...inField(LEASED_WORK, "person", BAD_NAMES.slice(0, 6)),
  ...inField(LEASED_WORK, "subject", [...BAD_LINES, ...EMPTY, ...longer(200)]),
  ...inField(LEASED_WORK, "partition", [...BAD_LINES, ...EMPTY, ...longer(63)]),
  ...inField(LEASED_WORK, "figure", WRONG_WORDS("guess", "Metered")),
  ...inField(LEASED_WORK, "at", BAD_TIMES),
  ...inField(LEASE_RETURN, "reason", [...BAD_LINES, ...EMPTY, ...longer(500)]),
  ...inList(ACCOUNT, "managers", BAD_NAMES),
  ...inList(ACCOUNT, "members", BAD_NAMES.slice(0, 6)),
];
