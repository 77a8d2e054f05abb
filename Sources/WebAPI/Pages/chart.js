// Small drawings: SVG whose sizes are attributes, for the pages allow no style in their markup.
import { h, s } from "/assets/page.js";

/** A line over the hours of a day, 0 to 1; gaps where there is no value. */
export function spark(values, title) {
  const width = Math.max(24, values.length);
  const x = (index) => (index + 0.5) * (100 / width);
  const y = (value) => 28 - value * 26;
  const parts = [];
  let path = "";
  values.forEach((value, index) => {
    if (value === null || value === undefined) { path = ""; return; }
    path = path ? `${path} L${x(index).toFixed(1)} ${y(value).toFixed(1)}` : `M${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
    if (values[index + 1] === null || values[index + 1] === undefined) parts.push(path);
  });
  const last = values.findLastIndex((value) => value !== null && value !== undefined);
  return s("svg.spark", { viewBox: "0 0 100 30", preserveAspectRatio: "none", role: "img", "aria-label": title },
    s("title", {}, title), s("line.goal", { x1: 0, x2: 100, y1: y(0.8), y2: y(0.8) }),
    parts.map((d) => s("path", { d })),
    // A point of no length with a round end: round however the drawing is stretched.
    last >= 0 && s("path.last", { d: `M${x(last).toFixed(1)} ${y(values[last]).toFixed(1)}h0` }));
}

/** A bar filled to a share of 0 to 1, with a mark where the limit is. */
export function bar(share, kind = "", mark = null) {
  const part = (value) => (Math.min(1, Math.max(0, value)) * 100).toFixed(1);
  return s("svg.bar", { class: `bar ${kind}`, viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
    s("rect.rail", { x: 0, y: 0, width: 100, height: 10 }), s("rect.fill", { x: 0, y: 0, width: part(share), height: 10 }),
    mark !== null && s("rect.mark", { x: Math.max(0, part(mark) - 0.6), y: 0, width: 1.2, height: 10 }));
}

/** Columns over time: `rows` of {label, parts: [numbers]}; each part is drawn from the ground, before the one it is
 *  commonly a part of, and narrower. `names` are the parts', `kinds` their colours: `busy`, `bad`, `good`. */
export function columns(rows, names, kinds, title) {
  const [width, height, left, bottom, top] = [900, 260, 46, 34, 10];
  const most = Math.max(1, ...rows.flatMap((row) => row.parts));
  const step = niceStep(most / 4);
  const ceiling = Math.ceil(most / step) * step;
  const y = (value) => top + (height - top - bottom) * (1 - value / ceiling);
  const slot = Math.min(60, (width - left) / Math.max(1, rows.length));
  const every = Math.ceil(rows.length / 12);
  const grid = [];
  for (let value = 0; value <= ceiling; value += step) {
    grid.push(s("line.grid", { x1: left, x2: width, y1: y(value), y2: y(value) }),
      s("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, value));
  }
  const bars = rows.map((row, index) => {
    const middle = left + (index + 0.5) * slot;
    const pieces = row.parts.map((part, order) => {
      const wide = slot * (0.8 - order * 0.22);
      return s("rect", { class: kinds[order], x: (middle - wide / 2).toFixed(1), y: y(part).toFixed(1),
        width: wide.toFixed(1), height: Math.max(0, y(0) - y(part)).toFixed(1) });
    });
    return s("g", {}, s("title", {}, `${row.label}: ${row.parts.map((part, order) => `${names[order]} ${part}`).join(", ")}`),
      pieces, index % every === 0 && s("text", { x: middle.toFixed(1), y: height - 12, "text-anchor": "middle" }, row.label));
  });
  return h("figure.chart", {},
    h("figcaption", {}, title, names.map((name, order) => h("span", { class: `key ${kinds[order]}` }, name))),
    s("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": title }, grid, bars));
}

function niceStep(rough) {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, rough)));
  const lead = rough / power;
  return Math.max(1, power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10));
}
