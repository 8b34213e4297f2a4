/**
 * What a parameter can be. A duration is a number of seconds; a file is the path of the file given; everything else is itself.
 * Values are plain JSON, so that a run can be stored and compared.
 */
export type ParameterValue = number | string | boolean;

export type ParameterValues = Readonly<Record<string, ParameterValue>>;

/** Names inside an app file (parameters, results): what a placeholder can hold. */
const FIELD_NAME = /^[a-z][a-z0-9_]{0,39}$/;

/** Names and choices are looked up in plain objects, where `constructor` and its like are there without having been put there. */
export function isInherited(name: string): boolean {
  return name in Object.prototype;
}

export function isFieldName(name: string): boolean {
  return FIELD_NAME.test(name) && !isInherited(name);
}

/** Whether two sets of parameters are the same for every name in either. */
export function sameValues(a: ParameterValues, b: ParameterValues): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => a[name] === b[name]);
}

/** Which values a file or a need is meant for: each name must have the value, or one of the values, given. */
export type When = Readonly<Record<string, string | boolean | readonly string[]>>;

export function holds(when: When | undefined, values: ParameterValues): boolean {
  if (when === undefined) return true;
  return Object.entries(when).every(([name, wanted]) => (Array.isArray(wanted) ? wanted.includes(values[name]) : values[name] === wanted));
}
