/** What the pictures share: their stylesheet, times in words, and the ticks of an axis. */
import { el } from "../lib/dom.js";
import { shownLanguage, t } from "../lib/texts.js";

const SHEET = new URL("./pictures.css", import.meta.url).href;

/** Pictures bring their look with them. */
export function wearStyle() {
  if (![...document.styleSheets].some(({ href }) => href === SHEET) && !document.querySelector(`link[href="${SHEET}"]`)) {
    document.head.append(el("link", { rel: "stylesheet", href: SHEET }));
  }
}

/** 65 -> "1:05". */
export function clock(seconds) {
  const whole = Math.max(Math.floor(seconds), 0);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** 65 -> "1 minute 5 seconds". */
export function timeInWords(seconds) {
  const whole = Math.max(Math.round(seconds), 0);
  const [minutes, rest] = [Math.floor(whole / 60), whole % 60];
  return [minutes > 0 && t("pictures.minutes", { n: minutes }), (rest > 0 || minutes === 0) && t("pictures.seconds", { n: rest })]
    .filter(Boolean).join(" ");
}

/** A moment of the session as the clock on the wall had it. */
export function timeOfDay(start, seconds) {
  return new Date(new Date(start).getTime() + seconds * 1000).toLocaleTimeString(shownLanguage(), { hour: "2-digit", minute: "2-digit" });
}

const STEPS_S = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600];
const MOST_TICKS = 8;

/** Round times between 0 and `seconds`, at most MOST_TICKS of them. */
export function ticks(seconds) {
  const step = STEPS_S.find((one) => seconds / one <= MOST_TICKS) ?? 7200;
  return Array.from({ length: Math.floor(seconds / step) + 1 }, (_, number) => number * step);
}

/** An axis below a picture; `words` says what stands at a tick. */
export function axis(seconds, words) {
  const marks = ticks(seconds).map((at) => {
    const mark = el("span", { class: "tick" }, words(at));
    mark.style.insetInlineStart = percent(at, seconds);
    return mark;
  });
  return el("div", { class: "axis", dir: "ltr", "aria-hidden": "true" }, ...marks);
}

export function percent(part, whole) {
  return `${((100 * part) / (whole || 1)).toFixed(3)}%`;
}
