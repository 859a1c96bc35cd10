// Light or dark: as the system says, unless the reader chose.

const STORED = "mabillon.theme";
const system = matchMedia("(prefers-color-scheme: dark)");

/** Sets the theme now and follows the system. */
export function followTheme() {
  apply();
  system.addEventListener("change", apply);
}

/** The other theme from now on; back to the system's when both agree. */
export function toggleTheme() {
  const next = current() === "dark" ? "light" : "dark";
  if (next === systemTheme()) localStorage.removeItem(STORED);
  else localStorage.setItem(STORED, next);
  apply();
}

function current() {
  return localStorage.getItem(STORED) ?? systemTheme();
}

function systemTheme() {
  return system.matches ? "dark" : "light";
}

function apply() {
  document.documentElement.dataset.theme = current();
}
