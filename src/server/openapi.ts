import { z } from "zod";
import { PROBLEMS, type ProblemCode, type Route, type Routes, type WireSchema } from "#kernel";
import { problemShape } from "./contract.ts";
import { asZod } from "./mount.ts";

/**
 * The OpenAPI 3.1 document, made from the route tables and the schemas beside them.
 *
 * Component names are stable because they are the names under which contracts export their shapes: `jobSummaryShape` is `JobSummary`.
 * Everything that is not exported is written out where it stands. The wire form is the input side of a schema for requests and replies
 * alike: a codec's reply is encoded to it.
 */

/** A module that describes a part of the wire: `import * as jobContract from "#job/contract"`. */
export type ContractModule = Readonly<Record<string, unknown>>;

type Json = Record<string, unknown>;

/** Problems that any route can answer, so that each route names only its own. */
const COMMON: readonly ProblemCode[] = ["input.invalid", "access.host", "overloaded", "internal", "server.stopping", "timeout", "db.unreachable"];
const SIGNED_IN: readonly ProblemCode[] = ["access.unauthenticated", "access.forbidden", "access.cross-site"];
const WITH_BODY: readonly ProblemCode[] = ["request.json", "request.media-type", "input.too-large"];
const WITH_KEY: readonly ProblemCode[] = ["idempotency.missing", "idempotency.invalid", "idempotency.mismatch", "idempotency.running"];

export function emitOpenApi(contracts: readonly ContractModule[], version: string): Json {
  const names = componentNames([...contracts, { problemShape }]);
  const components: Json = {};
  const emit = (schema: WireSchema) => emitSchema(asZod(schema), names, components);
  const routes = contracts.flatMap(routesOf).toSorted((a, b) => compare(a.path, b.path) || compare(a.method, b.method));
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:([A-Za-z_]+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, emit) };
  }
  emit(problemShape);
  return {
    openapi: "3.1.1",
    info: {
      title: "Headgate",
      version,
      description: "Jobs, budgets and people of a Headgate installation. Amounts are decimal text beside their unit, instants RFC 3339 in UTC, lengths carry their unit in the name. Refusals are problems (RFC 9457).",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    tags: [...new Set(routes.map((route) => route.tag))].toSorted().map((name) => ({ name })),
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(components).toSorted(([a], [b]) => compare(a, b))),
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "The owner's token (file owner-token in the state folder) or a person's API token." },
        session: { type: "apiKey", in: "cookie", name: "headgate_session", description: "Set by POST /api/v1/session; the port is part of the name (headgate_session_8787)." },
      },
    },
  };
}

/** By code point, the same on every machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The routes of a contract: every exported table of routes. */
export function routesOf(contract: ContractModule): Route[] {
  return Object.entries(contract).flatMap(([name, value]) => (name.endsWith("Routes") ? Object.values(value as Routes) : []));
}

/** `jobSummaryShape` or `jobSummarySchema` becomes `JobSummary`. Two contracts that export one name for two shapes are told apart by a number. */
function componentNames(contracts: readonly ContractModule[]): Map<z.ZodType, string> {
  const names = new Map<z.ZodType, string>();
  const taken = new Set<string>();
  for (const contract of contracts) {
    for (const [key, value] of Object.entries(contract).toSorted(([a], [b]) => compare(a, b))) {
      if (!(value instanceof z.ZodType) || names.has(value)) continue;
      const base = key.replace(/(?:Shape|Schema)$/, "").replace(/^./, (first) => first.toUpperCase());
      let name = base;
      for (let number = 2; taken.has(name); number += 1) name = `${base}${number}`;
      taken.add(name);
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

/** zod writes the bounds of safe integers on every whole number; they say nothing that a reader of the document needs. */
function tidy({ jsonSchema }: { jsonSchema: Json }): void {
  if (jsonSchema["minimum"] === Number.MIN_SAFE_INTEGER) delete jsonSchema["minimum"];
  if (jsonSchema["maximum"] === Number.MAX_SAFE_INTEGER) delete jsonSchema["maximum"];
}

/** References inside a schema's own definitions become references to the document's components. */
function relocate(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(relocate);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, key === "$ref" && typeof inner === "string" ? inner.replace("#/$defs/", "#/components/schemas/") : relocate(inner)]));
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

function headerParameters(route: Route): Json[] {
  const headers: Json[] = [];
  if (route.idempotent === true) {
    headers.push({ name: "Idempotency-Key", in: "header", required: true, description: "The same key with the same request is done once; 1 to 200 printable ASCII characters.", schema: { type: "string", minLength: 1, maxLength: 200 } });
  }
  if (route.access !== "public") headers.push({ name: "Headgate-Act-As", in: "header", required: false, description: "For administrators: the person in whose name to ask.", schema: { type: "string" } });
  if (route.stream === "events") headers.push({ name: "Last-Event-ID", in: "header", required: false, description: "Goes on after this event.", schema: { type: "string" } });
  return headers;
}

function success(route: Route, emit: (schema: WireSchema) => Json): Json {
  const schema = emit(route.reply);
  if (route.stream === "text") return { description: route.summary, content: { "text/plain": { schema: { type: "string" } } } };
  if (route.stream === "events") return { description: "Server-sent events; each event's data is this JSON.", content: { "text/event-stream": { schema } } };
  return { description: route.summary, content: { "application/json": { schema } } };
}

/** The problems of a route, gathered by status. */
function refusals(route: Route): Json {
  const codes = new Set<ProblemCode>([
    ...route.problems,
    ...COMMON,
    ...(route.access === "public" ? [] : SIGNED_IN),
    ...(route.body === undefined ? [] : WITH_BODY),
    ...(route.idempotent === true ? WITH_KEY : []),
  ]);
  const byStatus = Map.groupBy([...codes].toSorted(compare), (code) => PROBLEMS[code].status);
  const content = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };
  return Object.fromEntries(
    [...byStatus].toSorted(([a], [b]) => a - b).map(([status, list]) => [String(status), { description: list.map((code) => `${code}: ${PROBLEMS[code].title}`).join("; "), content }]),
  );
}
