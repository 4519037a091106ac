// What every page loads: htmx, the choice of light or dark, the key for search. Graphs and charts come when a page has one.
import "htmx.org";

const THEME = "foreshock-theme";
const page = document.documentElement;
const dark = window.matchMedia("(prefers-color-scheme: dark)");

function shown() {
  return page.dataset.bsTheme ?? (dark.matches ? "dark" : "light");
}

function choose(theme) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${THEME}=${theme}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  page.dataset.bsTheme = theme;
  tell();
}

function tell() {
  for (const button of document.querySelectorAll("[data-theme-switch]")) {
    button.hidden = false;
    button.setAttribute("aria-pressed", String(shown() === "dark"));
  }
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-theme-switch]")) choose(shown() === "dark" ? "light" : "dark");
});
dark.addEventListener("change", tell);
tell();

document.addEventListener("keydown", (event) => {
  const inField = event.target.closest("input, select, textarea, [contenteditable]");
  const asked = (event.key === "/" && !inField) || (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey));
  const field = document.querySelector("[role=search] input[type=search]");
  if (!asked || !field || event.altKey) return;
  event.preventDefault();
  field.focus();
  field.select();
});

// An element names where its data are; the drawing stands beside the table that says the same, and never instead of it.
async function draw(element) {
  const [module, source] = element.dataset.graph
    ? [import("./graph.js"), element.dataset.graph]
    : [import("./charts.js"), element.dataset.chart];
  try {
    const answer = await fetch(source, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
    (await module).draw(element, await answer.json());
  } catch (fault) {
    element.hidden = true;
    element.dataset.failed = fault.message;
  }
}

function drawAll(root) {
  for (const element of root.querySelectorAll("[data-graph], [data-chart]")) {
    if (element.dataset.drawn) continue;
    element.dataset.drawn = "asked";
    draw(element);
  }
}

drawAll(document);
document.addEventListener("htmx:after:swap", () => drawAll(document));
