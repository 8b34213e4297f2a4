import { configPath } from "#config";
import type { PlainRun } from "../command.ts";
import { renderFaults } from "../problem.ts";
import { renderTable } from "../table.ts";

/** The answer's shape with -o json: `{ file, settings: [{ key, value, origin, where, otherwise }] }`; origin is flag, environment, file or default; otherwise says what happens where value is null. */
export const showConfig: PlainRun = async (context) => {
  const { resolved, output, surroundings } = context;
  const file = context.shared.config ?? surroundings.environment["HEADGATE_CONFIG"] ?? configPath(surroundings);
  const settings = resolved.settings.map(({ key, shown, origin, where, otherwise }) => ({
    key,
    value: shown,
    origin,
    where: where === "" ? null : where,
    otherwise: otherwise === "" ? null : otherwise,
  }));
  await output.show({ file, settings }, ({ style, columns }) =>
    renderTable(
      settings,
      [
        { head: "setting", cell: ({ key }) => key },
        {
          head: "value",
          cell: ({ value, otherwise }) => value ?? `(${otherwise})`,
          minimum: 20,
          paint: (words, { value }) => (value === null ? style.dim(words) : words),
        },
        {
          head: "from",
          cell: ({ origin, where }) => (where === null ? origin : `${origin} ${where}`),
          minimum: 20,
          paint: (words, { origin }) => (origin === "default" ? style.dim(words) : words),
        },
      ],
      { style, columns },
    ),
  );
  if (resolved.warnings.length > 0) output.note((view) => renderFaults(resolved.warnings, view));
  output.note(`settings file: ${file}\n`);
};
