import {
  V1,
  HOLD_ID,
  ACCOUNT,
  ALLOCATION,
  HOLD,
  SETTLE,
  RELEASE,
  LEASE,
  LEASE_RENEWAL,
  LEASED_WORK,
  LEASE_RETURN,
  TERM,
  FIELDS,
  json,
  type BadRequest,
  type Base,
} from "./test-fields.ts";
import { BAD_MEMORY, BAD_NAMES, BAD_TIME_LIMITS, type BadValue } from "./test-values.ts";

/** One bad line of a file that people write. */
export type BadLine = {
  readonly name: string;
  readonly kind: string;
  readonly text: string;
  readonly code: string;
  readonly path: string;
  readonly line: number;
  readonly column: number;
};

function other(name: string, kind: string, send: BadRequest["send"], expected: Omit<BadRequest, "name" | "kind" | "send">): BadRequest {
  return { name, kind, send, ...expected };
}
const invalid = (code: string, path: string) => ({ status: 400, code: "input.invalid", fault: { code, path } });
const malformed = (says: string) => ({ status: 400, code: "request.json", says });
const post = (base: Base, body: string, headers?: Readonly<Record<string, string>>) => ({
  method: "POST" as const,
  url: base.url,
  body,
  ...(headers === undefined ? {} : { headers }),
});
const get = (path: string) => ({ method: "GET" as const, url: `${V1}${path}` });
const without = (base: Base, key: string) => json(Object.fromEntries(Object.entries(base.keys).filter(([name]) => name !== key)));
const MANY = JSON.stringify(Array.from({ length: 1001 }, (_, index) => `p${index}`));

const KEYS: readonly BadRequest[] = [
  ...[HOLD, SETTLE, ALLOCATION, ACCOUNT, LEASE, LEASE_RENEWAL, LEASED_WORK].flatMap((base) =>
    Object.keys(base.keys)
      .filter((key) => key !== "parent" && key !== "allocated")
      .map((key) => other(`${key} left out of ${base.url.slice(V1.length)}`, "key missing", post(base, without(base, key)), invalid("key.missing", key))),
  ),
  ...[HOLD, SETTLE, RELEASE, ALLOCATION, ACCOUNT].map((base) =>
    other(`an unknown key in ${base.url.slice(V1.length)}`, "key unknown", post(base, json({ ...base.keys, amuont: '"1"' })), invalid("key.unknown", "amuont")),
  ),
  other(
    "a term without its price",
    "price missing",
    post(HOLD, json({ ...HOLD.keys, formula: `[${json(Object.fromEntries(Object.entries(TERM).filter(([key]) => key !== "rate")))}]` })),
    invalid("key.missing", "formula[0].rate"),
  ),
  other(
    "33 terms",
    "list too long",
    post(HOLD, json({ ...HOLD.keys, formula: `[${Array.from({ length: 33 }, () => json(TERM)).join(",")}]` })),
    invalid("value.range", "formula"),
  ),
  other("1,001 managers", "list too long", post(ACCOUNT, json({ ...ACCOUNT.keys, managers: MANY })), invalid("value.range", "managers")),
  other(
    "an end before the start",
    "end before start",
    post(ACCOUNT, json({ ...ACCOUNT.keys, starts_at: '"2027-01-01"', ends_at: '"2026-01-01"' })),
    invalid("value.range", "ends_at"),
  ),
  other(
    "an end at the start",
    "end before start",
    post(ACCOUNT, json({ ...ACCOUNT.keys, starts_at: '"2027-01-01"', ends_at: '"2027-01-01"' })),
    invalid("value.range", "ends_at"),
  ),
];

const deep = `${'{"a":'.repeat(65)}1${"}".repeat(65)}`;
const BODIES: readonly BadRequest[] = [
  other("10 MB", "body too large", post(HOLD, `{"subject":"${"x".repeat(10_000_000)}"}`), { status: 413, code: "input.too-large", says: "1 MiB" }),
  other("65 levels", "too deep", post(HOLD, deep), malformed("64 levels")),
  other("100,000 brackets", "too deep", post(HOLD, "[".repeat(100_000)), malformed("64 levels")),
  other("one key twice", "duplicate key", post(HOLD, '{"account":"climate","amount":"1","amount":"100","subject":"job:1"}'), malformed('"amount"')),
  other(
    "one key twice, once with an escape",
    "duplicate key",
    post(HOLD, String.raw`{"account":"climate","amount":"1","\u0061mount":"100","subject":"job:1"}`),
    malformed('"amount"'),
  ),
  other("one key twice, deep inside", "duplicate key", post(HOLD, json({ ...HOLD.keys, formula: '[{"spans":[{"ms":1,"ms":2}]}]' })), malformed('"ms"')),
  other("half a body", "broken JSON", post(HOLD, '{"account":"climate"'), malformed("JSON")),
  other("single quotes", "broken JSON", post(HOLD, "{'account':'climate'}"), malformed("JSON")),
  other("a comment", "broken JSON", post(HOLD, '{"account":"climate" /* mine */}'), malformed("JSON")),
  other("NaN as JSON", "broken JSON", post(HOLD, '{"amount":NaN}'), malformed("JSON")),
  other("a comma at the end", "broken JSON", post(HOLD, '{"account":"climate",}'), malformed("JSON")),
  other("two documents", "broken JSON", post(HOLD, '{"account":"climate"}{}'), malformed("JSON")),
  other("U+0000 in a text", "NUL", post(HOLD, String.raw`{"account":"climate","amount":"1","subject":"a\u0000b"}`), malformed("U+0000")),
  other("U+0000 in a key", "NUL", post(HOLD, String.raw`{"acc\u0000ount":"climate"}`), malformed("U+0000")),
  other("__proto__", "prototype key", post(HOLD, '{"__proto__":{"admin":true}}'), malformed("__proto__")),
  other("constructor", "prototype key", post(HOLD, json({ ...HOLD.keys, constructor: "{}" })), invalid("key.unknown", "constructor")),
  other("null", "not a group", post(HOLD, "null"), invalid("value.type", "")),
  other("a list", "not a group", post(HOLD, "[]"), invalid("value.type", "")),
  other("a text", "not a group", post(HOLD, '"hold"'), invalid("value.type", "")),
  other("a number", "not a group", post(HOLD, "7"), invalid("value.type", "")),
  other("nothing", "no body", post(HOLD, ""), invalid("key.missing", "account")),
  other("a form", "content type", post(HOLD, "account=climate&amount=1", { "content-type": "application/x-www-form-urlencoded" }), {
    status: 415,
    code: "request.media-type",
    says: "application/json",
  }),
  other("plain text", "content type", post(HOLD, json(HOLD.keys), { "content-type": "text/plain" }), {
    status: 415,
    code: "request.media-type",
    says: "application/json",
  }),
  other("YAML", "content type", post(HOLD, "account: climate", { "content-type": "application/yaml" }), {
    status: 415,
    code: "request.media-type",
    says: "application/json",
  }),
  other("XML", "content type", post(HOLD, "<hold/>", { "content-type": "application/xml" }), {
    status: 415,
    code: "request.media-type",
    says: "application/json",
  }),
];

const keyed = (key: string) => post(HOLD, json(HOLD.keys), { "idempotency-key": key });
const badKey = { status: 400, code: "idempotency.invalid", says: "Idempotency-Key" };
const PLACES: readonly BadRequest[] = [
  other("no key", "idempotency key", keyed(""), { status: 400, code: "idempotency.missing", says: "Idempotency-Key" }),
  other("a key with a blank", "idempotency key", keyed("a b"), badKey),
  other("a key of 201 characters", "idempotency key", keyed("k".repeat(201)), badKey),
  other("a key with an umlaut", "idempotency key", keyed("schl\u00fcssel"), badKey),
  ...["0", "-1", "501", "1.5", "x", "1e9", "NaN", "9007199254740993", "%27%3B--"].map((limit) =>
    other(`limit=${limit}`, "page size", get(`/accounts?limit=${limit}`), invalid(/^(x|NaN|1\.5|%27.*)$/.test(limit) ? "value.type" : "value.range", "limit")),
  ),
  ...["x", "-1", "1.5", "9".repeat(19), "1%27%20or%201%3D1", "%E2%80%AE1", "__proto__"].map((cursor) =>
    other(`cursor=${cursor}`, "cursor", get(`/holds?cursor=${cursor}`), invalid("value.invalid", "cursor")),
  ),
  ...["A", "%22", "x".repeat(1001), "%D9%A1"].map((cursor) =>
    other(`cursor=${cursor.slice(0, 20)}`, "cursor", get(`/accounts?cursor=${cursor}`), invalid("value.invalid", "cursor")),
  ),
  other("a cursor twice", "parameter twice", get("/holds?cursor=1&cursor=2"), invalid("value.type", "cursor")),
  other("an unknown parameter", "key unknown", get("/holds?acount=climate"), invalid("key.unknown", "acount")),
  other("a state that there is not", "not one of the words", get("/holds?state=pending"), invalid("value.invalid", "state")),
  other("an account that is no name", "path", get("/holds?account=../x"), invalid("value.invalid", "account")),
  other("the journal of nobody", "key missing", get("/journal"), invalid("key.missing", "account")),
  ...["1", "job-7", HOLD_ID.toUpperCase().replace("0190", "01AF"), `${HOLD_ID}0`, `{${HOLD_ID}}`, HOLD_ID.replaceAll("-", ""), "%27%20or%201=1", "null"].map(
    (id) => other(`the id ${id}`, "id is no UUID", get(`/holds/${id}`), invalid("value.invalid", "id")),
  ),
  ...["Climate", "a%20b", "%D0%BA", "x".repeat(64), "%27%3B--"].map((name) =>
    other(`the account ${name.slice(0, 20)} in the path`, "name in the path", get(`/accounts/${name}`), invalid("value.invalid", "name")),
  ),
  ...["/holds/..%2F..%2Fetc", "/accounts/%2e%2e%2fetc"].map((path) =>
    other(`${path}, which leads upwards`, "leads upwards", get(path), { status: 404, code: "route.unknown", says: "leads upwards" }),
  ),
  ...(
    [
      ["a name with a blank", { name: "head node" }, "name"],
      ["a day that there is not", { starts_on: "2026-02-30" }, "starts_on"],
      ["a first day as Slurm writes it", { starts_on: "11/20/26" }, "starts_on"],
      ["less than nothing a day", { per_day: "-1" }, "per_day"],
      ["a float a day", { per_day: "1e-3" }, "per_day"],
    ] as const
  ).map(([name, part, path]) => {
    const body = { name: "head-node", account: "climate", per_day: "1", source: "prices", starts_on: "2026-11-20", reason: "x", ...part };
    return other(
      `a standing cost: ${name}`,
      "standing cost",
      { method: "POST", url: `${V1}/standing`, body: JSON.stringify(body) },
      invalid("value.invalid", path),
    );
  }),
  ...(
    [
      ["for longer than a quarter", { valid_days: 91 }, "valid_days", "value.range"],
      ["for no day", { valid_days: 0 }, "valid_days", "value.range"],
      ["for half a day", { valid_days: 0.5 }, "valid_days", "value.type"],
      ["of less than nothing", { amount: "-1" }, "amount", "value.invalid"],
      ["of an account that is no name", { account: "../x" }, "account", "value.invalid"],
    ] as const
  ).map(([name, part, path, code]) => {
    const body = { account: "climate", amount: "5", reason: "x", valid_days: 7, ...part };
    return other(`a quote ${name}`, "quote", { method: "POST", url: `${V1}/quotes`, body: JSON.stringify(body) }, invalid(code, path));
  }),
  other("a quote that is no id", "id is no UUID", get("/quotes/7"), invalid("value.invalid", "id")),
  ...(
    [
      ["of nothing", { rate: "0" }, "rate"],
      ["in euros", { rate: "€0.05" }, "rate"],
      ["from no day", { dated: "2026-02-30" }, "dated"],
    ] as const
  ).map(([name, part, path]) => {
    const body = JSON.stringify({ rate: "0.05", dated: "2026-01-01", source: "x", approver: "x", reason: "x", ...part });
    return other(`a rate ${name}`, "service units", { method: "POST", url: `${V1}/accounts/climate/su-rates`, body }, invalid("value.invalid", path));
  }),
  ...(
    [
      ["of an end that there is not", { state: "LOST" }, "state"],
      ["of more than all", { share: "1.5" }, "share"],
      ["of less than nothing", { share: "-0.5" }, "share"],
      ["in percent", { share: "50%" }, "share"],
    ] as const
  ).map(([name, part, path]) => {
    const body = { state: "NODE_FAIL", share: "0.5", reason: "x", ...part };
    return other(
      `a refund ${name}`,
      "refund policy",
      { method: "POST", url: `${V1}/accounts/climate/refund-policy`, body: JSON.stringify(body) },
      invalid("value.invalid", path),
    );
  }),
  ...(
    [
      ["that there is not", { policy: "forgive" }, "policy", "value.invalid"],
      ["that names nobody who bears it", { policy: "advance" }, "advance", "value.invalid"],
      ["that names somebody for nothing", { advance: "climate" }, "advance", "value.invalid"],
      ["for no reason", { reason: "" }, "reason", "value.range"],
    ] as const
  ).map(([name, part, path, code]) => {
    const body = { policy: "extend", reason: "x", ...part };
    return other(
      `an overrun policy ${name}`,
      "overrun policy",
      { method: "POST", url: `${V1}/accounts/climate/overrun-policy`, body: JSON.stringify(body) },
      invalid(code, path),
    );
  }),
  other(
    "an advance account that nobody approved",
    "at risk",
    post(ACCOUNT, json({ ...ACCOUNT.keys, kind: '"advance"', reason: '"x"' })),
    invalid("key.missing", "approver"),
  ),
  ...(
    [
      ["of a kind that there is not", { kind: "forever" }, "kind", "value.invalid"],
      ["without an approver", { approver: undefined }, "approver", "key.missing"],
      ["approved by no name", { approver: "Dean Wu!" }, "approver", "value.invalid"],
      ["for no reason", { reason: "" }, "reason", "value.range"],
      ["until no time", { ends_at: "tomorrow" }, "ends_at", "value.invalid"],
      ["for half an hour", { hours: 0.5 }, "hours", "value.type"],
      ["for ever behind glass", { kind: "break-glass" }, "hours", "value.invalid"],
    ] as const
  ).map(([name, part, path, code]) => {
    const body = { kind: "exemption", person: "maria", reason: "x", approver: "dean", ...part };
    return other(
      `an exemption ${name}`,
      "exemption",
      { method: "POST", url: `${V1}/accounts/climate/exemptions`, body: JSON.stringify(body) },
      invalid(code, path),
    );
  }),
  ...(
    [
      ["in euros", { amount: "€5" }, "amount"],
      ["until no time", { expires_at: "tomorrow" }, "expires_at"],
      ["of an account that is no name", { account: "../x" }, "account"],
    ] as const
  ).map(([name, part, path]) => {
    const body = { account: "climate", amount: "5", expires_at: "2030-01-01T00:00:00Z", ...part };
    return other(`a lease ${name}`, "lease", { method: "POST", url: `${V1}/leases`, body: JSON.stringify(body) }, invalid("value.invalid", path));
  }),
  ...(
    [
      ["of a kind that there is not", { kind: "misc" }, "kind"],
      ["of less than nothing", { amount: "-1" }, "amount"],
      ["on a day that there is not", { at: "2026-02-30" }, "at"],
    ] as const
  ).map(([name, part, path]) => {
    const body = { kind: "idle", amount: "1", note: "x", ...part };
    return other(
      `a charge of overhead ${name}`,
      "overhead",
      { method: "POST", url: `${V1}/overhead/alps/charges`, body: JSON.stringify(body) },
      invalid("value.invalid", path),
    );
  }),
  ...(
    [
      ["that never rings", { alarm: 101 }, "alarm", "value.range"],
      ["as text", { alarm: "80%" }, "alarm", "value.type"],
      ["with a rule nobody knows", { idle_rule: { payer: "nobody", minutes: 10 } }, "idle_rule.payer", "value.invalid"],
      ["with a rule of half a minute", { idle_rule: { payer: "overhead", minutes: 0.5 } }, "idle_rule.minutes", "value.type"],
    ] as const
  ).map(([name, part, path, code]) => {
    const body = { account: "climate", alarm: 80, idle_rule: { payer: "overhead", minutes: 10 }, reason: "x", ...part };
    return other(`an overhead account ${name}`, "overhead", { method: "POST", url: `${V1}/overhead/alps`, body: JSON.stringify(body) }, invalid(code, path));
  }),
  other("U+0000 in the path", "NUL", get("/accounts/%00"), { status: 400, code: "request.malformed", says: "U+0000" }),
  other("U+0000 in the query", "NUL", get("/holds?cursor=%00"), { status: 400, code: "request.malformed", says: "U+0000" }),
  other("a broken escape", "broken escape", get("/accounts/%E0%A4%A"), { status: 400, code: "request.malformed", says: "URL" }),
  other("a path of 401 characters", "too long", get(`/accounts/${"x".repeat(401)}`), { status: 404, code: "route.unknown", says: "path" }),
  other("PUT on holds", "method", { method: "PUT", url: `${V1}/holds`, body: "{}" }, { status: 405, code: "route.method", says: "PUT" }),
  other("an account that there is not", "unknown account", post(HOLD, json({ ...HOLD.keys, account: '"nowhere"' })), {
    status: 404,
    code: "budget.account-unknown",
    says: "nowhere",
  }),
  other("where money comes from", "unknown account", post(HOLD, json({ ...HOLD.keys, account: '"outside-usd"' })), {
    status: 404,
    code: "budget.account-unknown",
    says: "outside-usd",
  }),
  other("service units on an account in dollars", "wrong unit", post(HOLD, json({ ...HOLD.keys, unit: '"SU"' })), {
    status: 422,
    code: "budget.unit-mismatch",
    says: "climate",
  }),
  other("an account in service units below one in dollars", "wrong unit", post(ACCOUNT, json({ ...ACCOUNT.keys, unit: '"SU"' })), {
    status: 422,
    code: "budget.unit-mismatch",
    says: "climate",
  }),
  other("a parent that there is not", "unknown account", post(ACCOUNT, json({ ...ACCOUNT.keys, parent: '"nowhere"' })), {
    status: 404,
    code: "budget.account-unknown",
    says: "nowhere",
  }),
  other("an account that is its own parent", "unknown account", post(ACCOUNT, json({ ...ACCOUNT.keys, parent: '"atmosphere"' })), {
    status: 404,
    code: "budget.account-unknown",
    says: "atmosphere",
  }),
  other("an account that is there already", "name taken", post(ACCOUNT, json({ ...ACCOUNT.keys, name: '"climate"' })), {
    status: 409,
    code: "budget.account-exists",
    says: "climate",
  }),
  other(
    "money for nobody",
    "unknown account",
    { method: "POST", url: `${V1}/accounts/nowhere/allocations`, body: json(ALLOCATION.keys) },
    { status: 404, code: "budget.account-unknown", says: "nowhere" },
  ),
  other("a charge to no reservation", "unknown reservation", post(SETTLE, json(SETTLE.keys)), { status: 404, code: "budget.hold-unknown", says: HOLD_ID }),
  other("a release of no reservation", "unknown reservation", post(RELEASE, json(RELEASE.keys)), { status: 404, code: "budget.hold-unknown", says: HOLD_ID }),
  ...[LEASE_RENEWAL, LEASED_WORK, LEASE_RETURN].map((base) =>
    other(`${base.url.slice(-6)} of no lease`, "unknown lease", post(base, json(base.keys)), { status: 404, code: "budget.lease-unknown", says: HOLD_ID }),
  ),
  other("a lease that nobody has", "unknown lease", get(`/leases/${HOLD_ID}`), { status: 404, code: "budget.lease-unknown", says: HOLD_ID }),
  other("the lease 1", "id is no UUID", get("/leases/1"), invalid("value.invalid", "id")),
  other(
    "the burn rate of nowhere",
    "unknown account",
    { method: "GET", url: "/api/v1/burn-rate/nowhere" },
    { status: 404, code: "budget.account-unknown", says: "nowhere" },
  ),
  other(
    "the burn rate of no grant",
    "unknown award",
    { method: "GET", url: "/api/v1/burn-rate/grant/X-1" },
    { status: 404, code: "budget.award-unknown", says: "X-1" },
  ),
  other("a lease in a state that there is not", "not one of the words", get("/leases?state=closed"), invalid("value.invalid", "state")),
  other("a lease of nowhere", "unknown account", post(LEASE, json({ ...LEASE.keys, account: '"nowhere"' })), {
    status: 404,
    code: "budget.account-unknown",
    says: "nowhere",
  }),
  other("a lease of nothing", "nothing", post(LEASE, json({ ...LEASE.keys, amount: '"0"' })), { status: 400, code: "budget.amount-invalid", says: "0" }),
  other("a lease that is over before it begins", "in the past", post(LEASE, json({ ...LEASE.keys, expires_at: '"2020-01-01"' })), {
    status: 400,
    code: "value.range",
    says: "expires_at",
  }),
  other("a reservation that nobody has", "unknown reservation", get(`/holds/${HOLD_ID}`), { status: 404, code: "budget.hold-unknown", says: HOLD_ID }),
];

export const BAD_REQUESTS: readonly BadRequest[] = [...FIELDS, ...KEYS, ...BODIES, ...PLACES];

function line(key: string, [kind, value, code]: BadValue, codeOf: string): BadLine {
  return { name: `${key}: ${value}`, kind, text: `name: wind\n${key}: ${value}\n`, code: code ?? codeOf, path: key, line: 2, column: key.length + 3 };
}

const MONEY_IN_FILES: readonly BadValue[] = [
  ["money: NaN", ".nan", "value.type"],
  ["money: infinite", ".inf", "value.type"],
  ["money: exponent", '"1e3"'],
  ["money: exponent", "1e308"],
  ["money: not exact", "9007199254740993"],
  ["money: negative", "-1"],
  ["money: too many decimals", '"0.0000001"'],
  ["money: currency", "12 EUR"],
  ["money: unicode digits", '"١٢"'],
];

export const BAD_FILE_LINES: readonly BadLine[] = [
  ...BAD_TIME_LIMITS.map((value) => line("time_limit", value, "value.time")),
  ...BAD_MEMORY.map((value) => line("memory", value, "value.memory")),
  ...MONEY_IN_FILES.map((value) => line("budget", value, "value.money")),
  ...BAD_NAMES.filter(([kind]) => !kind.startsWith("type") && kind !== "half of a character").map((value) => line("project", value, "value.name")),
];
