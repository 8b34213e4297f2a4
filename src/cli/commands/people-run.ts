import { accessRoutes } from "#access/contract";
import type { RunOf } from "../command.ts";
import { Problem } from "#kernel";
import { localTime } from "../format.ts";
import { noteMore } from "../pages.ts";
import { renderTable } from "../table.ts";
import type {
  memberAddTakes,
  memberListTakes,
  memberRemoveTakes,
  personAddTakes,
  personChangeTakes,
  personListTakes,
  tokenCreateTakes,
  tokenListTakes,
  tokenRevokeTakes,
  tokenRotateTakes,
} from "./people.ts";

/*
 * With -o json each answers in the shape of its route: people, memberships and tokens as /api/v1/people, /api/v1/memberships and /api/v1/access/tokens have them, lists as
 * `{ items, next }`.
 */

export const listPeople: RunOf<typeof personListTakes> = async (context, { flags }) => {
  const client = await context.client();
  const answer = await client.call(accessRoutes.listPeople, { query: { limit: flags.limit, cursor: flags.after } });
  await context.output.show(answer, ({ style, columns }) =>
    renderTable(
      answer.items,
      [
        { head: "name", cell: (person) => person.name },
        { head: "in full", cell: (person) => person.display_name, minimum: 8 },
        { head: "email", cell: (person) => person.email ?? "", minimum: 8 },
        { head: "may", cell: (person) => (person.active ? (person.admin ? "decide everything" : "sign in") : "nothing: switched off") },
      ],
      { style, columns },
    ),
  );
  noteMore(context.output, answer.next);
};

export const addPerson: RunOf<typeof personAddTakes> = async (context, { args, flags }) => {
  const client = await context.client();
  const body = {
    name: args.name,
    ...(flags.title === undefined ? {} : { display_name: flags.title }),
    ...(flags.email === undefined ? {} : { email: flags.email }),
    ...(flags.admin ? { admin: true } : {}),
  };
  const person = await client.call(accessRoutes.createPerson, { body });
  if (flags.project !== undefined)
    await client.call(accessRoutes.setMembership, { params: { account: flags.project, person: args.name }, body: { role: "member" } });
  await context.output.show(person, () => `${person.name} is added${flags.project === undefined ? "" : `, and a member of ${flags.project}`}\n`);
  context.output.note(`Next  headgate login-code ${person.name}${flags.project === undefined ? `      headgate member add ACCOUNT ${person.name}` : ""}\n`);
};

export const changePerson: RunOf<typeof personChangeTakes> = async (context, { args, flags }) => {
  const body = {
    ...(flags.title === undefined ? {} : { display_name: flags.title }),
    ...(flags.email === undefined ? {} : { email: flags.email }),
    ...(flags.admin === undefined ? {} : { admin: flags.admin === "yes" }),
    ...(flags.active === undefined ? {} : { active: flags.active === "yes" }),
  };
  const client = await context.client();
  const person = await client.call(accessRoutes.changePerson, { params: { name: args.name }, body });
  await context.output.show(
    person,
    () => `${person.name} (${person.display_name}) ${person.active ? (person.admin ? "may decide everything" : "may sign in") : "is switched off"}\n`,
  );
};

export const listMembers: RunOf<typeof memberListTakes> = async (context, { args, flags }) => {
  const client = await context.client();
  const query = { account: args.account, person: flags.person, limit: flags.limit, cursor: flags.after };
  const answer = await client.call(accessRoutes.listMemberships, { query });
  await context.output.show(answer, ({ style, columns }) =>
    renderTable(
      answer.items,
      [
        { head: "account", cell: (one) => one.account, minimum: 6 },
        { head: "person", cell: (one) => one.person },
        { head: "role", cell: (one) => one.role },
        { head: "from", cell: (one) => (one.from === null ? "" : localTime(one.from)) },
        { head: "until", cell: (one) => (one.until === null ? "" : localTime(one.until)) },
        { head: "since", cell: (one) => localTime(one.granted_at) },
        { head: "by", cell: (one) => one.granted_by },
      ],
      { style, columns },
    ),
  );
  noteMore(context.output, answer.next);
};

export const addMember: RunOf<typeof memberAddTakes> = async (context, { args, flags }) => {
  const { manager, pi, delegate, from, until } = flags;
  if ([manager, pi, delegate].filter(Boolean).length > 1)
    throw new Problem("usage.value", { detail: "a person has one part in an account", fix: "Give one of --manager, --pi and --delegate." });
  const role = pi ? "pi" : delegate ? "delegate" : manager ? "manager" : "member";
  const client = await context.client();
  const answer = await client.call(accessRoutes.setMembership, { params: args, body: { role, from: from ?? null, until: until ?? null } });
  const time = [answer.from === null ? "" : ` from ${localTime(answer.from)}`, answer.until === null ? "" : ` until ${localTime(answer.until)}`].join("");
  await context.output.show(answer, () => `${answer.person} is ${role === "pi" ? "the PI" : `a ${role}`} of ${answer.account}${time}\n`);
};

export const removeMember: RunOf<typeof memberRemoveTakes> = async (context, { args }) => {
  const client = await context.client();
  const answer = await client.call(accessRoutes.removeMembership, { params: args });
  await context.output.show(answer, () => `${answer.person} no longer belongs to ${answer.account}\n`);
};

export const listTokens: RunOf<typeof tokenListTakes> = async (context, { args, flags }) => {
  const client = await context.client();
  const answer = await client.call(accessRoutes.listTokens, { query: { person: args.person, limit: flags.limit, cursor: flags.after } });
  await context.output.show(answer, ({ style, columns }) =>
    answer.items.length === 0
      ? ""
      : renderTable(
          answer.items,
          [
            { head: "for", cell: (token) => token.label, minimum: 8 },
            { head: "person", cell: (token) => token.person },
            { head: "since", cell: (token) => localTime(token.created_at) },
            { head: "until", cell: (token) => (token.expires_at === null ? "revoked" : localTime(token.expires_at)) },
            { head: "used", cell: (token) => (token.last_used_at === null ? "never" : localTime(token.last_used_at)) },
            { head: "id", cell: (token) => token.id },
          ],
          { style, columns },
        ),
  );
  if (answer.items.length === 0) context.output.note("There are none.\n");
  noteMore(context.output, answer.next);
};

export const createToken: RunOf<typeof tokenCreateTakes> = async (context, { args, flags }) => {
  const client = await context.client();
  const body = {
    label: args.label,
    ...(flags.person === undefined ? {} : { person: flags.person }),
    ...(flags.days === undefined ? {} : { days: flags.days }),
  };
  const token = await client.call(accessRoutes.createToken, { body });
  await context.output.show(token, () => `${token.token}\n`);
  context.output.note(
    `For ${token.person}, ${token.expires_at === null ? "until it is revoked" : `until ${localTime(token.expires_at)}`}: headgate token revoke ${token.id}. It is not shown again.\n`,
  );
};

export const rotateToken: RunOf<typeof tokenRotateTakes> = async (context, { args, flags }) => {
  const client = await context.client();
  const body = { ...(flags.overlap === undefined ? {} : { overlap_hours: flags.overlap }), ...(flags.days === undefined ? {} : { days: flags.days }) };
  const token = await client.call(accessRoutes.rotateToken, { params: { id: args.id }, body });
  await context.output.show(token, () => `${token.token}\n`);
  const old = token.previous_until === null ? "no longer works" : `works until ${localTime(token.previous_until)}, too`;
  context.output.note(`The new secret of ${token.label}; the old one ${old}. It is not shown again.\n`);
};

export const revokeToken: RunOf<typeof tokenRevokeTakes> = async (context, { args }) => {
  const client = await context.client();
  const answer = await client.call(accessRoutes.revokeToken, { params: { id: args.id } });
  await context.output.show(answer, () => `${answer.id} is revoked\n`);
};
