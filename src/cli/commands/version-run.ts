import type { PlainRun } from "../command.ts";
import { readServerFile } from "../endpoint.ts";
import { renderPairs } from "../table.ts";

/** The answer's shape with -o json: `{ headgate, node, platform, state, server: { url, pid } | null }`. */
export const showVersion: PlainRun = async ({ output, config, version: headgate }) => {
  const server = readServerFile(config.state);
  const answer = { headgate, node: process.versions.node, platform: `${process.platform}-${process.arch}`, state: config.state, server };
  await output.show(answer, ({ style }) =>
    renderPairs(
      [
        ["headgate", headgate],
        ["node", `${answer.node} (${process.execPath})`],
        ["platform", answer.platform],
        ["state", config.state],
        ["server", server === null ? "none has been started on this state folder" : `${server.url} (process ${server.pid})`],
      ],
      style,
    ),
  );
};
