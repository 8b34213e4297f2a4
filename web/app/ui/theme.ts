import { createTheme, localStorageColorSchemeManager, type MantineColorsTuple } from "@mantine/core";

/** The one accent, from its faintest wash to its darkest ink. Shade 8 is the light page's, shade 4 the dark page's. */
const WATER: MantineColorsTuple = ["#eef7f9", "#dceef2", "#b7dde6", "#8acad8", "#5cbad0", "#36a0b8", "#1d8aa3", "#107890", "#0b6b82", "#084f61"];

export const theme = createTheme({
  colors: { water: WATER },
  primaryColor: "water",
  primaryShade: { light: 8, dark: 4 },
  autoContrast: true,
  luminanceThreshold: 0.4,
  fontFamily: "var(--hg-sans)",
  fontFamilyMonospace: "var(--hg-mono)",
  defaultRadius: 6,
  cursorType: "pointer",
  respectReducedMotion: true,
  focusRing: "auto",
});

/** public/color-scheme.js reads the same key before the first paint. */
export const colorSchemeManager = localStorageColorSchemeManager({ key: "headgate-color-scheme" });
