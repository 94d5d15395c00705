/** The picture before the first song: a calm morning.  Nothing moves in it. */
import { el, svg } from "../lib/dom.js";
import { t } from "../lib/texts.js";

export function makeWelcome() {
  return [
    svg("svg", { class: "morning", viewBox: "0 0 1600 500", preserveAspectRatio: "xMidYMax slice", "aria-hidden": "true", focusable: "false" },
      svg("circle", { class: "glow", cx: 1210, cy: 340, r: 230 }),
      svg("circle", { class: "sun", cx: 1210, cy: 340, r: 130 }),
      svg("path", { class: "hill far", d: "M0 330 C260 230 430 290 640 345 S1120 410 1310 320 1500 290 1600 300 V500 H0Z" }),
      svg("path", { class: "hill middle", d: "M0 410 C240 340 480 340 760 415 S1290 480 1600 370 V500 H0Z" }),
      svg("path", { class: "hill near", d: "M0 475 C320 400 620 430 900 465 S1400 470 1600 430 V500 H0Z" })),
    el("div", { class: "greeting" }, el("h1", { text: t("wall.welcome") }), el("p", { text: t("wall.welcome_text") })),
  ];
}
