import { existsSync } from "node:fs";
import { join } from "node:path";
import files from "@fastify/static";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { Problem, type Route } from "#kernel";
import { methodsOf } from "./mount.ts";

/**
 * The dashboard's built files. They hold no secret and need no sign-in. Vite puts a hash of the content into the names under assets/, so
 * those are kept for ever; everything else is asked for anew each time (and answered 304 when it is the same). An address of the
 * dashboard that is no file (/jobs/1841) gets index.html, and its own router goes on from there.
 */

const ASSET_CACHE = "public, max-age=31536000, immutable";
const PAGE_CACHE = "no-cache";

/** Where the built dashboard lies, if it is there and whole; null when it has not been built. */
export function findWebRoot(candidates: readonly string[]): string | null {
  return candidates.find((folder) => existsSync(join(folder, "index.html"))) ?? null;
}

/** Serves the dashboard and answers everything that no route takes. To be called after all routes are there. */
export async function serveDashboard(http: FastifyInstance, webRoot: string | null, routes: readonly Route[]): Promise<void> {
  if (webRoot !== null) {
    await http.register(files, {
      root: webRoot,
      cacheControl: false,
      dotfiles: "ignore",
      setHeaders: (reply, path) => {
        reply.header("cache-control", path.startsWith(join(webRoot, "assets")) ? ASSET_CACHE : PAGE_CACHE);
      },
    });
  }
  http.setNotFoundHandler((request, reply) => {
    const path = request.url.split("?", 1)[0] ?? "";
    if (isPage(request, path)) {
      sendPage(reply, webRoot);
      return;
    }
    const methods = methodsOf(routes, path);
    if (methods.length === 0) throw new Problem("route.unknown", { detail: `there is nothing at ${path.slice(0, 200)}` });
    reply.header("allow", methods.join(", "));
    throw new Problem("route.method", { detail: `${request.method} is not taken here, only ${methods.join(" and ")}`, facts: { allow: methods } });
  });
}

/** A person who opened an address in a browser, not a program that asked for data or a file that is missing. */
function isPage(request: FastifyRequest, path: string): boolean {
  const asked = request.method === "GET" && (request.headers.accept ?? "").includes("text/html");
  return asked && !path.startsWith("/api/") && !path.startsWith("/assets/");
}

function sendPage(reply: FastifyReply, webRoot: string | null): void {
  if (webRoot !== null) void reply.header("cache-control", PAGE_CACHE).sendFile("index.html");
  else void reply.code(503).type("text/html; charset=utf-8").header("cache-control", "no-store").send(NOT_BUILT);
}

const NOT_BUILT = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Headgate</title></head>
<body>
<h1>The dashboard has not been built</h1>
<p>The server is running. In a clone, build the dashboard with</p>
<pre>npm run build</pre>
<p>and load this page again. Everything else works: try <code>headgate job list</code> in a terminal, or see
<a href="/api/v1/openapi.json">what the API offers</a>.</p>
</body>
</html>
`;
