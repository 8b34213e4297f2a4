import { createRootRoute, createRoute, createRouter, redirect } from "@tanstack/react-router";
import { hasSignedIn } from "./api/session.ts";
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
  validateSearch: (search): { then?: string | undefined } => ({ then: text(search["then"], isOwnPath) }),
});

/**
 * A text of the query, or undefined. The router lays the answer of validateSearch over the raw query, so what is refused has to be
 * answered as undefined: left out, it would come through.
 */
function text(value: unknown, isGood: (value: string) => boolean = () => true): string | undefined {
  return typeof value === "string" && isGood(value) ? value : undefined;
}

/** Longer addresses are not made by the dashboard. */
const PATH_LENGTH_MAX = 1000;

/** Only paths of this site: an address in a link must not send a person elsewhere after the sign-in, nor back to it. */
function isOwnPath(text: string): boolean {
  return text.length <= PATH_LENGTH_MAX && /^\/(?![/\\])/.test(text) && !text.startsWith("/sign-in");
}

const frame = createRoute({
  getParentRoute: () => root,
  id: "frame",
  component: Frame,
  beforeLoad: ({ location }) => {
    if (!hasSignedIn()) throw redirect({ to: "/sign-in", search: location.href === "/" ? {} : { then: location.href }, replace: true });
  },
});
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
  validateSearch: (search): { app?: string | undefined; case?: string | undefined } => ({ app: text(search["app"]), case: text(search["case"]) }),
});
const money = createRoute({
  getParentRoute: () => frame,
  path: "/money",
  component: MoneyPage,
  validateSearch: (search): { account?: string | undefined } => ({ account: text(search["account"]) }),
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
