import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { appRoutes } from "#app/contract";
import { routeQuery } from "../api/route-query.ts";
import { ProblemNotice } from "../ui/notice.tsx";
import { AppGallery } from "./app-gallery.tsx";
import { SubmitForm } from "./submit-form.tsx";
import styles from "./submit.module.css";

/** From a code to a job: choose the code, then the case, and see what it costs before it is sent. */
export function SubmitPage() {
  const search = useSearch({ from: "/frame/submit" });
  return (
    <div className={styles.page}>
      <title>Submit a job - Headgate</title>
      {search.app === undefined ? <AppGallery /> : <ChosenApp key={search.app} name={search.app} wantedCase={search.case} />}
    </div>
  );
}

function ChosenApp({ name, wantedCase }: { name: string; wantedCase: string | undefined }) {
  const app = useQuery(routeQuery(appRoutes.show, { params: { name } }));
  if (app.isError && app.data === undefined) return <ProblemNotice error={app.error} retry={() => void app.refetch()} />;
  return app.data === undefined ? null : <SubmitForm app={app.data} wantedCase={wantedCase} />;
}
