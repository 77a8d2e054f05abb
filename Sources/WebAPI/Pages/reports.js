// The reports: a period, a chart, the table, and from a row down to its calls.
import { api, begin, h, moment, percent, span, when } from "/assets/page.js";
import { columns, lines } from "/assets/chart.js";
import { t, word } from "/assets/words.js";

const query = new URLSearchParams(location.search);
const shownMax = 500;
const midnight = (shift) => { const date = new Date(); date.setHours(0, 0, 0, 0); date.setDate(date.getDate() + shift); return date; };
const dateText = (date) => new Date(date.getTime() - date.getTimezoneOffset() * 60000).toISOString().slice(0, 10);

const state = {
  name: query.get("report") ?? "", from: query.get("from") ?? dateText(midnight(-29)), to: query.get("to") ?? dateText(midnight(0)),
  /** What the rows of a drill-down are narrowed to here, where the report itself has no such filter. */
  narrow: {},
  filters: Object.fromEntries(["campaign", "queue", "number", "state"].filter((key) => query.get(key)).map((key) => [key, query.get(key)])),
};
let names = [];

/** `to` is a day, the whole of it. */
function parameters(extra) {
  const end = new Date(`${state.to}T00:00:00`);
  end.setDate(end.getDate() + 1);
  return new URLSearchParams({ from: new Date(`${state.from}T00:00:00`).toISOString(), to: end.toISOString(), ...state.filters, ...extra });
}

function remember() {
  const next = new URLSearchParams(location.search);
  for (const key of ["report", "from", "to", "campaign", "queue", "number", "state"]) next.delete(key);
  next.set("report", state.name);
  next.set("from", state.from);
  next.set("to", state.to);
  for (const [key, value] of Object.entries(state.filters)) next.set(key, value);
  history.pushState(null, "", `${location.pathname}?${next}`);
}

function form(load) {
  const select = h("select", { id: "report" }, names.map((one) => h("option", { value: one.name, selected: one.name === state.name }, one.name)));
  const from = h("input", { id: "from", type: "date", value: state.from });
  const to = h("input", { id: "to", type: "date", value: state.to });
  const change = () => { state.name = select.value; state.from = from.value || state.from; state.to = to.value || state.to; state.filters = {}; state.narrow = {}; remember(); load(); };
  for (const field of [select, from, to]) field.addEventListener("change", change);
  const quick = [1, 7, 30, 90].map((days) => {
    const button = h("button", { type: "button" }, t(`period_${days}`));
    button.addEventListener("click", () => { from.value = dateText(midnight(1 - days)); to.value = dateText(midnight(0)); change(); });
    return button;
  });
  const save = h("button", { type: "button" }, t("exportCSV"));
  save.addEventListener("click", download);
  return h("section.panel", {}, h("div.choose", {}, h("label", { for: "report" }, t("report"), select), h("label", { for: "from" }, t("from"), from),
    h("label", { for: "to" }, t("to"), to), quick, save),
    h("p.hint", { id: "cut", role: "status" }),
    h("p.hint", {}, names.find((one) => one.name === state.name)?.sentence ?? ""),
    Object.keys({ ...state.filters, ...state.narrow }).length > 0 && h("p.hint", {}, Object.entries({ ...state.filters, ...state.narrow }).map(([key, value]) => `${key}: ${value}`).join(" · ")));
}

async function download() {
  const answer = await api(`/api/v1/reports/${encodeURIComponent(state.name)}?${parameters({ format: "csv" })}`, { raw: true });
  const link = h("a", { href: URL.createObjectURL(await answer.blob()), download: `${state.name}-${state.from}-${state.to}.csv` });
  link.click();
  const cut = answer.headers.get("Perezvon-Rows-Cut");
  if (cut) document.getElementById("cut").textContent = t("rowsCut", cut);
  URL.revokeObjectURL(link.href);
}

const isFigure = (value) => typeof value === "number";
const isSpan = (key) => /(^|_)(wait|waited|talk|ring|speed|time)(_|$)/.test(key);
const isShare = (key) => /(^|_)(rate|level|occupancy|abandonment|share|kept)(_|$)/.test(key);
const looksLikeDay = (value) => typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value);
const looksLikeMoment = (value) => typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value);

function cell(key, value) {
  if (value === null || value === undefined) return "–";
  if (isFigure(value)) return isShare(key) ? percent(value, 1) : isSpan(key) ? span(value) : Number.isInteger(value) ? value : value.toFixed(2);
  if (typeof value === "boolean") return value ? "✓" : "–";
  if (looksLikeMoment(value)) return when(moment(value));
  if (Array.isArray(value)) return value.join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** What stands below the bars: the first of these that the rows have. */
const labels = ["day", "hour", "lost_at", "branch", "forwards", "waited", "member", "campaign", "queue"];
/** Parts of a bar that make a whole, and their colours. */
const wholes = [
  { called_back: "good", self_returned: "busy", lost: "bad" },
  { answered: "good", abandoned: "bad", other_unanswered: "other" },
  { succeeded: "good", recovered: "busy", exhausted: "bad", expired: "other" },
  { accepted: "good", missed: "bad" }, { live_answered: "good", dropped: "bad" }, { missed: "bad" },
];
const barsMax = 31;

function chart(rows) {
  const label = labels.find((key) => rows[0] && key in rows[0]);
  const whole = wholes.find((one) => Object.keys(one).every((key) => rows.some((row) => isFigure(row[key]))));
  if (!label || !whole) return null;
  const keys = Object.keys(whole);
  const sums = new Map();
  for (const row of rows) {
    const value = row[label];
    const text = looksLikeMoment(value) ? value.slice(0, 10) : value === null ? "–" : label === "lost_at" ? word("lost_", value) : String(value);
    const parts = sums.get(text) ?? keys.map(() => 0);
    keys.forEach((key, index) => { parts[index] += isFigure(row[key]) ? row[key] : 0; });
    sums.set(text, parts);
  }
  const isTime = label === "day" || label === "hour";
  const list = [...sums].map(([text, parts]) => ({ label: text, parts }));
  if (isTime) list.sort((a, b) => a.label.localeCompare(b.label, "en", { numeric: true }));
  const names = keys.map((key) => key.replaceAll("_", " "));
  const shape = isTime ? columns : lines;
  return h("section.panel", {}, shape(isTime ? list.map((one) => ({ ...one, label: looksLikeDay(one.label) ? one.label.slice(5) : one.label })) : list.slice(0, barsMax), names, Object.values(whole), state.name));
}

/** From a row of sums to its calls or jobs: the report, and what of the row it is narrowed to. */
function drillOf(row) {
  const has = (name) => names.some((one) => one.name === name);
  const to = state.name.startsWith("loss") || state.name === "waits" ? "missed-calls" : ["queues", "hours"].includes(state.name) ? "calls"
    : state.name === "recovery" ? "jobs" : state.name === "drops" ? "attempts" : null;
  if (!to || !has(to)) return null;
  const filters = { ...state.filters };
  for (const key of ["queue", "campaign"]) if (row[key]) filters[key] = row[key];
  const narrow = {};
  for (const key of ["lost_at", "did"]) if (row[key]) narrow[key] = row[key];
  const only = looksLikeDay(row.day) ? row.day : looksLikeMoment(row.hour) ? row.hour.slice(0, 10) : null;
  return { name: to, filters, narrow, ...(only ? { from: only, to: only } : {}) };
}

function table(answer, load) {
  const rows = answer.rows.filter((row) => Object.entries(state.narrow).every(([key, value]) => row[key] === value));
  if (!rows.length) return h("section.panel", {}, h("p.empty", {}, t("noRows")));
  const keys = answer.columns ?? Object.keys(rows[0]);
  const head = h("tr", {}, keys.map((key) => h("th", { scope: "col", class: rows.some((row) => isFigure(row[key])) ? "figure" : null }, key.replaceAll("_", " "))));
  const body = rows.slice(0, shownMax).map((row) => {
    const drill = drillOf(row);
    const line = h("tr", drill ? { "data-drill": "", tabindex: 0, title: t("drill") } : {}, keys.map((key) => {
      const text = cell(key, row[key]);
      const isNumber = key === "number" && typeof row[key] === "string" && /^\+?\d+$/.test(row[key]);
      return h("td", { class: isFigure(row[key]) ? "figure" : String(text).length > 40 ? "long" : null },
        isNumber ? h("a", { href: `/numbers/${encodeURIComponent(row[key])}` }, text) : text);
    }));
    if (drill) {
      const go = () => {
        Object.assign(state, drill);
        remember();
        load();
      };
      line.addEventListener("click", go);
      line.addEventListener("keydown", (event) => { if (event.key === "Enter") go(); });
    }
    return line;
  });
  return h("section.panel", {}, h("h2", {}, answer.title), h("p.hint", {}, t("rows", rows.length), rows.length > shownMax && ` · ${t("cut", shownMax)}`),
    h("div.scroll", { tabindex: 0, role: "region", "aria-label": answer.title }, h("table", {}, h("thead", {}, head), h("tbody", {}, body))),
    answer.notes.map((note) => h("p.hint", {}, note)));
}

begin("reports", async (main) => {
  names = (await api("/api/v1/reports")).items;
  if (!names.some((one) => one.name === state.name)) state.name = names[0]?.name ?? "";
  let asked = 0;
  const load = async () => {
    const turn = ++asked;
    main.replaceChildren(form(load), h("p.empty", { role: "status" }, t("loading")));
    try {
      const answer = await api(`/api/v1/reports/${encodeURIComponent(state.name)}?${parameters({})}`);
      // A slower answer to an older question.
      if (turn !== asked) return;
      const parts = [form(load), chart(answer.rows), table(answer, load)];
      for (const more of answer.more ?? []) if (more.rows.length) parts.push(chart(more.rows), table(more, load));
      main.replaceChildren(...parts.filter(Boolean));
    } catch (error) {
      if (turn === asked) main.replaceChildren(form(load), h("p.result.bad", { role: "alert" }, t("failed", error.message)));
    }
  };
  window.addEventListener("popstate", () => location.reload());
  await load();
});
