// The agent's page: his state, the card of the customer he is to call, what came of it. Made for the keyboard.
import { alarm, api, begin, clock, h, may, moment, pulse, session, show, span, stream, when } from "/assets/page.js";
import { OwnCall } from "/assets/owncall.js";
import { t, word } from "/assets/words.js";

const dispositions = ["interested", "sold", "call_again", "not_interested", "wrong_number", "do_not_call"];
const asked = new URLSearchParams(location.search).get("member") ?? "";
let member = "";
let status = null;
let receivedAt = 0;
/** How far this agent's attempt is, as last seen in the stream. */
let seen = "";
/** The card; kept after its end, so that something can be said of it. */
let card = null;
let cardReadAt = 0;
let over = false;
let reason = "";
let said = { disposition: "", note: "", sentence: "", bad: false };
let busy = false;
/** The agent wants cards: he is asked for again and again, for a request stands for 45 s only. */
let ready = false;
/** He is given cards at all: his queue has a campaign in preview mode. */
let cards = false;
/** The job he wants to call now: its card is accepted as soon as it is on offer. */
let wanted = "";
let wantedUntil = 0;
const askEvery = 20000;

const path = (tail) => `/api/v1/agents/${encodeURIComponent(member)}/${tail}`;
const attemptPath = (tail) => `/api/v1/attempts/${encodeURIComponent(card.attempt)}/${tail}`;

/** Only one request at a time: a key that is held down does not ask twice. */
async function act(work) {
  if (busy) return;
  busy = true;
  try { await work(); } catch (error) { reason = t("failed", error.message); } finally { busy = false; draw(); }
  if (Date.now() > wantedUntil) wanted = "";
  if (!wanted) return;
  if (card?.job === wanted && card.state === "offered" && !over) { wanted = ""; accept(); } else if (over) ask();
}

function take(answer) {
  cards = true;
  const before = card?.attempt;
  if (answer.card) {
    card = answer.card;
    cardReadAt = performance.now();
    over = false;
    if (before !== card.attempt) said = { disposition: "", note: "", sentence: "", bad: false };
    reason = answer.reason ?? "";
  } else {
    // What was said on a card must not vanish with it.
    if (card && !["offered"].includes(card.state)) over = true; else card = null;
    reason = answer.reason ?? "";
  }
}

const refresh = () => act(async () => take(await api(path("card"))));
const ask = () => act(async () => {
  if (card && !over) return;
  ready = true;
  card = null;
  over = false;
  take(await api(path("next"), { method: "POST" }));
});
const rest = () => { ready = false; draw(); };

const own = new OwnCall({
  member: () => member, card: () => card, redraw: () => draw(), number: new URLSearchParams(location.search).get("number") ?? "",
  called(job) {
    if (!cards) return;
    wanted = job.job;
    wantedUntil = Date.now() + 120000;
    ask();
  },
});
const accept = () => act(async () => take(await api(attemptPath("accept"), { method: "POST" })));
const decline = () => act(async () => { const answer = await api(attemptPath("decline"), { method: "POST" }); card = null; take(answer); });
const postpone = (minutes) => act(async () => { const answer = await api(attemptPath("postpone"), { method: "POST", body: { minutes } }); card = null; take(answer); });

const save = () => act(async () => {
  const remark = { note: said.note };
  if (said.disposition) remark.disposition = said.disposition;
  try {
    await api(attemptPath("disposition"), { method: "POST", body: remark });
    said.sentence = t("savedRemark");
    said.bad = false;
  } catch (error) { said.sentence = t("failed", error.message); said.bad = true; }
});

function mine() {
  const seats = (status?.pbxs ?? []).flatMap((pbx) => pbx.queues.flatMap((queue) => queue.members.filter((one) => one.interface === member)));
  const seat = seats[0];
  const since = seat ? seat.since + (performance.now() - receivedAt) / 1000 : 0;
  return h("section.panel.mine", {}, h("strong", {}, seat?.name || member), seat?.name && h("span.empty", {}, member),
    h("span.state", {}, seat ? word("", seat.state) : "–"), seat && h("time", {}, span(since)),
    // A pause of ours names the attempt: nothing for people.
    seat?.reason && !seat.reason.startsWith("pz:") && h("span.empty", {}, seat.reason));
}

const key = (text) => h("kbd", { "aria-hidden": "true" }, text);

function cardPanel() {
  if (!card) return h("section.panel", {}, h("p", { class: ready ? "stage" : "empty", role: "status" }, ready ? t("waitsForCard") : t("noCard")),
    reason && h("p.empty", {}, reason),
    h("div.actions", {}, ready ? h("button", { type: "button", "data-act": "rest" }, t("rest"), " ", key("R"))
      : h("button.main", { type: "button", "data-act": "next" }, t("nextCard"), " ", key("N"))));
  const left = Math.max(0, card.secondsLeft - (performance.now() - cardReadAt) / 1000);
  const fact = (label, value) => value ? [h("dt", {}, label), h("dd", {}, value)] : null;
  const offered = card.state === "offered" && !over;
  return h("section.panel.card", { "data-key": card.attempt },
    h("p.stage", { role: "status" }, over ? t("card_over") : t(`card_${card.state}`)),
    h("p.who", {}, card.name || card.number), card.name && h("p.num", {}, card.number),
    offered && h("p.countdown", {}, h("progress", { max: Math.max(1, (moment(card.until) - moment(card.offeredAt)) / 1000), value: left, "aria-label": t("secondsLeft", Math.ceil(left)) }),
      " ", t("secondsLeft", Math.ceil(left))),
    h("dl.facts", {}, fact(t("reason"), card.why), fact(t("campaign"), [card.campaign, card.queue && ` · ${card.queue}`]),
      fact(t("localTime"), `${card.localTime} (${card.timeZone})`),
      fact(t("sofar"), [card.missedCount && t("missedTimes", card.missedCount), card.dials && t("dialedTimes", card.dials)].filter(Boolean).join(", ")),
      Object.entries(card.attributes ?? {}).map(([name, value]) => fact(name, value)),
      fact(t("disposition"), card.disposition && word("disposition_", card.disposition)), fact(t("note"), card.note)),
    reason && h("p.empty", {}, reason),
    offered && h("div.actions", {},
      h("button.main", { type: "button", "data-act": "accept" }, t("accept"), " ", key("A")),
      h("button", { type: "button", "data-act": "decline" }, t("decline"), " ", key("D")),
      h("button", { type: "button", "data-act": "15" }, t("postpone"), " ", t("minutes", 15), " ", key("P")),
      h("button", { type: "button", "data-act": "60" }, t("postpone"), " ", t("hours", 1), " ", key("H"))),
    over && h("div.actions", {}, h("button.main", { type: "button", "data-act": "next" }, t("nextCard"), " ", key("N"))));
}

function afterPanel() {
  if (!card || (card.state === "offered" && !over)) return null;
  return h("section.panel.after", { "data-key": `after ${card.attempt}` },
    h("h2", {}, t("disposition")),
    h("div.choices", {}, dispositions.map((one, index) =>
      h("button", { type: "button", "data-disposition": one, "aria-pressed": said.disposition === one ? "true" : "false" }, word("disposition_", one), " ", key(index + 1)))),
    h("label", { for: "note" }, t("note"), " ", key("T")), h("textarea", { id: "note", maxlength: 400 }),
    h("div.actions", {}, h("button.main", { type: "button", "data-act": "save" }, t("save"), " ", key("S"))),
    h("p", { class: `result${said.bad ? " bad" : ""}`, role: "status" }, said.sentence));
}

function historyPanel() {
  if (!card) return null;
  return h("section.panel", {}, h("h2", {}, t("history")),
    card.history?.length ? h("ol.story", {}, [...card.history].reverse().map((line) =>
      h("li", { class: line.kind }, h("time", {}, when(moment(line.at))), " ", h("span.kind", {}, word("kind_", line.kind)), " ", h("span", {}, line.sentence.replace(/^\s*→\s*/, "")))))
      : h("p.empty", {}, t("nothingBefore")));
}

function draw() {
  const deciding = card?.state === "offered" && !over;
  show(document.getElementById("main"), mine(), cardPanel(), afterPanel(), !deciding && own.panel(), historyPanel());
}

const keys = {
  n: ask, r: () => !card && rest(), a: () => card?.state === "offered" && accept(), d: () => card?.state === "offered" && decline(),
  p: () => card?.state === "offered" && postpone(15), h: () => card?.state === "offered" && postpone(60),
  s: () => card && card.state !== "offered" && save(), t: () => document.getElementById("note")?.focus(),
  b: () => own.focus(), c: () => own.call(),
};
// The same keys under a Cyrillic layout.
const places = { KeyN: "n", KeyR: "r", KeyA: "a", KeyD: "d", KeyP: "p", KeyH: "h", KeyS: "s", KeyT: "t", KeyB: "b", KeyC: "c" };

function listen(main) {
  main.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.disposition) { said.disposition = button.dataset.disposition; draw(); }
    const acts = { next: ask, rest, accept, decline, save, call: () => own.call(), 15: () => postpone(15), 60: () => postpone(60) };
    acts[button.dataset.act]?.();
  });
  main.addEventListener("input", (event) => {
    if (event.target.id === "note") said.note = event.target.value;
  });
  own.listen(main);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.matches?.("input, select, textarea")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const digit = Number(event.key);
    if (digit >= 1 && digit <= dispositions.length && card && card.state !== "offered") { said.disposition = dispositions[digit - 1]; draw(); return; }
    const work = keys[places[event.code] ?? event.key.toLowerCase()];
    if (work) { event.preventDefault(); work(); }
  });
}

function stale(since) {
  document.getElementById("main").classList.toggle("stale", since !== null);
  alarm(since ? t("lostService", clock(since)) : "");
  pulse(since ? t("asOf", clock(since)) : t("live"), since === null);
}

/** A supervisor says whose page this is; an agent's token says it itself. */
function choose(main, members) {
  const select = h("select", { id: "member" }, members.map((one) => h("option", { value: one.member }, one.name ? `${one.name} (${one.member})` : one.member)));
  const form = h("form.choose.panel", {}, h("label", { for: "member" }, t("whoAreYou"), select), h("button.main", { type: "submit" }, t("take")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const query = new URLSearchParams(location.search);
    query.set("member", select.value);
    location.search = query.toString();
  });
  show(main, form);
  select.focus();
}

begin("agentPage", async (main) => {
  if (!may("agent")) return show(main, h("p", {}, t("agentNeeded")));
  member = session.member || asked;
  if (!member) return choose(main, (await api("/api/v1/agents")).items);
  listen(main);
  await refresh();
  stream({
    status(news) {
      if (!status) stale(null);
      status = news;
      receivedAt = performance.now();
      const going = news.pbxs.flatMap((pbx) => pbx.attempts).find((attempt) => attempt.agent === member);
      // How far it is changed, or somebody else ended it: the card is read anew.
      const stage = going ? `${going.id} ${going.phase}` : "";
      if (stage !== seen) { seen = stage; refresh(); } else draw();
    },
    card(news) {
      if (news.agent !== member) return;
      if (news.state === "offered" && ready && !card) ask(); else refresh();
    },
    silent(since) { stale(since); },
    heard() { stale(null); refresh(); },
  });
  setInterval(draw, 1000);
  setInterval(() => { if (ready && !card) ask(); }, askEvery);
});
