import { createRootRoute, createRoute, createRouter, redirect } from "@tanstack/react-router";
import { Frame } from "./frame/frame.tsx";
import { Lost } from "./frame/lost.tsx";
import { MachinesPage } from "./machines/machines-page.tsx";
import { MoneyPage } from "./money/money-page.tsx";
import { SignInPage } from "./sign-in/sign-in-page.tsx";
import { SubmitPage } from "./submit/submit-page.tsx";
import { readFilter } from "./work/filter.ts";
import { WorkPage } from "./work/work-page.tsx";

/*
 * Every address of the dashboard. A job is addressed below /work, so that the list stays beside it, and its tabs below the job;
 * filters are in the query, so that a view can be sent to a colleague.
 */
const root = createRootRoute({ notFoundComponent: Lost });

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  component: SignInPage,
  validateSearch: (search): { then?: string } => (typeof search["then"] === "string" && isOwnPath(search["then"]) ? { then: search["then"] } : {}),
});

/** Only paths of this site: an address in a link must not send a person elsewhere after the sign-in. */
function isOwnPath(text: string): boolean {
  return /^\/(?![/\\])/.test(text);
}

const frame = createRoute({ getParentRoute: () => root, id: "frame", component: Frame });
const home = createRoute({
  getParentRoute: () => frame,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/work", replace: true });
  },
});
const work = createRoute({ getParentRoute: () => frame, path: "/work", component: WorkPage, validateSearch: readFilter });
const job = createRoute({ getParentRoute: () => work, path: "$job" });
const jobTab = createRoute({ getParentRoute: () => work, path: "$job/$tab" });
const submit = createRoute({
  getParentRoute: () => frame,
  path: "/submit",
  component: SubmitPage,
  validateSearch: (search): { app?: string; case?: string } => ({
    ...(typeof search["app"] === "string" ? { app: search["app"] } : {}),
    ...(typeof search["case"] === "string" ? { case: search["case"] } : {}),
  }),
});
const money = createRoute({
  getParentRoute: () => frame,
  path: "/money",
  component: MoneyPage,
  validateSearch: (search): { account?: string } => (typeof search["account"] === "string" ? { account: search["account"] } : {}),
});
const machines = createRoute({ getParentRoute: () => frame, path: "/machines", component: MachinesPage });

const tree = root.addChildren([signIn, frame.addChildren([home, work.addChildren([job, jobTab]), submit, money, machines])]);

export function makeRouter() {
  return createRouter({ routeTree: tree, scrollRestoration: true, defaultNotFoundComponent: Lost });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
