export type { FormulaTerm } from "./contract.ts";
