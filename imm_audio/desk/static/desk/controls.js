/**
 * Controls that all sheets and panels are made of.  Each gives { element, update(value) }.
 *
 *   stepper   a number by slider and by two buttons, with words for its value
 *   choices   one of several, as buttons
 *   toggle    on or off
 *   wayTo     a large row that leads to another page of the sheet
 */
import { el, put } from "../lib/dom.js";
import { t } from "../lib/texts.js";
import { icon } from "./drawings.js";

let count = 0;
/** An id nobody else has. */
export const newId = (stem) => `${stem}-${++count}`;

/** Whether a button can be used just now.  It keeps the focus when it can't, so that nobody is lost who works by keyboard. */
export function allow(button, may) {
  put(button, { "aria-disabled": may ? null : "true" });
}

/** What can't be used just now does nothing. */
export function guardButtons() {
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[aria-disabled='true']") === null) return;
    event.stopImmediatePropagation();
    event.preventDefault();
  }, true);
}

/** No more than one message in so many ms while a slider is dragged. */
const QUIET_MS = 80;

/**
 * A number.  `who` + `label` + words(value) is what screen readers say; `values` are all it can be, in order; `less` and `more`
 * are the words of the two buttons.
 */
export function stepper({ who = "", label, describe = "", values, words, less, more, change }) {
  const id = newId("step");
  let now = 0;
  let held = false;
  let sent = 0;
  const said = el("output", { class: "stepper-value", "aria-hidden": "true" });
  const slider = el("input", { type: "range", min: 0, max: values.length - 1, step: 1, id });
  const down = el("button", { type: "button", class: "round" }, icon("minus"));
  const up = el("button", { type: "button", class: "round" }, icon("plus"));
  const named = (what, value) => [who, what, words(value)].filter(Boolean).join(", ");

  function show(index) {
    now = index;
    const value = values[index];
    put(said, { text: words(value) });
    put(slider, { value: String(index), "aria-label": named(label, value), "aria-valuetext": words(value) });
    put(down, { "aria-label": named(`${label}: ${less}`, value), "aria-disabled": index === 0 && "true" });
    put(up, { "aria-label": named(`${label}: ${more}`, value), "aria-disabled": index === values.length - 1 && "true" });
  }

  function go(index, sure = true) {
    if (index < 0 || index >= values.length) return;
    show(index);
    const time = performance.now();
    if (!sure && time - sent < QUIET_MS) return;
    sent = time;
    change(values[index]);
  }

  slider.addEventListener("input", () => { held = true; go(Number(slider.value), false); });
  slider.addEventListener("change", () => { held = false; go(Number(slider.value)); });
  down.addEventListener("click", () => go(now - 1));
  up.addEventListener("click", () => go(now + 1));
  show(0);
  const element = el("div", { class: "stepper" },
    el("div", { class: "stepper-head" }, el("label", { for: id, text: label }), said),
    describe ? el("p", { class: "soft small", text: describe }) : null,
    el("div", { class: "stepper-row" }, down, slider, up));
  return { element, update: (value) => held || show(nearest(values, value)) };
}

function nearest(values, value) {
  return values.reduce((best, one, index) => (Math.abs(one - value) < Math.abs(values[best] - value) ? index : best), 0);
}

/** All numbers from low to high. */
export function range(low, high, step = 1) {
  return Array.from({ length: Math.round((high - low) / step) + 1 }, (_, index) => low + index * step);
}

/** One of several: options are { value, label, say, before }. */
export function choices({ who = "", label, hideLabel = false, options, change, columns = "" }) {
  const id = newId("choice");
  const buttons = options.map((option) => el("button", { type: "button", on: { click: () => change(option.value) } },
    option.before ?? null,
    option.say ? el("span", { class: "two-lines" }, el("span", { text: option.label }), el("span", { class: "soft small", text: option.say }))
      : el("span", { text: option.label })));
  const element = el("div", { class: "choices", role: "group", "aria-labelledby": id },
    el("p", { id, class: hideLabel ? "visually-hidden" : "label" },
      who ? el("span", { class: "visually-hidden", text: `${who}, ` }) : null, label),
    el("div", { class: `choice-row ${columns}` }, buttons));
  return {
    element,
    update: (value) => options.forEach((option, index) => put(buttons[index], { "aria-pressed": String(option.value === value) })),
  };
}

/** On or off. */
export function toggle({ who = "", label, describe = "", change }) {
  let on = false;
  const state = el("span", { class: "switch-mark", "aria-hidden": "true" });
  const word = el("span", { class: "switch-word", "aria-hidden": "true" });
  const button = el("button", { type: "button", role: "switch", class: "switch bare", on: { click: () => change(!on) } },
    el("span", { class: "two-lines" }, el("span", { text: label }), describe ? el("span", { class: "soft small", text: describe }) : null),
    word, state);
  if (who) button.setAttribute("aria-label", `${who}, ${label}`);
  const update = (value) => {
    on = value;
    put(button, { "aria-checked": String(value) });
    put(word, { text: t(value ? "common.on" : "common.off") });
  };
  update(false);
  return { element: button, update };
}

/** A row that leads on. */
export function wayTo({ label, before = null, go }) {
  const now = el("span", { class: "soft" });
  const element = el("button", { type: "button", class: "way", on: { click: go } },
    before, el("span", { class: "two-lines" }, el("span", { text: label }), now), icon("forward"));
  return { element, update: (text) => put(now, { text }) };
}
