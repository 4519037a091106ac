// A graph with services on top and what is changed at the bottom. Elements are Cytoscape's: nodes with id, label and
// state (a class of tokens.css), edges with source and target; the same elements always give the same drawing.
import cytoscape from "cytoscape";
import dagre from "cytoscape-dagre";
import { onTheme, sans, token } from "./tokens.js";

const STATES = ["down", "degraded", "lost", "reduced", "up", "unknown"];
const STYLED = "__________cytoscape_stylesheet";

cytoscape.use(dagre);

function style() {
  const text = { "font-family": sans(), "font-size": 13, "font-weight": 600, color: token("text") };
  const node = { shape: "round-rectangle", width: 132, height: 40, label: "data(label)", "text-valign": "center" };
  const line = { "curve-style": "taxi", "taxi-direction": "upward", width: 1.4, "line-color": token("border") };
  return [
    { selector: "node", style: { ...text, ...node, "text-wrap": "ellipsis", "text-max-width": 120 } },
    { selector: "node", style: { "background-color": token("surface"), "border-width": 1.3, "border-color": token("border") } },
    ...STATES.map((state) => ({
      selector: `node[state = "${state}"]`,
      style: { "background-color": token(`${state}-bg`), "border-color": token(state) },
    })),
    { selector: "node[gate]", style: { height: 28, "corner-radius": 14, "border-color": token("text") } },
    { selector: "edge", style: line },
    { selector: "edge[?fails]", style: { width: 2.2, "line-color": token("down") } },
    { selector: "edge[?soft]", style: { "line-style": "dashed" } },
  ];
}

// Cytoscape would write a style into the page, which the content policy forbids; app.css says the same.
function claimStyle() {
  if (document.getElementById(STYLED)) return;
  const claim = document.createElement("meta");
  claim.id = STYLED;
  document.head.append(claim);
}

export function draw(element, elements) {
  claimStyle();
  const layout = { name: "dagre", rankDir: "BT", nodeSep: 18, rankSep: 44, fit: true, padding: 12, animate: false };
  const graph = cytoscape({ container: element, elements, style: style(), layout });
  if (graph.zoom() > 1) graph.zoom(1) && graph.center();
  onTheme(() => graph.style(style()));
  return graph;
}
