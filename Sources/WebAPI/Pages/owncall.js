// Calls an agent makes himself: promised for later, or wanted now.
import { api, h, moment, when } from "/assets/page.js";
import { local } from "/assets/owed.js";
import { t } from "/assets/words.js";

const key = (text) => h("kbd", { "aria-hidden": "true" }, text);
const field = (id) => document.getElementById(id);

export class OwnCall {
  sentence = "";
  bad = false;
  busy = false;

  /** `member()`: whose page it is; `card()`: what he looks at, or null; `called(job)`: a call was asked for;
   *  `redraw()`: something is to be shown. `number` stands in the field at first. */
  constructor({ member, card, called, redraw, number }) {
    Object.assign(this, { member, card, called, redraw, number });
  }

  panel() {
    return h("section.panel.own", { "data-key": "own" }, h("h2", {}, t("ownCall")),
      h("form.choose", { id: "own" },
        h("label", { for: "own-number" }, h("span", {}, t("numberAsked"), " ", key("B")),
          h("input", { id: "own-number", type: "tel", autocomplete: "off", value: this.number, placeholder: this.card()?.number ?? t("lastCustomer") })),
        h("label", { for: "own-at" }, t("promise"), h("input", { id: "own-at", type: "datetime-local", required: true, min: local(new Date()) })),
        h("label.wide", { for: "own-note" }, t("note"), h("input", { id: "own-note", type: "text", autocomplete: "off", maxlength: 200 })),
        h("div.actions", {}, h("button.main", { type: "submit" }, t("promiseIt"), " ", key("↵")),
          h("button", { type: "button", "data-act": "call" }, t("callNow"), " ", key("C")))),
      h("p", { class: `result${this.bad ? " bad" : ""}`, role: "status" }, this.sentence));
  }

  /** Answers the form. */
  listen(main) {
    main.addEventListener("submit", (event) => {
      if (event.target.id !== "own") return;
      event.preventDefault();
      this.promise();
    });
  }

  focus() { field("own-number")?.focus(); }

  /** What is sent: without a number it is the customer of the card, else the one he talked with last. */
  body() {
    const number = (field("own-number")?.value ?? "").replace(/[^0-9+]/g, "");
    const note = field("own-note")?.value.trim() ?? "";
    const card = this.card();
    return {
      ...(number ? { number } : card ? { number: card.number, campaign: card.campaign, pbx: card.pbx } : {}),
      ...(note ? { note } : {}),
    };
  }

  promise() {
    const at = new Date(field("own-at").value);
    return this.send("promise", { ...this.body(), at: at.toISOString() },
      (job) => t("promised", job.number, when(moment(job.dueAt))));
  }

  call() {
    const body = this.body();
    if (!body.number) return this.focus();
    return this.send("call", body, (job) => {
      this.called(job);
      const due = moment(job.dueAt);
      return due - Date.now() > 30000 ? t("calledLater", job.number, when(due)) : t("called", job.number);
    });
  }

  async send(verb, body, told) {
    if (this.busy) return;
    this.busy = true;
    try {
      const job = await api(`/api/v1/agents/${encodeURIComponent(this.member())}/${verb}`, { method: "POST", body });
      this.sentence = told(job);
      this.bad = false;
      this.number = "";
      for (const id of ["own-number", "own-at", "own-note"]) if (field(id)) field(id).value = "";
    } catch (error) {
      this.sentence = t("failed", error.message);
      this.bad = true;
    } finally {
      this.busy = false;
      document.activeElement?.blur?.();
      this.redraw();
    }
  }
}
