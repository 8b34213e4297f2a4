import { describe, expect, test } from "vitest";
import { ALL_ROUTES } from "./all-contracts.ts";
import { emitOpenApi } from "./openapi.ts";

type Operation = {
  operationId: string;
  parameters?: { name: string; in: string; required: boolean }[];
  requestBody?: object;
  responses: Record<string, object>;
  security: object[];
};
type Document = {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object>; responses: Record<string, object> };
};

const document = emitOpenApi("1.2.3") as Document;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

function references(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => (key === "$ref" ? [String(inner)] : references(inner)));
}

describe("the OpenAPI document", () => {
  test("has every route once, under its id", () => {
    expect(operations.map(({ operation }) => operation.operationId).toSorted()).toEqual(ALL_ROUTES.map((route) => route.id).toSorted());
  });

  test("points nowhere into the void", () => {
    for (const reference of references(document)) {
      const found = reference
        .replace("#/", "")
        .split("/")
        .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], document);
      expect([reference, typeof found]).toEqual([reference, "object"]);
    }
    expect(JSON.stringify(document)).not.toContain("$defs");
  });

  test("uses every component it names", () => {
    const used = new Set(references(document));
    expect(Object.keys(document.components.schemas).filter((name) => !used.has(`#/components/schemas/${name}`))).toEqual([]);
  });

  test("declares each parameter of a path", () => {
    for (const { path, operation } of operations) {
      const inPath = [...path.matchAll(/\{([A-Za-z_]+)\}/g)].map((match) => match[1]!);
      const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === "path" && parameter.required).map(({ name }) => name);
      expect([path, declared.toSorted()]).toEqual([path, inPath.toSorted()]);
    }
  });

  test("says where a key is needed, which problems come, and what needs no sign-in", () => {
    const submit = document.paths["/api/v1/jobs"]?.["post"];
    expect(submit?.parameters).toContainEqual(expect.objectContaining({ name: "Idempotency-Key", in: "header", required: true }));
    expect(submit?.responses["422"]).toMatchObject({ description: expect.stringContaining("idempotency.mismatch") });
    expect(submit?.responses["default"]).toEqual({ $ref: "#/components/responses/Problem" });
    expect(submit?.security).toEqual([{ token: [] }, { session: [] }]);
    expect(document.paths["/health"]?.["get"]?.security).toEqual([]);
  });

  test("is the same text each time", () => {
    expect(JSON.stringify(emitOpenApi("1.2.3"))).toBe(JSON.stringify(document));
  });
});
