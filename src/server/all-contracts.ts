import * as alert from "#alert/contract";
import * as access from "#access/contract";
import * as asbb from "#asbb/contract";
import * as app from "#app/contract";
import * as budget from "#budget/contract";
import * as forecast from "#forecast/contract";
import * as job from "#job/contract";
import type { Route, Routes } from "#kernel";
import * as report from "#report/contract";
import * as server from "./contract.ts";

/** A module that describes a part of the wire: its exported shapes (`...Shape`) and tables of routes (`...Routes`). */
type ContractModule = Readonly<Record<string, unknown>>;

/** `prefix` begins the names of its shapes in the OpenAPI document, so that a job's Array is not every client's Array. */
export type Contract = { readonly prefix: string; readonly module: ContractModule };

/** Everything that Headgate says over HTTP. A new contract is added here; the server refuses to start when a route of it has no handler. */
export const CONTRACTS: readonly Contract[] = [
  { prefix: "", module: access },
  { prefix: "", module: alert },
  { prefix: "App", module: app },
  { prefix: "Asbb", module: asbb },
  { prefix: "Budget", module: budget },
  { prefix: "", module: forecast },
  { prefix: "Job", module: job },
  { prefix: "Report", module: report },
  { prefix: "", module: server },
];

/** The routes of a contract: every exported table of routes. */
function routesOf({ module }: Contract): Route[] {
  return Object.entries(module).flatMap(([name, value]) => (name.endsWith("Routes") ? Object.values(value as Routes) : []));
}

export const ALL_ROUTES: readonly Route[] = CONTRACTS.flatMap(routesOf);
