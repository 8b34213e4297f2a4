import { accessRoutes } from "#access/contract";
import { findEndpoint } from "../endpoint.ts";
import type { RunOf } from "../command.ts";
import type { loginCodeTakes } from "./installation.ts";

/** The answer's shape with -o json is that of POST /api/v1/access/codes. */
export const loginCode: RunOf<typeof loginCodeTakes> = async (context, { args }) => {
  const client = await context.client();
  const answer = await client.call(accessRoutes.createCode, { body: args.person === undefined ? {} : { person: args.person } });
  const minutes = Math.max(1, Math.round((Date.parse(answer.expires_at) - context.clock.now()) / 60_000));
  await context.output.show(answer, ({ style }) => `${style.bold(answer.code)}\n`);
  context.output.note(`${answer.person} signs in with it once, within ${minutes} min, at ${findEndpoint(context.config).url}\n`);
};
