import type { AppParameter } from "#app/contract";
import { Choice } from "../ui/choice.tsx";
import { Field } from "../ui/field.tsx";

type ParameterFieldProps = {
  readonly parameter: AppParameter;
  /** What it is when the field is left empty. */
  readonly standing: string;
  readonly value: string;
  readonly change: (text: string) => void;
  readonly fault: string | undefined;
};

/** A field that fits the type of the parameter; its value of the case stands in it as long as nothing is typed. */
export function ParameterField({ parameter, standing, value, change, fault }: ParameterFieldProps) {
  const label = parameter.unit === null ? parameter.name : `${parameter.name}, ${parameter.unit}`;
  const choices = parameter.type === "boolean" ? ["true", "false"] : parameter.choices;
  if (choices !== null) {
    const options = [
      { value: "", name: standing === "" ? "choose" : standing },
      ...choices.filter((choice) => choice !== standing).map((choice) => ({ value: choice, name: choice })),
    ];
    return <Choice labelled label={label} hint={parameter.description} value={value} options={options} choose={change} fault={fault} />;
  }
  return (
    <Field
      label={label}
      hint={parameter.description}
      placeholder={standing}
      value={value}
      change={change}
      fault={fault}
      numeric={parameter.type === "integer" || parameter.type === "number"}
    />
  );
}
