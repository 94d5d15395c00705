/**
 * <imm-tempo-curve>: how fast the music went, in pulses a minute, with the same in words and as a table.
 *
 *   picture.diary = diary;             // GET /api/diary: {start, rows: [[second, bpm | null, [...]], ...]}
 */
import { el, put, svg } from "../lib/dom.js";
import { number, t } from "../lib/texts.js";
import { axis, timeOfDay, wearStyle } from "./drawing.js";

/** The scale reaches over at least so many pulses a minute, and ends on multiples of STEP. */
const LEAST_RANGE = 40;
const STEP = 20;
/** A gap of more seconds than this is no music. */
const GAP_S = 3;
const MINUTE_S = 60;

class TempoCurve extends HTMLElement {
  #diary = null;

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
    const found = rows.filter(([, bpm]) => bpm !== null).map(([second, bpm]) => [second, bpm]);
    if (found.length === 0) {
      this.replaceChildren(el("p", { text: t("pictures.tempo.none") }));
      return;
    }
    const seconds = rows.at(-1)[0] + 1;
    const tempi = found.map(([, bpm]) => bpm);
    const [low, high] = scaleOf(Math.min(...tempi), Math.max(...tempi));
    const marks = Array.from({ length: (high - low) / STEP + 1 }, (_, step) => low + step * STEP);
    const summary = t("pictures.tempo.summary", { low: number(Math.min(...tempi)), high: number(Math.max(...tempi)), middle: number(median(tempi)),
      first: number(tempi[0]), last: number(tempi.at(-1)) });
    const curve = svg("svg", { viewBox: `0 0 ${seconds} ${high - low}`, preserveAspectRatio: "none", role: "img", "aria-label": t("pictures.tempo.label") },
      ...marks.map((bpm) => svg("line", { class: "grid", x1: 0, x2: seconds, y1: high - bpm, y2: high - bpm })),
      svg("path", { class: "curve", d: pathOf(found, high) }));
    const details = el("details", {}, el("summary", {}, t("pictures.as_table")), el("div", { class: "table", role: "region", tabindex: 0, "aria-label": t("pictures.as_table") }, tableOf(found, start)));
    put(details, { open: open ? "" : null });
    this.replaceChildren(
      el("div", { class: "tempo", dir: "ltr" },
        el("div", { class: "scale", "aria-hidden": "true" }, ...marks.reverse().map((bpm) => el("span", {}, number(bpm)))),
        el("div", { class: "curve-box" }, curve),
        el("span"), axis(seconds, (at) => timeOfDay(start, at))),
      el("p", { text: summary }), details);
  }
}

function scaleOf(slowest, fastest) {
  let low = Math.floor(slowest / STEP) * STEP;
  let high = Math.ceil(fastest / STEP) * STEP;
  if (high - low < LEAST_RANGE) high = low + LEAST_RANGE;
  if (fastest <= low + LEAST_RANGE / 2 && low >= STEP) [low, high] = [low - STEP, high - STEP];
  return [low, high];
}

function pathOf(found, high) {
  return found.map(([second, bpm], at) => {
    const gap = at === 0 || second - found[at - 1][0] > GAP_S;
    return gap ? `M${second} ${(high - bpm).toFixed(2)}h0.5` : `L${second} ${(high - bpm).toFixed(2)}`;
  }).join("");
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Each minute's middle tempo. */
function tableOf(found, start) {
  const minutes = new Map();
  for (const [second, bpm] of found) {
    const minute = Math.floor(second / MINUTE_S);
    minutes.set(minute, [...(minutes.get(minute) ?? []), bpm]);
  }
  return el("table", {},
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, t("pictures.tempo.when")), el("th", { scope: "col" }, t("pictures.tempo.pulses")))),
    el("tbody", {}, ...[...minutes].map(([minute, tempi]) => el("tr", {},
      el("th", { scope: "row" }, timeOfDay(start, minute * MINUTE_S)), el("td", {}, number(median(tempi)))))));
}

customElements.define("imm-tempo-curve", TempoCurve);
