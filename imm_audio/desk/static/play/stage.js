/**
 * The fields of a part on the page: buttons with a shape and letter, as large as the place allows.
 *
 *   const stage = new Stage(document.getElementById("stage"));
 *   stage.show(part);            // the server's part_view
 *   stage.fields                 // [{number, control, hand, ring_s, slides, element, show(down)}], those that are seen
 *   stage.at(x, y, hand)         // field under a point of the page
 *   stage.between(from, to, field) // fields a finger came to on its way from this one: [{field, share 0 .. 1 of the way}]
 */
import { el, put, reducedMotion } from "../lib/dom.js";
import { noteName, noteShape } from "../lib/shapes.js";
import { t } from "../lib/texts.js";
import { arrange } from "./layout.js";

/** On these a finger that goes on plays on. */
const SLIDES = new Set(["keys", "strum", "xy"]);
/** A string rings on after the finger has crossed it [s]. */
const RINGS_S = 1.2;
/** A finger may cross this many pixels between two looks. */
const STEP_PX = 12;
/** Half the gap between two fields. */
const EDGE_PX = 5;
/** A finger that trembles on the line between two fields stays on the first until it is so far away from it. */
const STAYS_PX = 14;
/** How far a key moves the puck, as a share of the stage. */
const PUCK_STEP = 0.05;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

export class Stage {
  part = null;
  fields = [];

  #root;
  #hands = [];
  #puck = el("div", { class: "puck", role: "slider", tabindex: "0", "aria-valuemin": "0", "aria-valuemax": "100" });
  #puckAt = { x: 0.5, y: 0.5 };

  /** `onPuck({x, y})`: the puck was moved by keys. */
  constructor(root, onPuck) {
    this.#root = root;
    this.#puck.addEventListener("keydown", (event) => {
      const [dx, dy] = ARROWS[event.key] ?? [0, 0];
      if (dx === 0 && dy === 0) return;
      event.preventDefault();
      this.showPuck(clamped(this.#puckAt.x + dx * PUCK_STEP), clamped(this.#puckAt.y + dy * PUCK_STEP));
      onPuck(this.#puckAt);
    });
    new ResizeObserver(() => this.#arrange()).observe(root);
  }

  show(part) {
    this.part = part;
    this.#root.dataset.kind = part.kind;
    this.#hands = part.hands.map((hand, number) => this.#makeHand(part, hand, number));
    this.#root.replaceChildren(...this.#hands.map(({ element }) => element));
    if (part.kind === "xy") {
      put(this.#puck, { "aria-label": t("player.flyer") });
      this.#root.append(this.#puck);
      this.showPuck(0.5, 0.5);
    }
    this.#arrange();
  }

  at(x, y, hand = null) {
    return this.fields.find((field) => (hand === null || field.hand === hand) && inside(field.box, x, y)) ?? null;
  }

  between(from, to, current) {
    const steps = Math.max(Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / STEP_PX), 1);
    const crossed = [];
    let last = current;
    for (let n = 1; n <= steps; n += 1) {
      const share = n / steps;
      const [x, y] = [from.x + (to.x - from.x) * share, from.y + (to.y - from.y) * share];
      const field = inside(last.box, x, y, STAYS_PX) ? last : this.at(x, y, current.hand) ?? last;
      if (field !== last) crossed.push({ field, share });
      last = field;
    }
    return crossed;
  }

  /** Share of the whole stage at a point: x to the right, y up, 0 .. 1. */
  shareAt(x, y) {
    const box = this.#root.getBoundingClientRect();
    return { x: clamped((x - box.left) / box.width), y: clamped(1 - (y - box.top) / box.height) };
  }

  /** Where the sound is on a field that is moved on. */
  showPuck(x, y) {
    this.#puckAt = { x, y };
    const [right, up] = [Math.round(x * 100), Math.round(y * 100)];
    put(this.#puck, { "aria-valuenow": right, "aria-valuetext": t("player.flyer_at", { x: right, y: up }) });
    this.#puck.style.left = `${x * 100}%`;
    this.#puck.style.top = `${(1 - y) * 100}%`;
  }

  /** Take the place of fields anew: they may have moved. */
  measure() {
    for (const field of this.fields) field.box = field.element.getBoundingClientRect();
  }

  #makeHand(part, hand, number) {
    const fields = part.controls.filter((control) => control.hand === number)
      .map((control) => makeField(control, hand, part.controls.indexOf(control)));
    const element = el("div", { class: "hand", data: { kind: hand.kind } }, fields.map((field) => field.element));
    if (part.hands.length > 1) element.style.flexGrow = String(fields.length);
    return { ...hand, element, fields };
  }

  #arrange() {
    this.fields = [];
    for (const { kind, few, element, fields } of this.#hands) {
      const { clientWidth: width, clientHeight: height } = element;
      const { shown, columns, rows, gap } = arrange({ kind, count: fields.length, few, width, height });
      element.style.gap = `${gap}px`;
      element.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
      element.style.gridTemplateRows = `repeat(${rows}, minmax(0, 1fr))`;
      put(element, { "data-across": columns >= rows ? "" : null });
      fields.forEach((field, n) => {
        field.element.hidden = n >= shown;
        if (n < shown) this.fields.push(field);
      });
    }
    this.measure();
  }
}

const clamped = (share) => Math.min(Math.max(share, 0), 1);

/** Whether a point is on a field; the gap belongs to its neighbours, so that there is no dead place between two. */
function inside(box, x, y, edge = EDGE_PX) {
  return x >= box.left - edge && x <= box.right + edge && y >= box.top - edge && y <= box.bottom + edge;
}

function makeField(control, hand, number) {
  const element = el("button", { type: "button", class: "field", "aria-label": noteName(control), data: { number } },
    hand.kind === "strum" && el("span", { class: "string" }),
    noteShape(control),
    control.words !== "" && el("span", { class: "words", dir: "auto", text: control.words }));
  element.style.setProperty("--note", control.colour);
  element.style.setProperty("--string", `${3 + 1.3 * Math.max(6 - number, 0)}px`);
  return {
    number, element, letter: control.letter, control: control.control, hand: control.hand, box: new DOMRect(),
    kind: hand.kind, slides: SLIDES.has(hand.kind), ring_s: hand.kind === "strum" ? RINGS_S : 0,
    show(down) {
      element.classList.toggle("down", down);
      if (down && !reducedMotion()) ring(element);
    },
  };
}

/** The field trembles a little: what sounds is seen at once, without waiting for anybody. */
function ring(element) {
  const string = element.querySelector(".string");
  if (string) {
    const across = element.parentElement.hasAttribute("data-across");
    const swing = (px) => (across ? `translateX(${px}px)` : `translateY(${px}px)`);
    string.animate({ transform: [swing(0), swing(6), swing(-5), swing(3), swing(-2), swing(0)] }, { duration: 420 });
  } else {
    element.querySelector(".note-shape").animate({ transform: ["scale(1.14)", "scale(1)"] }, { duration: 260, easing: "ease-out" });
  }
}
