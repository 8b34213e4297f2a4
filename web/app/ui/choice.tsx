import { useId } from "react";
import { Icon } from "./icons.tsx";
import styles from "./choice.module.css";

export type ChoiceOption = { readonly value: string; readonly name: string };

type ChoiceProps = {
  readonly label: string;
  readonly value: string;
  readonly options: readonly ChoiceOption[];
  readonly choose: (value: string) => void;
  /** The label stands above the field in a form; in a bar it is only spoken. */
  readonly labelled?: boolean;
  readonly hint?: string;
  readonly fault?: string | undefined;
};

/** One of a few. The system's own list: it is right with the keyboard, on a phone and for a screen reader as it is. */
export function Choice({ label, value, options, choose, labelled = false, hint, fault }: ChoiceProps) {
  const id = useId();
  const below = fault ?? hint;
  return (
    <span className={styles.choice} data-form={labelled || undefined} data-chosen={value !== "" || undefined}>
      <label htmlFor={id} className={labelled ? styles.label : "hg-hidden"}>
        {label}
      </label>
      <span className={styles.field}>
        <select
          id={id}
          value={value}
          onChange={(event) => choose(event.currentTarget.value)}
          aria-invalid={fault !== undefined}
          aria-describedby={below === undefined ? undefined : `${id}-below`}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.name}
            </option>
          ))}
        </select>
        <Icon name="down" size={12} />
      </span>
      {below !== undefined && (
        <span id={`${id}-below`} className={styles.below} data-fault={fault !== undefined || undefined}>
          {below}
        </span>
      )}
    </span>
  );
}
