// What a supervisor does with a callback that is owed: a dialogue that asks, does, and says what came of it.
import { api, h, may, moment, show, when } from "/assets/page.js";
import { t, word } from "/assets/words.js";

/** Opens the job; `status` is the document of the board, for the members it can be given to. */
export async function openJob(id, status) {
  const dialog = h("dialog", { "aria-label": t("job") });
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
  try {
    const job = await api(`/api/v1/jobs/${encodeURIComponent(id)}`);
    const members = status.pbxs.flatMap((pbx) => pbx.queues.flatMap((queue) => queue.members));
    new Dialogue(dialog, id, job, members).menu();
  } catch (error) {
    show(dialog, h("p.result.bad", { role: "alert" }, t("failed", error.message)), closing(dialog));
  }
}

class Dialogue {
  constructor(dialog, id, job, members) {
    Object.assign(this, { dialog, id, job, members });
  }

  /** Who it is, and what can be done. */
  menu() {
    const { job, dialog } = this;
    const fact = (label, value) => value ? [h("dt", {}, label), h("dd", {}, value)] : null;
    const waits = job.state === "waiting";
    const acts = may("supervisor") && waits ? [
      button("callNow", "main", "1", () => this.ask("now", t("askNow", job.number))),
      button("postpone", "", "2", () => this.askPostpone()),
      button("assign", "", "3", () => this.askAssign()),
      button("cancel", "danger", "4", () => this.ask("cancel", t("askCancel", job.number))),
    ] : [];
    show(dialog,
      h("h2", {}, job.number, job.customerName ? ` · ${job.customerName}` : ""),
      h("dl.facts", {},
        fact(t("campaign"), job.campaign), fact(t("state"), word("job_", job.state)),
        fact(t("dueAt"), waits && moment(job.dueAt) && when(moment(job.dueAt))), fact(t("owner"), job.owner),
        fact(t("reason"), job.reason)),
      may("agent") && h("p", {}, h("a", { href: `/numbers/${encodeURIComponent(job.number)}` }, t("story"))),
      h("div.actions", {}, acts, closing(dialog)));
    this.keys(acts);
    dialog.querySelector("button").focus();
  }

  /** Asks before anything is done. */
  ask(verb, question, body = {}, field = null) {
    const { dialog } = this;
    const yes = button("confirm", "main", "", () => this.act(verb, typeof body === "function" ? body() : body));
    const back = button("back", "", "", () => this.menu());
    dialog.replaceChildren(h("p", {}, question), field ?? "", h("div.actions", {}, yes, back));
    this.keys([]);
    (field?.querySelector("input, select") ?? yes).focus();
  }

  askPostpone() {
    const later = new Date(Date.now() + 3600_000);
    const input = h("input", { type: "datetime-local", id: "until", value: local(later), min: local(new Date()), "aria-label": t("postpone") });
    const quick = [[900, t("minutes", 15)], [3600, t("hours", 1)], [14400, t("hours", 4)]].map(([seconds, text]) => {
      const one = h("button", { type: "button" }, text);
      one.addEventListener("click", () => { input.value = local(new Date(Date.now() + seconds * 1000)); });
      return one;
    });
    this.ask("postpone", t("askPostpone", this.job.number), () => ({ to: new Date(input.value).toISOString() }),
      h("div.actions", {}, input, quick));
  }

  askAssign() {
    const seen = new Map(this.members.map((member) => [member.interface, member.name]));
    const select = h("select", { "aria-label": t("assign") }, h("option", { value: "" }, t("nobody")),
      [...seen].map(([member, name]) => h("option", { value: member, selected: member === this.job.owner }, name ? `${name} (${member})` : member)));
    this.ask("assign", t("askAssign", this.job.number), () => ({ member: select.value || null }), h("div.actions", {}, select));
  }

  async act(verb, body) {
    const { dialog, job } = this;
    let sentence;
    let bad = false;
    try {
      const hasBody = Object.keys(body).length > 0;
      const changed = await api(`/api/v1/jobs/${encodeURIComponent(this.id)}/${verb}`, { method: "POST", body: hasBody ? body : undefined });
      this.job = { ...job, ...changed };
      sentence = {
        now: () => t("didNow", job.number), cancel: () => t("didCancel", job.number),
        postpone: () => t("didPostpone", job.number, when(new Date(body.to))),
        assign: () => t("didAssign", job.number, body.member ?? t("nobody")),
      }[verb]();
    } catch (error) {
      bad = true;
      sentence = t("failed", error.message);
    }
    const close = closing(dialog);
    dialog.replaceChildren(h("p", { class: `result${bad ? " bad" : ""}`, role: "status" }, sentence), h("div.actions", {}, close));
    close.focus();
  }

  /** Keys 1 to 4 press the buttons. */
  keys(buttons) {
    this.dialog.onkeydown = (event) => {
      if (event.target.matches?.("input, select, textarea") || event.ctrlKey || event.altKey || event.metaKey) return;
      const chosen = buttons.find((one) => one.dataset.press === event.key);
      if (chosen) { event.preventDefault(); chosen.click(); }
    };
  }
}

function button(key, kind, press, act) {
  const one = h("button", { type: "button", class: kind || null, "data-act": key, "data-press": press || null },
    t(key), press ? [" ", h("kbd", { "aria-hidden": "true" }, press)] : null);
  one.addEventListener("click", act);
  return one;
}

function closing(dialog) {
  const one = h("button.last", { type: "button", "data-act": "close" }, t("close"), " ", h("kbd", { "aria-hidden": "true" }, "Esc"));
  one.addEventListener("click", () => dialog.close());
  return one;
}

/** As an input of type datetime-local wants it, on the clock of this screen. */
export function local(date) {
  const shifted = new Date(date.getTime() - date.getTimezoneOffset() * 60000);
  return shifted.toISOString().slice(0, 16);
}
