/**
 * A process of its own that starts the embedded server, for tests that kill it or run it as another user.
 *   node embedded-child.ts STATE_FOLDER SHARED_FOLDER
 * It prints one JSON line for each step, then `{"up": ...}` or `{"problem": ...}`; when its standard input ends it releases the server.
 */
import { Problem } from "#kernel";
import { openDatabase, startEmbedded } from "#db";

const [stateFolder, sharedFolder] = process.argv.slice(2) as [string, string];

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

try {
  const server = await startEmbedded({ stateFolder, sharedFolder, durability: "none", onProgress: ({ phase, detail }) => say({ phase, detail }) });
  const db = await openDatabase({ url: server.url });
  const [row] = await db.query<{ who: string }>("select current_user::text as who");
  await db.close();
  say({ up: { pid: server.pid(), dataFolder: server.dataFolder, found: server.found, who: row?.who, uid: process.getuid?.() } });
  process.stdin.resume();
  process.stdin.once("end", () => {
    void server.release().then(({ stopped }) => say({ stopped }));
  });
} catch (error) {
  say({ problem: error instanceof Problem ? { code: error.code, detail: error.detail, fix: error.fix } : { code: "none", detail: String(error), fix: "" } });
}
