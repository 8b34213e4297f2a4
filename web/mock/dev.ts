// npm run dev: the dashboard with hot reload and no backend. Sign in with 4F7K-92QD (maria), J4ME-5000 (james) or NEWC-0MER (nobody's projects).
import { createServer as createHttp } from "node:http";
import { fileURLToPath } from "node:url";
import { createServer as createVite } from "vite";
import { answerNode } from "./http.ts";
import { makeMockApi } from "./serve.ts";
import { makeWorld } from "./world.ts";

const PORT = Number(process.env["PORT"] ?? 5173);
const api = makeMockApi(makeWorld({ empty: process.argv.includes("--empty") }));
const http = createHttp();
const vite = await createVite({
  configFile: fileURLToPath(new URL("../vite.config.ts", import.meta.url)),
  server: { middlewareMode: true, hmr: { server: http } },
});
http.on("request", (incoming, outgoing) => {
  if (incoming.url?.startsWith("/api/") === true) answerNode(api, incoming, outgoing).catch(() => outgoing.destroy());
  else vite.middlewares(incoming, outgoing);
});
http.listen(PORT, "127.0.0.1", () => process.stdout.write(`http://127.0.0.1:${PORT}   4F7K-92QD is maria, J4ME-5000 is james, NEWC-0MER is nina\n`));
