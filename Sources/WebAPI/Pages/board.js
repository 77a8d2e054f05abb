// The wallboard: what the stream says, drawn once a second and at every event.
import { alarm, begin, clock, h, may, moment, percent, pulse, show, span, stream } from "/assets/page.js";
import { bar, spark } from "/assets/chart.js";
import { openJob } from "/assets/owed.js";
import { t, word } from "/assets/words.js";

const query = new URLSearchParams(location.search);
/** `?queues=sales,support`: only these. */
const chosen = (query.get("queues") ?? "").split(",").map((name) => name.trim()).filter(Boolean);
const isChosen = (name) => chosen.length === 0 || chosen.includes(name);
const noticesMax = 4;

let status = null;
let receivedAt = 0;
let silentSince = null;
let notices = [];

/** Seconds of the document, counted on since it came. */
const age = (seconds) => seconds + (silentSince ? 0 : (performance.now() - receivedAt) / 1000);

function draw() {
  if (!status) return;
  const alarms = [];
  if (silentSince) alarms.push(t("lostService", clock(silentSince)));
  for (const pbx of status.pbxs) {
    if (!pbx.ami.up) alarms.push(t("lostPBX", pbx.name, clock(moment(pbx.ami.since))));
    else if (!pbx.ari.up && pbx.dialing === false && pbx.notDialing.startsWith("ARI")) alarms.push(t("lostARI", pbx.name, clock(moment(pbx.ari.since))));
  }
  if (!status.database.up) alarms.push(t("lostDatabase", clock(moment(status.database.since))));
  alarm(alarms.join(" · "));
  const stale = silentSince !== null;
  pulse(stale ? t("asOf", clock(silentSince)) : `${t("live")} · ${clock(new Date())}`, !stale);
  const main = document.getElementById("main");
  main.classList.toggle("stale", stale);
  const old = !status.database.up;
  show(main,
    queueCards(),
    h("aside", {},
      h("section.panel", { class: `panel callbacks${old ? " stale" : ""}` }, h("h2", {}, t("callbacks")), callbacks()),
      h("section.panel", { class: `panel dialer${old ? " stale" : ""}` }, h("h2", {}, t("dialer")), h("div.rows", {}, status.campaigns.map(campaign)))),
    h("section.panel", { class: `panel funnel${old ? " stale" : ""}` },
      h("h2", {}, t("today"), sumsAge()), funnel()),
    h("section.panel", { class: `panel losses${old ? " stale" : ""}` }, h("h2", {}, t("losses")), losses()),
    h("section.panel.news", {}, h("h2", {}, t("news")), h("ol", {}, notices.map((notice) =>
      h("li", { "data-key": `${notice.at}${notice.sentence}` }, h("time", {}, clock(moment(notice.at))), " ", notice.sentence)))));
}

function sumsAge() {
  const readAt = moment(status.today?.readAt);
  return readAt && Date.now() - readAt > 30000 ? h("small", {}, ` ${t("asOf", clock(readAt))}`) : null;
}

function queueCards() {
  const several = status.pbxs.length > 1;
  const shown = status.pbxs.flatMap((pbx) => pbx.queues.filter((queue) => isChosen(queue.name)).map((queue) => [pbx, queue]));
  const cards = shown.map(([pbx, queue]) => queueCard(pbx, queue, several, shown.length > 4));
  const room = cards.length <= 2 ? "roomy" : cards.length <= 4 ? "close" : "dense";
  return h("section", { class: `queues ${room}`, "aria-label": t("queues") }, cards.length ? cards : h("p.empty", {}, t("noQueues")));
}

function queueCard(pbx, queue, several, dense) {
  const longest = queue.waiting.length ? Math.max(...queue.waiting.map((caller) => caller.wait)) : null;
  const dayOf = status.today?.queues.find((found) => found.pbx === pbx.name && found.name === queue.name);
  const level = dayOf?.serviceLevel ?? null;
  const heat = longest === null ? "calm" : age(longest) >= 60 ? "bad" : age(longest) >= 20 ? "warn" : "busy";
  const lost = !pbx.ami.up;
  return h(`article.queue.panel`, { class: `queue panel ${heat}${lost ? " stale" : ""}`, "data-key": `${pbx.name}/${queue.name}` },
    h("h2", {}, several ? `${pbx.name} · ${queue.name}` : queue.name,
      lost && h("small", {}, ` ${t("asOf", clock(moment(pbx.ami.since)))}`)),
    h("dl.figures", {},
      figure("waiting", t("waiting"), queue.waiting.length),
      figure("longest", t("longest"), longest === null ? "–" : span(age(longest))),
      h("div.level", { class: `level ${level === null ? "" : level >= 0.8 ? "good" : level >= 0.6 ? "warn" : "bad"}` },
        h("dt", {}, t("serviceLevel")), h("dd", {}, level === null ? "–" : percent(level)))),
    spark(dayOf?.hours ?? [], t("serviceLevelLong")),
    queue.members.length === 0 ? h("p.empty", {}, t("noMembers"))
      : h("ul", { class: `members${queue.members.length > 7 ? " many" : ""}` }, dense ? memberCounts(queue.members) : queue.members.map(member)));
}

function figure(kind, label, value) {
  return h("div", { class: kind }, h("dt", {}, label), h("dd", {}, value));
}

function member(member) {
  const name = member.name || member.interface;
  return h("li", { class: `state-${member.state}`, "data-key": member.interface, title: member.reason && !member.reason.startsWith("pz:") ? `${member.interface}: ${member.reason}` : member.interface },
    h("span.dot", { "aria-hidden": "true" }), h("span.name", {}, name), h("span.does", {}, word("", member.state)), h("time", {}, span(age(member.since))));
}

/** `3 free`, `1 paused`: where there is no room for names. */
function memberCounts(members) {
  const counts = new Map();
  for (const one of members) counts.set(one.state, (counts.get(one.state) ?? 0) + 1);
  return [...counts].sort().map(([state, count]) => h("li", { class: `state-${state}`, "data-key": state },
    h("span.dot", { "aria-hidden": "true" }), h("span.name", {}, count), h("span.does", {}, word("", state))));
}

function callbacks() {
  const counts = status.callbacks;
  const going = status.pbxs.flatMap((pbx) => pbx.attempts);
  return [
    h("dl.figures", {},
      figure("due", t("due"), counts?.due ?? "–"), figure("working", t("inProgress"), going.length),
      figure(counts?.overdue ? "overdue bad" : "overdue", t("overdue"), counts?.overdue ?? "–"),
      figure("later", t("later"), counts?.later ?? "–")),
    h("ul.jobs", {},
      going.map((attempt) => h("li.going", { "data-key": attempt.id },
        h("span.number", {}, attempt.number), h("span.what", {}, word("phase_", attempt.phase), attempt.agent && ` · ${attempt.agent}`), h("time", {}, span(age(attempt.age))))),
      status.nextJobs.map(job)),
    !going.length && !status.nextJobs.length && h("p.empty", {}, t("nobodyOwed")),
  ];
}

function job(job) {
  const dueIn = job.dueIn - (age(0));
  const late = -dueIn >= 600;
  const text = [h("span.number", {}, job.number),
    h("span.what", {}, [job.missedCount && t("missedTimes", job.missedCount), job.attempts && t("dialedTimes", job.attempts), job.campaign].filter(Boolean).join(" · ")),
    h("span.when", {}, dueIn > 0 ? t("dueIn", span(dueIn)) : late ? t("lateBy", span(-dueIn)) : t("dueNow"))];
  return h("li", { "data-key": job.id, class: late ? "late" : "" },
    may("agent") ? h("button.row", { type: "button", "data-job": job.id }, text) : h("div.row", {}, text));
}

function campaign(campaign) {
  const rate = campaign.live ? campaign.dropped / campaign.live : 0;
  const month = campaign.liveMonth ? campaign.droppedMonth / campaign.liveMonth : 0;
  const capped = campaign.cap !== null && campaign.cap !== undefined;
  const over = capped && rate > campaign.cap;
  return h("div.campaign", { "data-key": campaign.name },
    h("div.line", {}, h("strong", {}, campaign.name), h("span.mode", {}, word("mode_", campaign.mode)),
      h("span", { class: campaign.held ? "sign warn" : "sign good", title: campaign.held || null }, campaign.held ? t("held") : t("runs"))),
    capped
      ? [bar(rate / (campaign.cap * 2), over ? "bad" : "good", 0.5),
        h("div.line.small", {}, h("span", {}, `${t("dropRate")}: `, h("b", {}, percent(rate, 1)), ` (${campaign.dropped}/${campaign.live})`),
          h("span", {}, `${t("dropMonth")}: ${percent(month, 1)}`), h("span", {}, t("cap", percent(campaign.cap, 1))))]
      : h("div.line.small", {}, campaign.live ? `${t("dropRate")}: ${percent(rate, 1)} (${campaign.dropped}/${campaign.live})` : t("noCap")));
}

function funnel() {
  const sums = status.today?.funnel;
  if (!sums) return h("p.empty", {}, t("loading"));
  const steps = ["calls", "missed", "owed", "dialed", "reached", "conversations"];
  const most = Math.max(1, ...steps.map((step) => sums[step]));
  return [
    h("ol.steps", {}, steps.map((step) => h("li", {}, h("span.name", {}, t(step)), bar(sums[step] / most, step), h("b", {}, sums[step])))),
    h("dl.aside", {}, ["recovered", "open", "lost", "short"].map((step) => h("div", {}, h("dt", {}, t(step)), h("dd", {}, sums[step])))),
  ];
}

function losses() {
  const points = (status.today?.losses ?? []).filter((point) => point.queue === "" || isChosen(point.queue));
  if (!points.length) return h("p.empty", {}, t("noLosses"));
  const most = Math.max(1, ...points.map((point) => point.missed));
  return h("ol.steps", {}, points.slice(0, 6).map((point) => h("li", {},
    h("span.name", {}, word("lost_", point.lostAt), point.queue && ` · ${point.queue}`),
    bar(point.missed / most, "bad"), h("b", {}, point.missed), h("small", {}, point.recovered ? t("saved", point.recovered) : ""))));
}

begin("board", (main) => {
  main.addEventListener("click", (event) => {
    const row = event.target.closest("[data-job]");
    if (row) openJob(row.dataset.job, status);
  });
  stream({
    status(document) {
      status = document;
      receivedAt = performance.now();
      draw();
      // For whoever measures how long a change takes to the screen.
      requestAnimationFrame(() => window.dispatchEvent(new CustomEvent("perezvon-drawn", { detail: document.at })));
    },
    notice(notice) {
      notices = [notice, ...notices].slice(0, noticesMax);
      draw();
    },
    silent(since) { silentSince = since; draw(); },
    heard() { silentSince = null; },
  });
  setInterval(draw, 1000);
});
