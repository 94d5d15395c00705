/**
 * <imm-timeline>: who played when in this session; a row with sign for everybody, and the same as a table.
 *
 *   picture.people = room.people;      // [{sign, nickname, seat, microphone}]
 *   picture.diary = diary;             // GET /api/diary: {start, rows: [[second, bpm, [seat or 100 + microphone, ...]], ...]}
 */
import { el, put } from "../lib/dom.js";
import { personName, signElement } from "../lib/signs.js";
import { t } from "../lib/texts.js";
import { axis, percent, timeInWords, timeOfDay, wearStyle } from "./drawing.js";

const FIRST_MICROPHONE = 100;
/** Silence of up to so many seconds belongs to playing. */
const BREATH_S = 3;
/** Rows differ by colour and by pattern. */
const PATTERNS = 6;

class Timeline extends HTMLElement {
  #people = [];
  #diary = null;

  set people(people) {
    this.#people = people;
    this.#draw();
  }

  set diary(diary) {
    this.#diary = diary;
    this.#draw();
  }

  connectedCallback() {
    wearStyle();
    this.#draw();
  }

  #draw() {
    if (!this.isConnected) return;
    const open = this.querySelector("details")?.open ?? false;
    const { start = "", rows = [] } = this.#diary ?? {};
    const found = playersOf(this.#people, rows);
    if (found.length === 0) {
      this.replaceChildren(el("p", { text: t("pictures.time.nobody") }));
      return;
    }
    const seconds = rows.at(-1)[0] + 1;
    const lines = found.map((player, number) => el("div", { class: "time-row" },
      el("span", { class: "who" }, player.sign ? signElement(player.sign) : null, el("span", { class: "name" }, player.name)),
      el("div", { class: "bars", dir: "ltr" }, ...player.spans.map(([from, to]) => {
        const bar = el("span", { class: "bar", data: { pattern: number % PATTERNS } });
        bar.style.left = percent(from, seconds);
        bar.style.width = percent(to - from, seconds);
        return bar;
      }))));
    const table = el("table", {},
      el("thead", {}, el("tr", {}, ...["who", "how_long", "from", "until", "times"].map((key) => el("th", { scope: "col" }, t(`pictures.time.${key}`))))),
      el("tbody", {}, ...found.map(({ name, spans }) => el("tr", {}, el("th", { scope: "row" }, name),
        ...[timeInWords(spans.reduce((sum, [from, to]) => sum + to - from, 0)), timeOfDay(start, spans[0][0]), timeOfDay(start, spans.at(-1)[1]),
          String(spans.length)].map((text) => el("td", {}, text))))));
    const details = el("details", {}, el("summary", {}, t("pictures.as_table")), el("div", { class: "table", role: "region", tabindex: 0, "aria-label": t("pictures.as_table") }, table));
    put(details, { open: open ? "" : null });
    this.replaceChildren(
      el("div", { class: "timeline", role: "img", "aria-label": t("pictures.time.label", { n: found.length, time: timeInWords(seconds) }) },
        ...lines, el("div", { class: "time-row" }, el("span"), axis(seconds, (at) => timeOfDay(start, at)))),
      details);
  }
}

/** [{sign, name, spans: [[from, to], ...]}] of everybody who played, in the order of the people. */
function playersOf(people, rows) {
  const spans = new Map();
  for (const [second, , who] of rows) {
    for (const one of who) {
      const list = spans.get(one) ?? spans.set(one, []).get(one);
      const last = list.at(-1);
      if (last && second - last[1] <= BREATH_S) last[1] = second + 1;
      else list.push([second, second + 1]);
    }
  }
  const found = [];
  for (const person of people) {
    const own = [person.seat, typeof person.microphone === "number" ? FIRST_MICROPHONE + person.microphone : null]
      .filter((one) => spans.has(one));
    const all = joined(own.flatMap((one) => spans.get(one)));
    own.forEach((one) => spans.delete(one));
    if (all.length > 0) found.push({ sign: person.sign, name: personName(person), spans: all });
  }
  for (const [one, list] of [...spans].sort(([a], [b]) => a - b)) {
    const microphone = one >= FIRST_MICROPHONE;
    const name = t(microphone ? "pictures.time.microphone" : "pictures.time.place", { number: one - (microphone ? FIRST_MICROPHONE : 0) + 1 });
    found.push({ sign: "", name, spans: list });
  }
  return found;
}

/** Spans in order, those that touch made one. */
function joined(spans) {
  const found = [];
  for (const [from, to] of spans.sort(([a], [b]) => a - b)) {
    const last = found.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else found.push([from, to]);
  }
  return found;
}

customElements.define("imm-timeline", Timeline);
