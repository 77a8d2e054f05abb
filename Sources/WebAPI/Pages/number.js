// The story of one number as a line of time, and what comes next.
import { api, begin, clock, day, h, may, moment, show } from "/assets/page.js";
import { t, word } from "/assets/words.js";

const asked = decodeURIComponent(location.pathname.slice("/numbers/".length)).trim();

function form() {
  const field = h("input", { id: "number", name: "number", type: "tel", value: asked, placeholder: "+79161234567", autocomplete: "off", required: true });
  const form = h("form.choose", { role: "search" }, h("label", { for: "number" }, t("numberAsked"), field), h("button.main", { type: "submit" }, t("find")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const number = field.value.replace(/[^0-9+]/g, "");
    if (number) location.href = `/numbers/${encodeURIComponent(number)}${location.search}`;
  });
  return { form, field };
}

function lines(story) {
  let last = "";
  return story.lines.flatMap((line) => {
    const at = moment(line.at);
    const date = at ? day(at) : "";
    const heading = date !== last ? h("li.day", {}, date) : null;
    last = date;
    return [heading, h("li", { class: line.kind }, h("time", { datetime: at?.toISOString() }, at ? clock(at) : ""), " ",
      h("span.kind", {}, word("kind_", line.kind)), " ", h("span", {}, line.sentence.replace(/^\s*→\s*/, "")))];
  });
}

begin("number", async (main) => {
  const { form: search, field } = form();
  if (!may("agent")) return show(main, h("p", {}, t("agentNeeded")));
  if (!asked) { show(main, h("section.panel", {}, search)); field.focus(); return; }
  show(main, h("section.panel", {}, search), h("p.empty", {}, t("loading")));
  try {
    const story = await api(`/api/v1/numbers/${encodeURIComponent(asked)}`);
    document.title = `${story.number} · Perezvon`;
    main.replaceChildren(h("section.panel", {}, search),
      h("section.panel.next", {}, h("h2.who", {}, story.number),
        story.doNotCall && h("p.warning", {}, t("doNotCall")), h("h3", {}, t("comesNext")), h("p", { id: "next" }, story.next),
        h("p", {}, h("a", { href: `/agent?number=${encodeURIComponent(story.number)}` }, t("callOrPromise")))),
      h("section.panel", {}, story.lines.length ? h("ol.story", {}, lines(story)) : h("p.empty", {}, t("unknownNumber"))));
  } catch (error) {
    main.replaceChildren(h("section.panel", {}, search), h("p.result.bad", { role: "alert" }, t("failed", error.message)));
  }
});
