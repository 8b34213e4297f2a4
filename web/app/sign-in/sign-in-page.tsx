import { Button, TextInput } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState, type SubmitEvent } from "react";
import { asProblem } from "../api/problem.ts";
import { useSignIn } from "../api/session.ts";
import { Brand } from "../frame/top-bar.tsx";
import { Command } from "../ui/command.tsx";
import styles from "./sign-in-page.module.css";

/** Letters and digits of a code, without the dash that people may or may not type. */
const CODE_LETTERS = 8;

/** One field: the code of the terminal. Who has none is told how to get one. */
export function SignInPage() {
  const navigate = useNavigate();
  const { then } = useSearch({ from: "/sign-in" });
  const [code, setCode] = useState("");
  const signIn = useSignIn(() => void navigate({ href: then ?? "/work", replace: true }));
  const letters = code.replaceAll(/[\s-]/g, "").length;
  const problem = signIn.isError ? asProblem(signIn.error) : null;

  function submit(event: SubmitEvent<HTMLFormElement>): void {
    event.preventDefault();
    if (letters === CODE_LETTERS && !signIn.isPending) signIn.mutate(code);
  }

  return (
    <main className={styles.page}>
      <form className={styles.card} onSubmit={submit}>
        <Brand size={36} />
        <h1>Sign in to Headgate</h1>
        <TextInput
          label="One-time code"
          description="Eight letters and digits, good once and for ten minutes."
          placeholder="4F7K-92QD"
          value={code}
          onChange={(event) => {
            setCode(event.currentTarget.value.toUpperCase());
            signIn.reset();
          }}
          error={problem === null ? undefined : `${problem.detail} ${problem.fix}`}
          classNames={{ input: styles.code ?? "" }}
          size="md"
          autoFocus
          autoComplete="one-time-code"
          autoCapitalize="characters"
          spellCheck={false}
          maxLength={16}
        />
        <Button type="submit" size="md" fullWidth loading={signIn.isPending} aria-disabled={letters !== CODE_LETTERS} aria-describedby="code-hint">
          Sign in
        </Button>
        <p id="code-hint" className={styles.hint}>
          {letters === CODE_LETTERS ? "" : letters === 0 ? "Type the code first." : `${letters} of ${CODE_LETTERS} characters.`}
        </p>
        <div className={styles.where}>
          <p>No code? On the machine where Headgate runs, type</p>
          <Command line="headgate login-code" />
        </div>
      </form>
    </main>
  );
}
