// Light and dark: the system's choice until the reader makes another.

const system = matchMedia("(prefers-color-scheme: dark)");

function current() {
  return localStorage.getItem("sandbox-theme") ?? (system.matches ? "dark" : "light");
}

function show() {
  document.documentElement.dataset.theme = current();
}

export function flipTheme() {
  localStorage.setItem("sandbox-theme", current() === "dark" ? "light" : "dark");
  show();
}

export function startTheme() {
  show();
  system.addEventListener("change", show);
}
