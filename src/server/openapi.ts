import { z } from "zod";
import { invariant, PROBLEMS, type ProblemCode, type Route, type WireSchema } from "#kernel";
import { ALL_ROUTES, CONTRACTS, type Contract } from "./all-contracts.ts";
import { asbbErrorShape } from "#asbb/contract";
import { problemShape } from "./contract.ts";
import { asZod } from "./mount.ts";

/**
 * The OpenAPI 3.1 document, made from the route tables and the schemas beside them.
 *
 * Component names are stable because they are the names under which contracts export their shapes: `summaryShape` of the job contract is
 * `JobSummary`. Everything that is not exported is written out where it stands. The wire form is the input side of a schema, for requests
 * and replies alike: a codec's reply is encoded to it.
 */

type Json = Record<string, unknown>;

/** Problems that a route need not name: the first ones can come from all routes, the others where they apply. */
const COMMON: readonly ProblemCode[] = [
  "input.invalid",
  "request.json",
  "request.media-type",
  "input.too-large",
  "access.unauthenticated",
  "access.forbidden",
  "access.cross-site",
  "access.host",
  "overloaded",
  "server.stopping",
  "db.unreachable",
  "db.busy",
  "timeout",
  "internal",
];
const WITH_KEY: readonly ProblemCode[] = ["idempotency.missing", "idempotency.invalid", "idempotency.mismatch", "idempotency.running"];

/** The document of this version, with keys in a fixed order, so that its text changes only when the API does. */
export function emitOpenApi(version: string): Json {
  const names = componentNames(CONTRACTS);
  const components: Json = {};
  const emit = (schema: WireSchema) => emitSchema(asZod(schema), names, components);
  const routes = ALL_ROUTES.toSorted((a, b) => compare(a.path, b.path) || compare(a.method, b.method));
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:([A-Za-z_]+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, emit) };
  }
  emit(problemShape);
  emit(asbbErrorShape);
  return {
    openapi: "3.1.1",
    info: {
      title: "Headgate",
      version,
      description:
        "Jobs, budgets and people of a Headgate installation. Amounts are decimal text beside their unit, instants RFC 3339 in UTC, lengths carry their unit in the name. Refusals are problems (RFC 9457).",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    tags: [...new Set(routes.map((route) => route.tag))].toSorted().map((name) => ({ name })),
    paths,
    components: {
      responses: { AsbbError: asbbResponse(), Problem: problemResponse() },
      schemas: Object.fromEntries(Object.entries(components).toSorted(([a], [b]) => compare(a, b))),
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "The owner's token (file owner-token in the state folder) or a person's API token." },
        session: {
          type: "apiKey",
          in: "cookie",
          name: "headgate_session",
          description: "Set by POST /api/v1/session; the port is part of the name (headgate_session_8787).",
        },
      },
    },
  };
}

/** By code point, the same on every machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Prefix and exported name without its ending: `whyShape` of the job contract is `JobWhy`, `jobSummaryShape` is `JobSummary`. */
function componentNames(contracts: readonly Contract[]): Map<z.ZodType, string> {
  const names = new Map<z.ZodType, string>();
  for (const { prefix, module } of contracts) {
    for (const [key, value] of Object.entries(module)) {
      if (!(value instanceof z.ZodType) || names.has(value)) continue;
      const base = key.replace(/(?:Shape|Schema)$/, "").replace(/^./, (first) => first.toUpperCase());
      const name = base.startsWith(prefix) ? base : `${prefix}${base}`;
      invariant(![...names.values()].includes(name), `one shape of the wire is called ${name}`);
      names.set(value, name);
    }
  }
  return names;
}

/** The JSON Schema of one shape; named ones inside it become components. */
function emitSchema(schema: z.ZodType, names: ReadonlyMap<z.ZodType, string>, components: Json): Json {
  const metadata = z.registry<{ id: string }>();
  for (const [named, id] of names) metadata.add(named, { id });
  const emitted = z.toJSONSchema(schema, { target: "draft-2020-12", io: "input", unrepresentable: "any", metadata, override: tidy });
  const { $schema: _dialect, $defs: inner, id: _id, ...own } = emitted as Json & { $defs?: Record<string, Json> };
  for (const [name, definition] of Object.entries(inner ?? {})) {
    const { id: _inner, ...rest } = definition;
    components[name] ??= relocate(rest);
  }
  const name = names.get(schema);
  if (name === undefined) return relocate(own) as Json;
  components[name] ??= relocate(own);
  return { $ref: `#/components/schemas/${name}` };
}

/**
 * What zod writes beyond what a reader needs: the bounds of safe integers on every whole number, and the regular expression of a format
 * that is named already. Descriptions come from zod's own registry, because ours holds the names.
 */
function tidy({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodType; jsonSchema: Json }): void {
  if (jsonSchema["minimum"] === Number.MIN_SAFE_INTEGER) delete jsonSchema["minimum"];
  if (jsonSchema["maximum"] === Number.MAX_SAFE_INTEGER) delete jsonSchema["maximum"];
  if (jsonSchema["format"] !== undefined) delete jsonSchema["pattern"];
  const description = z.globalRegistry.get(zodSchema)?.description;
  if (description !== undefined) jsonSchema["description"] = description;
}

/** References inside a schema's own definitions become references to the document's components. */
function relocate(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(relocate);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === "$ref" && typeof inner === "string" ? inner.replace("#/$defs/", "#/components/schemas/") : relocate(inner),
    ]),
  );
}

function operation(route: Route, emit: (schema: WireSchema) => Json): Json {
  const parameters = [...fields(route.params, "path", emit), ...fields(route.query, "query", emit), ...headerParameters(route)];
  return {
    operationId: route.id,
    summary: route.summary,
    tags: [route.tag],
    security: route.access === "public" ? [] : [{ token: [] }, { session: [] }],
    ...(route.access === "admin" ? { description: "For the owner of the installation and administrators." } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined ? {} : { requestBody: { required: true, content: { "application/json": { schema: emit(route.body) } } } }),
    responses: { [route.status]: success(route, emit), ...refusals(route) },
  };
}

/** Each field of a params or query schema as a parameter. */
function fields(schema: WireSchema | undefined, where: "path" | "query", emit: (schema: WireSchema) => Json): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = emit(schema) as { properties?: Record<string, Json>; required?: string[] };
  return Object.entries(properties).map(([name, { description, ...rest }]) => {
    return { name, in: where, required: where === "path" || required.includes(name), ...(description === undefined ? {} : { description }), schema: rest };
  });
}

const KEYLESS = {
  "never": "",
  "same-body": " Without it, the same body is the same request.",
  "new-request": " Without it, each request is one of its own.",
} as const;

function headerParameters(route: Route): Json[] {
  const headers: Json[] = [];
  if (route.idempotent === true) {
    headers.push({
      name: "Idempotency-Key",
      in: "header",
      required: route.keyless === undefined,
      description: `The same key with the same request is done once; 1 to 200 printable ASCII characters.${KEYLESS[route.keyless ?? "never"]}`,
      schema: { type: "string", minLength: 1, maxLength: 200 },
    });
  }
  if (route.access !== "public")
    headers.push({
      name: "Headgate-Act-As",
      in: "header",
      required: false,
      description: "For administrators: the person in whose name to ask.",
      schema: { type: "string" },
    });
  if (route.stream === "events")
    headers.push({ name: "Last-Event-ID", in: "header", required: false, description: "Goes on after this event.", schema: { type: "string" } });
  return headers;
}

function success(route: Route, emit: (schema: WireSchema) => Json): Json {
  const schema = emit(route.reply);
  if (route.stream === "text") return { description: route.summary, content: { "text/plain": { schema: { type: "string" } } } };
  if (route.stream === "events") return { description: "Server-sent events; each event's data is this JSON.", content: { "text/event-stream": { schema } } };
  return { description: route.summary, content: { "application/json": { schema } } };
}

/** The problems particular to a route by status; those that any route can answer stand once, as the default. */
function refusals(route: Route): Json {
  const codes = [...new Set([...route.problems, ...(route.idempotent === true ? WITH_KEY : [])])].toSorted(compare);
  const byStatus = [...Map.groupBy(codes, (code) => PROBLEMS[code].status)].toSorted(([a], [b]) => a - b);
  const reference = route.errors === "asbb" ? { $ref: "#/components/responses/AsbbError" } : PROBLEM_REFERENCE;
  const answers = byStatus.map(([status, list]): [string, Json] => [String(status), { ...reference, description: describe(list) }]);
  return { ...Object.fromEntries(answers), default: reference };
}

const PROBLEM_REFERENCE = { $ref: "#/components/responses/Problem" };

function describe(codes: readonly ProblemCode[]): string {
  return codes.map((code) => `${code}: ${PROBLEMS[code].title}`).join("; ");
}

function asbbResponse(): Json {
  return {
    description: "An error in the shape of the older budget service.",
    content: { "application/json": { schema: { $ref: "#/components/schemas/AsbbError" } } },
  };
}

function problemResponse(): Json {
  return {
    description: `A problem. Any route can answer, where it applies: ${describe(COMMON)}`,
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
  };
}
