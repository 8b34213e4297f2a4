import { useComputedColorScheme, useMantineColorScheme } from "@mantine/core";

export type SchemeChoice = "light" | "dark" | "auto";

/** The person's choice of light, dark or as the system does, and what is shown now. `toggle` goes to the other of the two. */
export function useSchemeChoice(): { choice: SchemeChoice; shown: "light" | "dark"; choose: (choice: SchemeChoice) => void; toggle: () => void } {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const shown = useComputedColorScheme("light", { getInitialValueInEffect: false });
  return { choice: colorScheme, shown, choose: setColorScheme, toggle: () => setColorScheme(shown === "dark" ? "light" : "dark") };
}
