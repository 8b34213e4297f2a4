export { openAccess, type Access } from "./access-service.ts";
export { OWNER, type AccessContext, type AccountPaths } from "./context.ts";
export { sessionCookie, sessionCookieName } from "./cookie.ts";
export { ensureOwnerToken, type OwnerToken } from "./owner-token-store.ts";
export type { AccountParts, NewPerson, Page, People } from "./people-service.ts";
export { can, demand, reachesBelow, type Action, type Membership, type Role, type Subject, type SubjectOf, type Viewer } from "./policy.ts";
export { accessHandlers } from "./routes.ts";
export type { SessionHolder, SignIn, SignInCode } from "./sign-in-service.ts";
export type { TokenHolder, Tokens } from "./tokens-service.ts";
