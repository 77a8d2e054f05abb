// The reports: a period, a chart, the table, and from a row down to its calls.
import { api, begin, day, h, moment, show } from "/assets/page.js";
import { columns } from "/assets/chart.js";
import { t } from "/assets/words.js";

const query = new URLSearchParams(location.search);
const shownMax = 500;
const midnight = (shift) => { const date = new Date(); date.setHours(0, 0, 0, 0); date.setDate(date.getDate() + shift); return date; };
const dateText = (date) => new Date(date.getTime() - date.getTimezoneOffset() * 60000).toISOString().slice(0, 10);

const state = {
  name: query.get("report") ?? "", from: query.get("from") ?? dateText(midnight(-29)), to: query.get("to") ?? dateText(midnight(0)),
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
  const change = () => { state.name = select.value; state.from = from.value || state.from; state.to = to.value || state.to; state.filters = {}; remember(); load(); };
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
    h("p.hint", {}, names.find((one) => one.name === state.name)?.sentence ?? ""),
    Object.keys(state.filters).length > 0 && h("p.hint", {}, Object.entries(state.filters).map(([key, value]) => `${key}: ${value}`).join(" · ")));
}

async function download() {
  const answer = await api(`/api/v1/reports/${encodeURIComponent(state.name)}?${parameters({ format: "csv" })}`, { raw: true });
  const link = h("a", { href: URL.createObjectURL(await answer.blob()), download: `${state.name}-${state.from}-${state.to}.csv` });
  link.click();
  URL.revokeObjectURL(link.href);
}

const isFigure = (value) => typeof value === "number";
const looksLikeDay = (value) => typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value);
const looksLikeMoment = (value) => typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value);

function cell(value) {
  if (value === null || value === undefined) return "–";
  if (isFigure(value)) return Number.isInteger(value) ? value : value.toFixed(Math.abs(value) < 10 ? 3 : 1);
  if (looksLikeMoment(value)) { const at = moment(value); return at ? at.toLocaleString() : value; }
  if (Array.isArray(value)) return value.join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Figures that a chart of days makes sense of, the whole before its parts, and their colours. */
const charted = {
  calls: "busy", offered: "busy", jobs: "busy", dialed: "busy", accepted: "busy", answered: "good", missed: "bad", lost: "bad",
  abandoned: "bad", dropped: "bad", conversation: "good", recovered: "good", succeeded: "good",
};

function chart(rows) {
  const dated = ["day", "hour", "date"].find((key) => rows[0] && key in rows[0]);
  if (!dated) return null;
  const figures = Object.keys(charted).filter((key) => rows.some((row) => isFigure(row[key]))).slice(0, 3);
  if (!figures.length) return null;
  const sums = new Map();
  for (const row of rows) {
    const label = String(row[dated]).slice(0, 10);
    const parts = sums.get(label) ?? figures.map(() => 0);
    figures.forEach((key, index) => { parts[index] += isFigure(row[key]) ? row[key] : 0; });
    sums.set(label, parts);
  }
  const list = [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([label, parts]) => ({ label: label.slice(5), parts }));
  return h("section.panel", {}, columns(list, figures.map((key) => key.replaceAll("_", " ")), figures.map((key) => charted[key]), `${state.name} · ${t("perDay")}`));
}

/** From a row of sums to its calls. */
function drillOf(row) {
  if (!names.some((one) => one.name === "missed_calls") || state.name === "missed_calls" || state.name === "calls") return null;
  const filters = {};
  if (row.queue) filters.queue = row.queue;
  if (looksLikeDay(row.day)) filters.day = row.day;
  return Object.keys(filters).length ? filters : null;
}

function table(document, load) {
  const rows = document.rows ?? [];
  if (!rows.length) return h("section.panel", {}, h("p.empty", {}, t("noRows")));
  const keys = [...new Set(rows.slice(0, 50).flatMap((row) => Object.keys(row)))];
  const head = h("tr", {}, keys.map((key) => h("th", { scope: "col", class: rows.some((row) => isFigure(row[key])) ? "figure" : null }, key.replaceAll("_", " "))));
  const body = rows.slice(0, shownMax).map((row) => {
    const drill = drillOf(row);
    const line = h("tr", drill ? { "data-drill": "", tabindex: 0, title: t("drill") } : {}, keys.map((key) => {
      const text = cell(row[key]);
      const number = key === "number" && typeof row[key] === "string" && /^\+?\d+$/.test(row[key]);
      return h("td", { class: isFigure(row[key]) ? "figure" : String(text).length > 40 ? "long" : null },
        number ? h("a", { href: `/numbers/${encodeURIComponent(row[key])}` }, text) : text);
    }));
    if (drill) {
      const go = () => {
        const { day: only, ...filters } = drill;
        Object.assign(state, { name: "missed_calls", filters, ...(only ? { from: only, to: only } : {}) });
        remember();
        load();
      };
      line.addEventListener("click", go);
      line.addEventListener("keydown", (event) => { if (event.key === "Enter") go(); });
    }
    return line;
  });
  return h("section.panel", {}, h("h2", {}, document.title ?? state.name), h("p.hint", {}, t("rows", rows.length), rows.length > shownMax && ` · ${t("cut", shownMax)}`),
    h("div.scroll", { tabindex: 0, role: "region", "aria-label": document.title ?? state.name }, h("table", {}, h("thead", {}, head), h("tbody", {}, body))),
    (document.notes ?? []).map((note) => h("p.hint", {}, note)));
}

begin("reports", async (main) => {
  names = (await api("/api/v1/reports")).items;
  if (!names.some((one) => one.name === state.name)) state.name = names[0]?.name ?? "";
  let asked = 0;
  const load = async () => {
    const turn = ++asked;
    main.replaceChildren(form(load), h("p.empty", { role: "status" }, t("loading")));
    try {
      const document = await api(`/api/v1/reports/${encodeURIComponent(state.name)}?${parameters({})}`);
      // A slower answer to an older question.
      if (turn !== asked) return;
      const rows = document.rows ?? [];
      main.replaceChildren(...[form(load), chart(rows), table(document, load)].filter(Boolean));
    } catch (error) {
      if (turn === asked) main.replaceChildren(form(load), h("p.result.bad", { role: "alert" }, t("failed", error.message)));
    }
  };
  window.addEventListener("popstate", () => location.reload());
  await load();
});
