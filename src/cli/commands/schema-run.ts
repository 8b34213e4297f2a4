import type { RunOf } from "../command.ts";
import { schemaOf, type SchemaName } from "../schemas.ts";
import type { schemaTakes } from "./installation.ts";

/** JSON in every format: it is what editors read. */
export const run: RunOf<typeof schemaTakes> = async ({ output }, { args }) => {
  output.raw(`${JSON.stringify(await schemaOf(args.file as SchemaName), null, 2)}\n`);
};
