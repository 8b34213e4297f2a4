// Runs before the first paint, so that a dark page never flashes white. A file of its own, because the content security
// policy allows no inline script. The key is the one that Mantine's colour scheme manager reads and writes.
(function () {
  var chosen = null;
  try {
    chosen = localStorage.getItem("headgate-color-scheme");
  } catch {
    chosen = null; // Storage may be forbidden; then the system's choice holds.
  }
  var dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();
