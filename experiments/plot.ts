/**
 * Lines on logarithmic axes, as SVG. ECharts draws them without a document; its own dependencies are two.
 */
import { LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TitleComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import type { Plot } from "#experiments/experiment";

use([LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

/** Told apart by readers who do not tell red from green. */
const palette = ["#0072b2", "#d55e00", "#009e73"];

const power = (value: number): string => {
  const exponent = Math.round(Math.log10(value));
  return exponent >= -2 && exponent <= 3 ? String(10 ** exponent) : `1e${exponent}`;
};

/** The plot as SVG text. Points that a logarithmic axis cannot show are left out. */
export function svgOf(title: string, { x, y, lines }: Plot): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, width: 900, height: 560 });
  const axis = (name: string, gap: number): object => ({
    type: "log",
    name,
    nameLocation: "middle",
    nameGap: gap,
    axisLabel: { formatter: power },
  });
  chart.setOption({
    animation: false,
    backgroundColor: "#ffffff",
    title: { text: title, left: "center", top: 10, textStyle: { fontSize: 14 } },
    legend: { top: 44 },
    grid: { left: 80, right: 30, top: 100, bottom: 60 },
    xAxis: axis(x, 32),
    yAxis: axis(y, 56),
    series: lines.map(({ name, points, dashed = false, hue }, k) => ({
      type: "line",
      name,
      symbolSize: 5,
      color: palette[(hue ?? k) % palette.length],
      lineStyle: { type: dashed ? "dashed" : "solid" },
      data: points.filter(([a, b]) => a > 0 && b > 0 && Number.isFinite(a) && Number.isFinite(b)),
    })),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
