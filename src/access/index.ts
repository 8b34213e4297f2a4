export { openAccess, type Access } from "./access.ts";
export { OWNER, type AccessContext, type AccountPaths } from "./context.ts";
export { sessionCookie, sessionCookieName } from "./cookie.ts";
export { ensureOwnerToken, OWNER_TOKEN_FILE, type OwnerToken } from "./owner-token.ts";
export type { NewPerson, Page, People } from "./people.ts";
export { can, demand, POLICY, type Action, type Membership, type Role, type Subject, type SubjectOf, type Viewer } from "./policy.ts";
export { accessHandlers } from "./routes.ts";
export type { SessionHolder, SignIn, SignInCode } from "./sign-in.ts";
export type { TokenHolder, Tokens } from "./tokens.ts";
