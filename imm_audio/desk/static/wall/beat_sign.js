/**
 * The beat as a bouncing ball: one place to land for each pulse of the bar, the first one larger.
 *
 *   const sign = new BeatSign();      // sign.element
 *   sign.draw(now);                   // lib/beat.js, once per picture; null hides it
 *
 * Whoever wants things to stay still sees no ball; the place of the present pulse changes its shape instead.  Nothing changes
 * more than three times a second: in quick music the ball lands on every second pulse, or once in a bar.
 */
import { pulsesPerFlash } from "../lib/beat.js";
import { el, put, reducedMotion, svg } from "../lib/dom.js";

const STEP = 100;
const HIGH = 92;
const GROUND = 118;
const BALL = 17;
const TOP = GROUND - HIGH - 2 * BALL - 16;

export class BeatSign {
  element = el("div", { class: "beat", "aria-hidden": "true" });
  #ball = svg("circle", { class: "ball", r: BALL });
  #places = [];
  #drawn = "";
  #here = -1;

  draw(now) {
    put(this.element, { hidden: now === null });
    if (now === null) return;
    let pulses = pulsesPerFlash(now);
    if (now.pulses % pulses !== 0) pulses = now.pulses;
    const count = now.pulses / pulses;
    const still = reducedMotion();
    if (this.#drawn !== `${count} ${still}`) this.#make(count, still);
    const at = (now.pulse + now.phase) / pulses;
    const here = Math.min(Math.floor(at), count - 1);
    if (here !== this.#here) {
      this.#here = here;
      this.#places.forEach((place, number) => put(place, { class: number === here ? "place here" : "place" }));
    }
    if (!still) {
      const share = Math.min(at - here, 1);
      const [from, to] = [this.#x(here), this.#x((here + 1) % count)];
      const height = 4 * HIGH * share * (1 - share);
      this.#ball.setAttribute("transform", `translate(${(from + (to - from) * share).toFixed(2)} ${(GROUND - BALL - 12 - height).toFixed(2)})`);
    }
  }

  #x(number) {
    return (number + 0.5) * STEP;
  }

  #make(count, still) {
    this.#drawn = `${count} ${still}`;
    this.#here = -1;
    this.#places = Array.from({ length: count }, (_, number) => {
      const size = number === 0 ? 16 : 11;
      // a circle that becomes a diamond where the beat is
      return svg("g", { class: "place", transform: `translate(${this.#x(number)} ${GROUND})` },
        svg("circle", { r: size }), svg("rect", { x: -size - 2, y: -size - 2, width: 2 * size + 4, height: 2 * size + 4, transform: "rotate(45)" }));
    });
    const drawing = svg("svg", { viewBox: `0 ${TOP} ${count * STEP} ${GROUND + 26 - TOP}`, focusable: "false" }, ...this.#places, still ? null : this.#ball);
    this.element.replaceChildren(drawing);
  }
}
