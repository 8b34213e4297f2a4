import { Button, Menu, Tooltip } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { LiveState } from "../api/live.ts";
import { useSession, useSignOut } from "../api/session.ts";
import { Icon } from "../ui/icons.tsx";
import { useSchemeChoice, type SchemeChoice } from "./scheme.ts";
import styles from "./top-bar.module.css";

const PLACES = [
  { to: "/work", name: "Work" },
  { to: "/money", name: "Money" },
  { to: "/machines", name: "Machines" },
] as const;

export function TopBar({ live, showKeys }: { live: LiveState; showKeys: () => void }) {
  return (
    <header className={styles.bar}>
      <Link to="/work" className={styles.brand} aria-label="Headgate, to Work">
        <Brand />
        <span>Headgate</span>
      </Link>
      <nav className={styles.places} aria-label="Places">
        {PLACES.map((place) => (
          <Link key={place.to} to={place.to} className={styles.place} activeProps={{ "aria-current": "page" }}>
            {place.name}
          </Link>
        ))}
      </nav>
      <div className={styles.right}>
        <Live state={live} />
        <Button component={Link} to="/submit" size="xs" leftSection={<Icon name="plus" size={14} />} className={styles.submit}>
          Submit a job
        </Button>
        <Tooltip label="Keys (?)">
          <button type="button" className={styles.tool} data-wide onClick={showKeys} aria-label="Show keys">
            <Icon name="keys" />
          </button>
        </Tooltip>
        <SchemeMenu />
        <PersonMenu />
      </div>
    </header>
  );
}

/** The gate in the channel: two posts, the gate, and the water it lets through. */
export function Brand({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" fill="none" strokeLinecap="round" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="var(--hg-accent)" />
      <path d="M8 6v20M24 6v20M8 11h16" stroke="var(--hg-on-accent)" strokeWidth="3" />
      <path d="M11.5 21.5c1.5-1.6 3-1.6 4.5 0s3 1.6 4.5 0" stroke="var(--hg-on-accent)" strokeOpacity="0.65" strokeWidth="2.6" />
    </svg>
  );
}

/** Whether what is shown is told at once or asked for; a word and a shape. */
function Live({ state }: { state: LiveState }) {
  const words = state === "live" ? "Changes are shown as they happen" : "No live connection: the page asks every few seconds";
  return (
    <Tooltip label={words}>
      <span className={styles.live} data-state={state} role="status" tabIndex={0}>
        <span className={styles.dot} aria-hidden="true" />
        <span className={styles.word}>{state === "live" ? "live" : "asking"}</span>
      </span>
    </Tooltip>
  );
}

const SCHEMES: readonly { readonly choice: SchemeChoice; readonly name: string; readonly icon: "sun" | "moon" | "system" }[] = [
  { choice: "light", name: "Light", icon: "sun" },
  { choice: "dark", name: "Dark", icon: "moon" },
  { choice: "auto", name: "As the system", icon: "system" },
];

function SchemeMenu() {
  const { choice, shown, choose } = useSchemeChoice();
  return (
    <Menu position="bottom-end" width={180}>
      <Menu.Target>
        <button type="button" className={styles.tool} aria-label={`Appearance: ${shown}`}>
          <Icon name={shown === "dark" ? "moon" : "sun"} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {SCHEMES.map((scheme) => (
          <Menu.Item
            key={scheme.choice}
            leftSection={<Icon name={scheme.icon} />}
            rightSection={choice === scheme.choice ? <Icon name="check" /> : null}
            aria-current={choice === scheme.choice ? "true" : undefined}
            onClick={() => choose(scheme.choice)}
          >
            {scheme.name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function PersonMenu() {
  const { person, memberships } = useSession();
  const signOut = useSignOut();
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <button type="button" className={styles.person} aria-label={`Signed in as ${person.name}`}>
          <Icon name="user" />
          <span>{person.name}</span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <div className={styles.who}>
          <strong>{person.display_name}</strong>
          <span>
            {person.admin ? "administrator of this Headgate" : memberships.map((part) => `${part.account} (${part.role})`).join(", ") || "in no project yet"}
          </span>
        </div>
        <Menu.Divider />
        <Menu.Item onClick={() => signOut.mutate()}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
