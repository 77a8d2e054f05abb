// What all pages share: elements, the API, the live stream, the head of the page.
import { languages, language, t } from "/assets/words.js";

const svgSpace = "http://www.w3.org/2000/svg";

function make(space, tag, attributes, children) {
  const [name, ...classes] = tag.split(".");
  const element = space ? document.createElementNS(space, name) : document.createElement(name);
  if (classes.length) element.setAttribute("class", classes.join(" "));
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    element.setAttribute(key, value === true ? "" : String(value));
  }
  // Whatever comes from outside is text here, never markup.
  for (const child of children.flat(4)) {
    if (child === undefined || child === null || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return element;
}

/** An element: h("div.card.busy", {title: "…"}, children…). */
export const h = (tag, attributes, ...children) => make(null, tag, attributes, children);
/** The same in SVG. */
export const s = (tag, attributes, ...children) => make(svgSpace, tag, attributes, children);

/** Makes the children of an element the given ones, touching only what differs: the keyboard stays where it is.
 *  Elements with `data-key` keep their identity when they move. */
export function show(parent, ...children) {
  const wanted = children.flat(4).filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : document.createTextNode(String(child))));
  const keyed = new Map();
  for (const child of parent.children) if (child.dataset?.key) keyed.set(child.dataset.key, child);
  let at = parent.firstChild;
  for (const node of wanted) {
    const key = node.dataset?.key;
    let old = key ? keyed.get(key) : at;
    if (old && !key && old.dataset?.key) old = null;
    if (old && old.nodeType === node.nodeType && old.nodeName === node.nodeName) {
      if (old === at) at = at.nextSibling; else parent.insertBefore(old, at);
      patch(old, node);
    } else {
      parent.insertBefore(node, at);
    }
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

function patch(old, node) {
  if (node.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== node.nodeValue) old.nodeValue = node.nodeValue;
    return;
  }
  for (const { name } of [...old.attributes]) if (!node.hasAttribute(name) && name !== "open") old.removeAttribute(name);
  for (const { name, value } of node.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  show(old, [...node.childNodes]);
}

// Times and figures.

/** `1:05`, `1:02:03`, `3 d`: seconds for a wall. */
export function span(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value) => String(value).padStart(2, "0");
  if (whole >= 172800) return `${Math.floor(whole / 86400)} d`;
  if (whole >= 3600) return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return `${Math.floor(whole / 60)}:${two(whole % 60)}`;
}

/** A moment of the API (microseconds or RFC 3339) as a Date; null where there is none. */
export function moment(value) {
  if (value === undefined || value === null || value === "") return null;
  const date = new Date(typeof value === "number" ? value / 1000 : value);
  return Number.isNaN(date.getTime()) ? null : date;
}

const clockFormat = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const dayFormat = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", year: "numeric" });
export const clock = (date) => (date ? clockFormat.format(date) : t("start"));
export const day = (date) => dayFormat.format(date);
const today = () => new Date().toDateString();
/** With the day where it is not today. */
export const when = (date) => (date.toDateString() === today() ? clock(date) : `${day(date)} ${clock(date)}`);
export const percent = (share, digits = 0) =>
  new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: digits }).format(share);

// The API.

/** The answer as JSON; throws an Error with the service's sentence. 401 shows the form for a token. */
export async function api(path, { method = "GET", body, raw = false, key } = {}) {
  const headers = { Accept: raw ? "*/*" : "application/json" };
  if (method !== "GET") headers["Idempotency-Key"] = key ?? crypto.randomUUID?.() ?? randomKey();
  // Also without a body: with a cookie the service takes nothing that a form of another site could send.
  if (method !== "GET") headers["Content-Type"] = "application/json";
  const answer = await fetch(path, {
    method, headers, body: body === undefined ? undefined : JSON.stringify(body), credentials: "same-origin",
    cache: "no-store",
  });
  if (answer.status === 401) throw new SignInNeeded();
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    throw new Error(problem.detail || `${answer.status} ${answer.statusText}`);
  }
  if (answer.status === 204) return null;
  return raw ? answer : answer.json();
}

/** Over plain HTTP from another host the browser has no randomUUID. */
function randomKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The service wants to know who asks. */
export class SignInNeeded extends Error {}

const ranks = ["viewer", "agent", "supervisor", "admin"];
/** Who is signed in: `role`, `label`, `member`; null where nobody is. */
export let session = null;
export const may = (role) => session !== null && ranks.indexOf(session.role) >= ranks.indexOf(role);

async function signIn(token) {
  const answer = await fetch("/login", {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ token }),
    credentials: "same-origin", cache: "no-store",
  });
  if (answer.status === 401) throw new Error(t("tokenWrong"));
  if (!answer.ok) throw new Error(t("failed", answer.status));
}

async function signOut() {
  await api("/logout", { method: "POST" }).catch(() => {});
  location.reload();
}

/** `#screen=TOKEN` signs a screen on the wall in. The part after # never leaves the browser: no log of a proxy holds
 *  the token; and it is taken out of the address bar before anything else is done. */
async function enterScreen() {
  const token = new URLSearchParams(location.hash.slice(1)).get("screen");
  if (!token) return;
  history.replaceState(null, "", location.pathname + location.search);
  await signIn(token);
  if ((await api("/api/v1/me")).role !== "viewer") {
    await api("/logout", { method: "POST" });
    throw new Error(t("screenRole"));
  }
}

/** Begins a page: head, sign-in, then `run`. */
export async function begin(name, run) {
  drawTop(name);
  let told = "";
  try { await enterScreen(); } catch (error) { told = error.message; }
  try {
    session = await api("/api/v1/me");
  } catch (error) {
    if (error instanceof SignInNeeded) return askToken(told);
    return retry(name, run);
  }
  drawTop(name);
  try { await run(document.getElementById("main")); } catch (error) {
    if (error instanceof SignInNeeded) return askToken(told);
    alarm(t("failed", error.message));
  }
}

/** The service does not answer: a screen on the wall has nobody who presses a key. */
function retry(name, run) {
  alarm(t("lostService", clock(new Date())));
  setTimeout(() => begin(name, run).then(() => session && alarm("")), 3000);
}

/** The sentence over the page; empty for none. */
export function alarm(sentence) {
  const line = document.getElementById("alarm");
  line.textContent = sentence;
  line.hidden = sentence === "";
}

export function askToken(told = "") {
  const result = h("p", { role: "alert" }, told);
  const field = h("input", { type: "password", id: "token", name: "token", autocomplete: "current-password", required: true });
  const form = h("form.entry", {}, h("h2", {}, t("signIn")), h("label", { for: "token" }, t("token")), field,
    h("p.hint", {}, t("tokenWhere")), h("button.main", { type: "submit" }, t("signIn")), result);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await signIn(field.value.trim());
      location.reload();
    } catch (error) { result.textContent = error.message; field.select(); }
  });
  document.body.className = "asking";
  document.getElementById("main").replaceChildren(form);
  field.focus();
}

/** This address with another value of one parameter. */
function address(path, name, value) {
  const query = new URLSearchParams(location.search);
  if (name) query.set(name, value);
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

function drawTop(name) {
  const here = location.pathname;
  const links = [["/", "board", "viewer"], ["/agent", "agentPage", "agent"], ["/reports", "reports", "viewer"], ["/numbers/", "number", "agent"]]
    .filter(([, key, role]) => key === name || may(role))
    .map(([path, key]) => h("a", { href: address(path), "aria-current": key === name && "page" }, t(key)));
  const select = h("select", { id: "language", "aria-label": t("language") },
    Object.entries(languages).map(([code, text]) => h("option", { value: code, selected: code === language, lang: code }, text)));
  select.addEventListener("change", () => { location.href = address(here, "lang", select.value); });
  const theme = h("button.quiet", { type: "button", title: t("theme"), "aria-label": t("theme") }, "◐");
  theme.addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme === "dark" || (root.dataset.theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
    root.dataset.theme = dark ? "light" : "dark";
    history.replaceState(null, "", address(here, "theme", root.dataset.theme) + location.hash);
  });
  const leave = h("button.quiet", { type: "button" }, t("leave"));
  leave.addEventListener("click", signOut);
  document.title = `${t(name)} · Perezvon`;
  document.getElementById("top").replaceChildren(
    h("a.skip", { href: "#main" }, t("skip")), h("h1.brand", {}, "Perezvon"), h("nav", {}, links),
    h("span", { id: "pulse", class: "pulse" }), h("span.tools", {}, select, theme, session && leave));
}

/** The small sign that says whether the page is live. */
export function pulse(text, isLive) {
  const sign = document.getElementById("pulse");
  if (sign.textContent !== text) sign.textContent = text;
  sign.classList.toggle("live", isLive);
}

/** The live stream: `on[name](document)` for each event, `on.silent(since)` where nothing was heard for too long, and
 *  `on.heard()` when it is back. Reconnects for ever. */
export function stream(on) {
  // The service speaks every five seconds at least.
  const silentAfter = 12000;
  let source = null;
  let heardAt = Date.now();
  let silent = false;
  let broken = false;
  const heard = () => {
    heardAt = Date.now();
    broken = false;
    if (silent) { silent = false; on.heard?.(); }
  };
  const tell = () => { if (!silent) { silent = true; on.silent?.(new Date(heardAt)); } };
  const open = () => {
    source?.close();
    source = new EventSource("/api/v1/stream");
    source.onopen = () => { broken = false; };
    source.onerror = () => {
      broken = true;
      // A refusal closes it for good; a lost connection is tried again by the browser itself.
      if (source.readyState === EventSource.CLOSED) setTimeout(open, 2000);
      setTimeout(() => { if (broken) tell(); }, 1500);
    };
    for (const name of ["status", "notice", "card", "lost"]) {
      source.addEventListener(name, (event) => { heard(); on[name]?.(JSON.parse(event.data)); });
    }
  };
  pulse(t("connecting"), false);
  open();
  setInterval(() => {
    if (Date.now() - heardAt < silentAfter) return;
    tell();
    // A connection that is open and mute: nobody else would notice.
    if (source.readyState === EventSource.OPEN) { heardAt += silentAfter; open(); }
  }, 1000);
}
