import { Outlet, useNavigate, useRouter } from "@tanstack/react-router";
import { useCallback, useEffect, useState } from "react";
import { isSignedOut, rememberSignIn, SessionContext, useSessionQuery } from "../api/session.ts";
import { LiveContext, useLiveUpdates } from "../api/live.ts";
import { useKeys } from "../ui/keys.ts";
import { ProblemNotice } from "../ui/notice.tsx";
import { KeysDialog } from "./keys-dialog.tsx";
import { useSchemeChoice } from "./scheme.ts";
import { TopBar } from "./top-bar.tsx";
import styles from "./frame.module.css";

/** Everything behind the sign-in: the bar, the page, the keys. Nobody who is not signed in gets past it. */
export function Frame() {
  const session = useSessionQuery();
  const router = useRouter();
  const signedOut = session.isError && isSignedOut(session.error);
  useEffect(() => {
    if (!signedOut) return;
    // The frame's own beforeLoad then leads to the sign-in; done here, each render on the way there would ask for it again.
    rememberSignIn(false);
    void router.invalidate();
  }, [signedOut, router]);
  if (signedOut) return null;
  if (session.isError && session.data === undefined) {
    return (
      <main className={styles.alone}>
        <ProblemNotice error={session.error} retry={() => void session.refetch()} />
      </main>
    );
  }
  if (session.data === undefined) return <p className="hg-hidden">Loading</p>;
  return (
    <SessionContext value={session.data}>
      <SignedIn />
    </SessionContext>
  );
}

function SignedIn() {
  const live = useLiveUpdates();
  const navigate = useNavigate();
  const [keysShown, setKeysShown] = useState(false);
  const showKeys = useCallback(() => setKeysShown(true), []);
  const { toggle } = useSchemeChoice();
  useKeys({
    help: showKeys,
    work: () => void navigate({ to: "/work" }),
    money: () => void navigate({ to: "/money" }),
    machines: () => void navigate({ to: "/machines" }),
    submit: () => void navigate({ to: "/submit" }),
    scheme: toggle,
  });
  return (
    <LiveContext value={live}>
      <a className={styles.skip} href="#content">
        Skip to the content
      </a>
      <TopBar live={live} showKeys={showKeys} />
      <main id="content" tabIndex={-1} className={styles.content}>
        <Outlet />
      </main>
      <KeysDialog opened={keysShown} close={() => setKeysShown(false)} />
    </LiveContext>
  );
}
