import { type RefObject, useEffect } from "react";
import uPlot from "uplot";
import type { Feed } from "../../feed/feed";
import { WINDOW_MS } from "../../feed/series";
import { formatClock, formatCompact } from "../../format";

/** How often a plot moves on by itself when nothing comes, in milliseconds. */
const STEP_MS = 33;

/**
 * Draws the feed's series into an element, as large as that is, in the colours of its style. It slides
 * along evenly, or, where the reader prefers less motion, moves only when something came.
 */
export function usePlot(frame: RefObject<HTMLDivElement | null>, feed: Feed): void {
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    const still = window.matchMedia("(prefers-reduced-motion: reduce)");
    let plot = makePlot(element);
    let drawnAt = 0;
    let request = 0;

    const draw = () => {
      drawnAt = performance.now();
      plot.setData(feed.series.columns(), false);
      const now = Date.now();
      plot.setScale("x", { min: now - WINDOW_MS, max: now });
    };
    const slide = () => {
      if (!still.matches && performance.now() - drawnAt >= STEP_MS) draw();
      request = requestAnimationFrame(slide);
    };
    const recolour = () => {
      plot.destroy();
      plot = makePlot(element);
      draw();
    };
    const resized = new ResizeObserver(() => {
      plot.setSize(sizeOf(element));
    });

    const unsubscribe = feed.subscribe(() => {
      if (still.matches) draw();
    });
    dark.addEventListener("change", recolour);
    resized.observe(element);
    draw();
    request = requestAnimationFrame(slide);
    return () => {
      cancelAnimationFrame(request);
      resized.disconnect();
      dark.removeEventListener("change", recolour);
      unsubscribe();
      plot.destroy();
    };
  }, [frame, feed]);
}

function sizeOf(element: HTMLElement): { width: number; height: number } {
  return { width: element.clientWidth, height: element.clientHeight };
}

/** From zero, or less where a value is, with room above the greatest. */
function rangeOf(_plot: uPlot, min: number | null, max: number | null): uPlot.Range.MinMax {
  return [Math.min(0, (min ?? 0) * 1.05), Math.max(1, (max ?? 0) * 1.05)];
}

function makePlot(element: HTMLElement): uPlot {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis: uPlot.Axis = {
    stroke: colour("--soft"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
    font: `12px ${style.fontFamily}`,
  };
  const stroke = { stroke: colour("--accent"), width: 1.5, points: { size: 5 } };
  return new uPlot(
    {
      ...sizeOf(element),
      ms: 1,
      cursor: { show: false },
      legend: { show: false },
      scales: { x: { time: true }, y: { range: rangeOf } },
      axes: [
        { ...axis, space: 90, size: 28, values: (_, times) => times.map(formatClock) },
        { ...axis, size: 52, values: (_, values) => values.map(formatCompact) },
      ],
      series: [{}, stroke, stroke],
      bands: [{ series: [2, 1], fill: colour("--accent-soft") }],
    },
    [[], [], []],
    element,
  );
}
