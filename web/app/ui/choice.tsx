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
  readonly disabled?: boolean;
};

/** One of a few. The system's own list: it is right with the keyboard, on a phone and for a screen reader as it is. */
export function Choice({ label, value, options, choose, labelled = false, disabled = false }: ChoiceProps) {
  const id = useId();
  return (
    <span className={styles.choice} data-form={labelled || undefined} data-chosen={value !== "" || undefined}>
      <label htmlFor={id} className={labelled ? styles.label : "hg-hidden"}>
        {label}
      </label>
      <span className={styles.field}>
        <select id={id} value={value} disabled={disabled} onChange={(event) => choose(event.currentTarget.value)}>
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.name}
            </option>
          ))}
        </select>
        <Icon name="down" size={12} />
      </span>
    </span>
  );
}
