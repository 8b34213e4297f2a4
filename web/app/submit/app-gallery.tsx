import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { appRoutes, type AppSummary } from "#app/contract";
import { routeQuery } from "../api/route-query.ts";
import { Command } from "../ui/command.tsx";
import { Icon } from "../ui/icons.tsx";
import { Empty, ProblemNotice } from "../ui/notice.tsx";
import { matchesWords } from "./matches-words.ts";
import styles from "./submit.module.css";

/** The codes that can be run. Those that the machine is ready for come first. */
export function AppGallery() {
  const [text, setText] = useState("");
  const apps = useQuery(routeQuery(appRoutes.list, {}));
  const found = (apps.data?.items ?? []).filter((app) => matchesWords(app, text));
  const [ready, missing] = [found.filter(isUsable), found.filter((app) => !isUsable(app))];
  return (
    <>
      <div className={styles.top}>
        <h1>What should run?</h1>
        <label className={styles.find}>
          <span className="hg-hidden">Find an app</span>
          <Icon name="search" size={14} />
          <input type="search" placeholder="Code, field or case" value={text} onChange={(event) => setText(event.currentTarget.value)} />
        </label>
      </div>
      {apps.isError && apps.data === undefined && <ProblemNotice error={apps.error} retry={() => void apps.refetch()} />}
      {apps.data !== undefined && apps.data.items.length === 0 && (
        <Empty title="The catalogue is empty">
          <Command line="headgate app new my-code" />
        </Empty>
      )}
      {apps.data !== undefined && apps.data.items.length > 0 && found.length === 0 && (
        <Empty title="No code matches">{`Nothing in the catalogue says "${text}".`}</Empty>
      )}
      {ready.length > 0 && <Gallery name="Ready on this machine" apps={ready} />}
      {missing.length > 0 && <Gallery name="Not installed here" apps={missing} />}
    </>
  );
}

function isUsable(app: AppSummary): boolean {
  return app.ready && app.fault === null;
}

function Gallery({ name, apps }: { name: string; apps: readonly AppSummary[] }) {
  return (
    <section aria-label={name}>
      <h2 className={styles.heading}>{name}</h2>
      <ul className={styles.gallery}>
        {apps.map((app) => (
          <li key={app.name} className={styles.app} data-ready={isUsable(app) || undefined}>
            <Link to="/submit" search={{ app: app.name }}>
              {app.display_name}
            </Link>
            <p>{app.description}</p>
            <p className={styles.aside}>{asideOf(app)}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function asideOf(app: AppSummary): string {
  if (app.fault !== null) return app.fault;
  const packages = [...new Set(app.missing.flatMap((need) => need.packages))];
  if (!app.ready) return packages.length === 0 ? `needs ${app.missing.map((need) => need.name).join(", ")}` : `needs the packages ${packages.join(", ")}`;
  return app.cases.length === 1 ? "1 case" : `${app.cases.length} cases`;
}
