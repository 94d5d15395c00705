/** The plan of the hour: what comes, what is done, what is now. */
import { el, keyed, put } from "../lib/dom.js";
import { t } from "../lib/texts.js";
import { allow } from "./controls.js";
import { ask, desk, whenRoom } from "./desk.js";
import { icon } from "./drawings.js";
import { openSongs } from "./songs.js";

export function makePlan() {
  const list = el("ol", { role: "list", class: "stack plan-list" });
  const empty = el("p", { class: "soft", text: t("desk.plan.empty") });
  const field = el("input", { type: "text", id: "plan-new", maxlength: 80, autocomplete: "off" });
  const add = () => {
    const title = field.value.trim();
    if (title === "") return field.focus();
    field.value = "";
    return ask({ do: "add_step", title });
  };
  field.addEventListener("keydown", (event) => event.key === "Enter" && add());
  const element = el("section", { id: "plan", class: "panel", "aria-labelledby": "plan-title" },
    el("div", { class: "stack loose" },
      el("h2", { id: "plan-title", text: t("desk.plan") }),
      empty, list,
      el("div", { class: "stack", data: { scan: "" } },
        el("div", {}, el("button", { type: "button", class: "primary", on: { click: () => openSongs({ title: t("desk.plan.add_song"),
          choose: (card) => ask({ do: "add_step", title: card.title.slice(0, 80), song: card.name }) }) } }, icon("plus"), t("desk.plan.add_song"))),
        el("div", { class: "field" }, el("label", { for: "plan-new", text: t("desk.plan.add_other") }),
          el("div", { class: "row nowrap" }, field, el("button", { type: "button", on: { click: add } }, t("desk.plan.add")))))));

  whenRoom((room) => {
    put(empty, { hidden: room.plan.length > 0 });
    keyed(list, room.plan, (step) => step.id, makeStep, (item, step, index) => updateStep(item, step, index, room));
  });
  return element;
}

const indexOf = (id) => desk.room.plan.findIndex((step) => step.id === id);

function makeStep(step) {
  const { id } = step;
  const small = (drawing, act) => el("button", { type: "button", class: "bare round", on: { click: act } }, icon(drawing));
  return el("li", { class: "step", data: { scan: "" } },
    el("button", { type: "button", class: "way step-go", on: { click: () => ask({ do: "go_step", step: id }) } },
      el("span", { class: "step-mark", "aria-hidden": "true" }), el("span", { class: "two-lines" }, el("span"), el("span", { class: "soft small" }))),
    el("span", { class: "step-moves" },
      small("up", () => ask({ do: "move_step", step: id, to: Math.max(indexOf(id) - 1, 0) })),
      small("down", () => ask({ do: "move_step", step: id, to: indexOf(id) + 1 })),
      small("remove", () => ask({ do: "remove_step", step: id }))));
}

function updateStep(item, step, index, room) {
  const [go, moves] = item.children;
  const now = room.step === step.id;
  const state = now ? t("desk.plan.now") : step.done ? t("desk.plan.done") : "";
  put(item, { class: ["step", now && "now", step.done && !now && "done"].filter(Boolean).join(" ") });
  put(go, { "aria-current": now ? "step" : null, "aria-label": [t("desk.plan.go", { title: step.title }), state].filter(Boolean).join(", ") });
  put(go.firstElementChild, { text: now ? "▶" : step.done ? "✓" : String(index + 1) });
  const [title, more] = go.lastElementChild.children;
  put(title, { text: step.title });
  put(more, { text: [state, step.note].filter(Boolean).join(" · ") });
  const [up, down, remove] = moves.children;
  put(up, { "aria-label": t("desk.plan.up", { title: step.title }) });
  allow(up, index > 0);
  put(down, { "aria-label": t("desk.plan.down", { title: step.title }) });
  allow(down, index < room.plan.length - 1);
  put(remove, { "aria-label": t("desk.plan.remove", { title: step.title }) });
}
