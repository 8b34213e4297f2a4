import { useId } from "react";
import styles from "./field.module.css";

type FieldProps = {
  readonly label: string;
  readonly value: string;
  readonly change: (text: string) => void;
  readonly placeholder?: string;
  readonly hint?: string;
  readonly fault?: string | undefined;
  readonly numeric?: boolean;
};

/** One line of text with its label, and below it what is wrong or what it means. */
export function Field({ label, value, change, placeholder, hint, fault, numeric = false }: FieldProps) {
  const id = useId();
  const below = fault ?? hint;
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="text"
        inputMode={numeric ? "decimal" : "text"}
        value={value}
        placeholder={placeholder}
        onChange={(event) => change(event.currentTarget.value)}
        aria-invalid={fault !== undefined}
        aria-describedby={below === undefined ? undefined : `${id}-below`}
        autoComplete="off"
        spellCheck={false}
      />
      {below !== undefined && (
        <p id={`${id}-below`} className={styles.below} data-fault={fault !== undefined || undefined}>
          {below}
        </p>
      )}
    </div>
  );
}
