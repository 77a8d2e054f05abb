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

/** The names and colours of the parts. */
const legend = (title, names, kinds) =>
  h("figcaption", {}, title, names.map((name, order) => h("span", { class: `key ${kinds[order]}` }, name)));
const sum = (row) => row.parts.reduce((total, part) => total + part, 0);
const told = (row, names) => `${row.label}: ${row.parts.map((part, order) => `${names[order]} ${part}`).join(", ")}`;

/** Columns over time: `rows` of {label, parts: [numbers]}, which are stacked. `names` are the parts', `kinds` their
 *  colours: `busy`, `bad`, `good`, `other`. */
export function columns(rows, names, kinds, title) {
  const [width, height, left, bottom, top] = [900, 260, 46, 34, 10];
  const step = niceStep(Math.max(1, ...rows.map(sum)) / 4);
  const ceiling = Math.ceil(Math.max(1, ...rows.map(sum)) / step) * step;
  const y = (value) => top + (height - top - bottom) * (1 - value / ceiling);
  const slot = Math.min(60, (width - left) / Math.max(1, rows.length));
  const every = Math.ceil(rows.length / 12);
  const grid = [];
  for (let value = 0; value <= ceiling; value += step) {
    grid.push(s("line.grid", { x1: left, x2: width, y1: y(value), y2: y(value) }),
      s("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, value));
  }
  const bars = rows.map((row, index) => {
    const x = left + (index + 0.1) * slot;
    let floor = 0;
    const pieces = row.parts.map((part, order) => {
      const piece = s("rect", { class: kinds[order], x: x.toFixed(1), y: y(floor + part).toFixed(1),
        width: (slot * 0.8).toFixed(1), height: Math.max(0, y(floor) - y(floor + part)).toFixed(1) });
      floor += part;
      return piece;
    });
    return s("g", {}, s("title", {}, told(row, names)), pieces,
      index % every === 0 && s("text", { x: (x + slot * 0.4).toFixed(1), y: height - 12, "text-anchor": "middle" }, row.label));
  });
  return h("figure.chart", {}, legend(title, names, kinds),
    s("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": title }, grid, bars));
}

/** The same lying, where the labels are names. */
export function lines(rows, names, kinds, title) {
  const most = Math.max(1, ...rows.map(sum));
  return h("figure.chart", {}, legend(title, names, kinds), h("ol.steps", {}, rows.map((row) => {
    let from = 0;
    const pieces = row.parts.map((part, order) => {
      const piece = s("rect", { class: kinds[order], x: (from / most * 100).toFixed(2), y: 0, width: (part / most * 100).toFixed(2), height: 10 });
      from += part;
      return piece;
    });
    return h("li", { title: told(row, names) }, h("span.name", {}, row.label),
      s("svg.bar", { viewBox: "0 0 100 10", preserveAspectRatio: "none", role: "img", "aria-label": told(row, names) }, pieces), h("b", {}, sum(row)));
  })));
}

function niceStep(rough) {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, rough)));
  const lead = rough / power;
  return Math.max(1, power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10));
}
