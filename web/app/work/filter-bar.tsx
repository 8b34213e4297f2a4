import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useRef, useState, type SubmitEvent } from "react";
import { JOB_OUTCOMES, JOB_REFERENCE } from "#job/contract";
import { budgetRoutes } from "#budget/contract";
import { routeQuery } from "../api/route-query.ts";
import { useSession } from "../api/session.ts";
import { Choice } from "../ui/choice.tsx";
import { Icon } from "../ui/icons.tsx";
import { useKeys } from "../ui/keys.ts";
import { canHoldJobs } from "../money/accounts.ts";
import { markOf } from "./mark.ts";
import type { JobFilter } from "./filter.ts";
import styles from "./filter-bar.module.css";

/** Whose jobs, of which project, how ended; and a field that goes straight to a job by its number. */
export function FilterBar({ filter }: { filter: JobFilter }) {
  const navigate = useNavigate();
  const { person } = useSession();
  const status = useQuery(routeQuery(budgetRoutes.showStatus, {}));
  const projects = (status.data?.accounts ?? []).filter(canHoldJobs).map((account) => account.name);
  const choose = (field: keyof JobFilter, value: string) =>
    void navigate({ to: ".", search: ({ [field]: _old, ...rest }: JobFilter) => (value === "" ? rest : { ...rest, [field]: value }) });
  return (
    <div className={styles.bar} role="search" aria-label="Filter the jobs">
      <FindJob filter={filter} />
      <Choice
        label="Person"
        value={filter.person ?? ""}
        options={[
          { value: "", name: "Everyone" },
          { value: person.name, name: "Only mine" },
          ...(filter.person !== undefined && filter.person !== person.name ? [{ value: filter.person, name: filter.person }] : []),
        ]}
        choose={(value) => choose("person", value)}
      />
      <Choice
        label="Project"
        value={filter.project ?? ""}
        options={[{ value: "", name: "All projects" }, ...withOwn(projects, filter.project).map((name) => ({ value: name, name }))]}
        choose={(value) => choose("project", value)}
      />
      <Choice
        label="Result"
        value={filter.outcome ?? ""}
        options={[{ value: "", name: "Any result" }, ...JOB_OUTCOMES.map((outcome) => ({ value: outcome, name: markOf({ state: "settled", outcome }).word }))]}
        choose={(value) => choose("outcome", value)}
      />
    </div>
  );
}

/** A filter of the address is offered even when it names something the person has no part in. */
function withOwn(names: readonly string[], own: string | undefined): readonly string[] {
  return own === undefined || names.includes(own) ? names : [...names, own];
}

function FindJob({ filter }: { filter: JobFilter }) {
  const navigate = useNavigate();
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const wrong = text !== "" && !JOB_REFERENCE.test(text);
  useKeys({ search: () => field.current?.focus() });

  function go(event: SubmitEvent<HTMLFormElement>): void {
    event.preventDefault();
    if (text === "" || wrong) return;
    field.current?.blur();
    setText("");
    void navigate({ to: "/work/$job", params: { job: text }, search: filter });
  }

  return (
    <form className={styles.find} onSubmit={go}>
      <Icon name="search" size={14} />
      <input
        ref={field}
        type="text"
        inputMode="numeric"
        aria-label="Go to a job by its number"
        aria-invalid={wrong}
        title={wrong ? "A job number looks like 1841, or 1841_7 for a task" : undefined}
        placeholder="Job number"
        value={text}
        onChange={(event) => setText(event.currentTarget.value.trim())}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
        }}
      />
    </form>
  );
}
