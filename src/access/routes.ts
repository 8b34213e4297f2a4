import { instantToIso, parseInstant, type Handlers, type HandlerRequest, type Person } from "#kernel";
import type { Access } from "./access-service.ts";
import type { accessRoutes, MembershipOnWire, PersonOnWire, SessionOnWire, TokenOnWire } from "./contract.ts";
import { sessionCookie } from "./cookie.ts";
import type { MembershipRecord, PersonRecord, TokenRecord } from "./store.ts";

function timeOf(text: string | null) {
  return text === null ? null : (parseInstant(text) ?? null);
}

function personToWire(person: PersonRecord): PersonOnWire {
  return {
    name: person.name,
    display_name: person.displayName,
    email: person.email,
    admin: person.admin,
    active: person.active,
    created_at: instantToIso(person.createdAt),
  };
}

function membershipToWire(membership: MembershipRecord): MembershipOnWire {
  return {
    person: membership.person,
    account: membership.account,
    role: membership.role,
    granted_by: membership.grantedBy,
    granted_at: instantToIso(membership.grantedAt),
    from: membership.fromAt === null ? null : instantToIso(membership.fromAt),
    until: membership.untilAt === null ? null : instantToIso(membership.untilAt),
  };
}

function tokenToWire(token: TokenRecord): TokenOnWire {
  const expiresAt = token.expiresAt === null ? null : instantToIso(token.expiresAt);
  return {
    id: token.id,
    person: token.person,
    label: token.label,
    created_by: token.createdBy,
    created_at: instantToIso(token.createdAt),
    expires_at: expiresAt,
    last_used_at: token.lastUsedAt === null ? null : instantToIso(token.lastUsedAt),
    rotated_at: token.rotatedAt === null ? null : instantToIso(token.rotatedAt),
    previous_until: token.previousUntil === null ? null : instantToIso(token.previousUntil),
  };
}

/** The account and person after which a page begins; a cursor that we did not make begins at the front. */
function membershipCursor(cursor: string | undefined): { account: string; person: string } {
  const [account = "", person = ""] = (cursor ?? "").split(" ");
  return { account, person };
}

async function describeSession(
  access: Access,
  person: Person,
  how: { with: "token" | "session" | "jwt"; actor: string | null; endsAt: string | null },
): Promise<SessionOnWire> {
  const viewer = await access.people.viewer(person);
  const record = await access.people.personFor(viewer, person.name, "person.see");
  return { person: personToWire(record), memberships: [...viewer.memberships], signed_in_with: how.with, acting_for: how.actor !== null, ends_at: how.endsAt };
}

export function accessHandlers(access: Access): Handlers<typeof accessRoutes> {
  return { ...sessionHandlers(access), ...credentialHandlers(access), ...peopleHandlers(access) };
}

type SessionHandlers = Pick<Handlers<typeof accessRoutes>, "signIn" | "session" | "signOut">;

function sessionHandlers(access: Access): SessionHandlers {
  return {
    signIn: async ({ body, host, secure, setHeader }) => {
      const { person, secret, endsAt } = await access.signIn.signIn(body.code);
      setHeader("set-cookie", sessionCookie(host, secure, secret));
      return describeSession(access, person, { with: "session", actor: null, endsAt: instantToIso(endsAt) });
    },
    session: async ({ person, credential, actor }) => {
      const endsAt = credential.kind === "session" ? await access.signIn.endsAt(credential.id) : null;
      return describeSession(access, person, { with: credential.kind, actor, endsAt: endsAt === null ? null : instantToIso(endsAt) });
    },
    signOut: async ({ person, query, credential, host, secure, setHeader }: HandlerRequest<typeof accessRoutes.signOut>) => {
      const ended = credential.kind === "session" ? await access.signIn.end(credential.id) : false;
      if (query.everywhere) await access.signIn.endAllOf(person.name);
      if (credential.kind === "session") setHeader("set-cookie", sessionCookie(host, secure, null));
      return { ended: ended || query.everywhere };
    },
  };
}

type CredentialHandlers = Pick<Handlers<typeof accessRoutes>, "createCode" | "listTokens" | "createToken" | "rotateToken" | "revokeToken">;

function credentialHandlers(access: Access): CredentialHandlers {
  return {
    createCode: async ({ person, body }) => {
      const made = await access.signIn.createCode(person, body.person ?? person.name);
      return { code: made.code, person: made.person, expires_at: instantToIso(made.expiresAt) };
    },
    listTokens: async ({ person, query }) => {
      const page = await access.tokens.list(person, { person: query.person ?? person.name, after: query.cursor ?? null, limit: query.limit });
      return { items: page.items.map(tokenToWire), next: page.next };
    },
    createToken: async ({ person, body }) => {
      const { record, secret } = await access.tokens.create(person, { person: body.person ?? person.name, label: body.label, days: body.days ?? null });
      return { ...tokenToWire(record), token: secret };
    },
    rotateToken: async ({ person, params, body }) => {
      const { record, secret } = await access.tokens.rotate(person, { id: params.id, overlapHours: body.overlap_hours, days: body.days ?? null });
      return { ...tokenToWire(record), token: secret };
    },
    revokeToken: async ({ person, params }) => {
      await access.tokens.revoke(person, params.id);
      return { id: params.id };
    },
  };
}

function peopleHandlers(access: Access): Omit<Handlers<typeof accessRoutes>, keyof SessionHandlers | keyof CredentialHandlers> {
  const { people } = access;
  return {
    listPeople: async ({ person, query }) => {
      const page = await people.list(person, { after: query.cursor ?? "", limit: query.limit });
      return { items: page.items.map(personToWire), next: page.next };
    },
    createPerson: async ({ body }) =>
      personToWire(
        await people.create({ name: body.name, displayName: body.display_name ?? body.name, email: body.email ?? null, admin: body.admin ?? false }),
      ),
    getPerson: async ({ person, params }) => personToWire(await people.personFor(await people.viewer(person), params.name, "person.see")),
    changePerson: async ({ person, params, body }) =>
      personToWire(await people.change(person, params.name, { displayName: body.display_name, email: body.email, admin: body.admin, active: body.active })),
    listMemberships: async ({ person, query }) => {
      const ask = { account: query.account ?? null, person: query.person ?? null, after: membershipCursor(query.cursor), limit: query.limit };
      const page = await people.memberships(person, ask);
      return { items: page.items.map(membershipToWire), next: page.next };
    },
    setMembership: async ({ person, params, body }) =>
      membershipToWire(await people.setMember(person, { ...params, role: body.role, fromAt: timeOf(body.from), untilAt: timeOf(body.until) })),
    removeMembership: async ({ person, params }) => {
      await people.removeMember(person, params);
      return params;
    },
  };
}
