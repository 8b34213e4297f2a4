import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { AppDetail } from "#app/contract";
import { budgetRoutes } from "#budget/contract";
import { formatDuration, milliseconds } from "#kernel";
import { routeQuery } from "../api/route-query.ts";
import { canHoldJobs } from "../money/accounts.ts";
import { Choice } from "../ui/choice.tsx";
import { Field } from "../ui/field.tsx";
import { Icon } from "../ui/icons.tsx";
import { CaseList } from "./case-list.tsx";
import { caseOf, defaultText, emptyDraft, faultsOf, type Draft, type DraftFaults } from "./draft.ts";
import { ParameterField } from "./parameter-field.tsx";
import { SendCard } from "./send-card.tsx";
import { useEstimate } from "./use-estimate.ts";
import styles from "./submit.module.css";

/** One code, one case, and what is to be different this time; beside it what that costs. */
export function SubmitForm({ app, wantedCase }: { app: AppDetail; wantedCase: string | undefined }) {
  const status = useQuery(routeQuery(budgetRoutes.showStatus, {}));
  const projects = (status.data?.accounts ?? []).filter(canHoldJobs).map((account) => account.name);
  const own = status.data?.default_account ?? projects[0] ?? "";
  const [typed, setDraft] = useState(() => emptyDraft(app, wantedCase, ""));
  const draft: Draft = typed.project === "" ? { ...typed, project: own } : typed;
  const local = faultsOf(app, draft);
  const estimate = useEstimate(app, draft, Object.keys(local).length === 0);
  const faults = { ...estimate.faults, ...local };
  return (
    <div className={styles.columns}>
      <div className={styles.form}>
        <Link to="/submit" search={{}} className={styles.back}>
          <Icon name="previous" size={14} /> All codes
        </Link>
        <h1>{app.display_name}</h1>
        <p className={styles.lead}>{app.description}</p>
        {app.cases.length > 0 && <CaseList app={app} chosen={draft.case} choose={(name) => setDraft({ ...draft, case: name, parameters: {} })} />}
        <GeneralFields app={app} draft={draft} change={setDraft} faults={faults} projects={projects} />
        {app.parameters.length > 0 && <Parameters app={app} draft={draft} change={setDraft} faults={faults} />}
      </div>
      <SendCard
        app={app}
        draft={draft}
        faults={faults}
        estimate={estimate}
        apply={setDraft}
        account={status.data?.accounts.find((account) => account.name === draft.project)}
      />
    </div>
  );
}

type FieldsProps = { readonly app: AppDetail; readonly draft: Draft; readonly change: (draft: Draft) => void; readonly faults: DraftFaults };

function GeneralFields({ app, draft, change, faults, projects }: FieldsProps & { readonly projects: readonly string[] }) {
  const chosen = caseOf(app, draft);
  const [cores, limitS] = [chosen?.cores ?? app.cores, chosen?.time_limit_s ?? app.time_limit_s];
  return (
    <div className={styles.fields}>
      <Choice
        labelled
        label="Project that pays"
        value={draft.project}
        options={projects.map((name) => ({ value: name, name }))}
        choose={(project) => change({ ...draft, project })}
        fault={faults["project"]}
      />
      <Field
        label="Cores"
        placeholder={String(cores)}
        value={draft.cores}
        change={(text) => change({ ...draft, cores: text })}
        fault={faults["resources.cores"]}
        numeric
      />
      <Field
        label="Time limit"
        placeholder={formatDuration(milliseconds(limitS * 1000))}
        value={draft.timeLimit}
        change={(text) => change({ ...draft, timeLimit: text })}
        fault={faults["time_limit"]}
        hint="It is stopped after this; the most it can cost follows from it."
      />
      <Field
        label="Name"
        placeholder={draft.case ?? app.name}
        value={draft.name}
        change={(name) => change({ ...draft, name })}
        fault={faults["name"]}
        hint="What it is called in lists."
      />
    </div>
  );
}

function Parameters({ app, draft, change, faults }: FieldsProps) {
  return (
    <fieldset className={styles.parameters}>
      <legend>Parameters</legend>
      <div className={styles.fields}>
        {app.parameters.map((parameter) => (
          <ParameterField
            key={parameter.name}
            parameter={parameter}
            standing={defaultText(app, draft, parameter)}
            value={draft.parameters[parameter.name] ?? ""}
            change={(text) => change({ ...draft, parameters: { ...draft.parameters, [parameter.name]: text } })}
            fault={faults[`parameters.${parameter.name}`]}
          />
        ))}
      </div>
    </fieldset>
  );
}
