// Charts: lines, bars, points and heat maps in the colours of the page. Options are ECharts's own, as JSON.
import { BarChart, HeatmapChart, LineChart, ScatterChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, VisualMapComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { onTheme, sans, token } from "./tokens.js";

use([BarChart, HeatmapChart, LineChart, ScatterChart, SVGRenderer]);
use([AriaComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, VisualMapComponent]);

function theme() {
  const text = { color: token("muted"), fontFamily: sans(), fontSize: 12 };
  const axis = {
    axisLabel: text,
    axisLine: { lineStyle: { color: token("border") } },
    nameTextStyle: text,
    splitLine: { lineStyle: { color: token("hairline") } },
  };
  const box = { backgroundColor: token("surface"), borderColor: token("border"), textStyle: { ...text, color: token("text") } };
  return {
    backgroundColor: "transparent",
    categoryAxis: axis,
    color: ["accent", "reduced", "lost", "down", "up", "degraded"].map(token),
    legend: { textStyle: text },
    textStyle: text,
    timeAxis: axis,
    tooltip: box,
    valueAxis: axis,
  };
}

export function draw(element, options) {
  const still = { animation: false, aria: { enabled: true } };
  let chart = null;
  const redraw = () => {
    chart?.dispose();
    chart = init(element, theme(), { renderer: "svg" });
    chart.setOption({ ...still, ...options });
  };
  redraw();
  onTheme(redraw);
  new ResizeObserver(() => chart.resize()).observe(element);
}
