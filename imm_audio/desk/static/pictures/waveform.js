/**
 * <imm-waveform>: a take to listen to, to mark and to cut.
 *
 *   const picture = document.createElement("imm-waveform");
 *   picture.take = take;                       // {name, seconds, marks: [{seconds, label}], open}, again whenever it changed
 *   picture.addEventListener("mark", ({ detail }) => detail.seconds);
 *   picture.addEventListener("cut", ({ detail }) => [detail.start_s, detail.stop_s]);
 *   picture.sound                              // its <audio>: picture.sound.currentTime = 12
 *
 * A click in the picture goes there, dragging chooses a part; the same is done by sliders and buttons below it.
 */
import { el, everyFrame, getJson, put, svg } from "../lib/dom.js";
import { t } from "../lib/texts.js";
import { axis, clock, percent, timeInWords, wearStyle } from "./drawing.js";

const POINTS = 800;
const SKIP_S = 5;
/** Dragging over less than this is a click [pixels]. */
const CLICK_PX = 6;
/** The quietest take fills the picture as if its loudest moment were this. */
const QUIETEST = 0.02;
/** A part is at least so long [s]. */
const SHORTEST_S = 0.5;

class Waveform extends HTMLElement {
  #take = null;
  #drawn = "";
  #part = null;      // [start, stop] in seconds
  #drag = null;      // {x, moved}
  #until = null;     // playing ends here
  #stopDrawing = () => {};
  #made = false;

  sound = el("audio", { preload: "metadata" });
  #shape = svg("path", { class: "wave" });
  #chosen = el("div", { class: "part", hidden: true });
  #flags = el("div", { class: "flags" });
  #cursor = el("div", { class: "cursor" });
  #box = el("div", { class: "wave-box", "aria-hidden": "true", dir: "ltr" },
    svg("svg", { viewBox: `0 -1 ${POINTS} 2`, preserveAspectRatio: "none", focusable: "false" }, this.#shape), this.#chosen, this.#flags, this.#cursor);
  #axis = el("div");
  #status = el("p", { role: "status" });
  #place; #from; #to; #play; #hear; #cut; #clear; #length; #tools;

  get take() {
    return this.#take;
  }

  set take(take) {
    const before = this.#take;
    this.#take = take;
    this.#make();
    if (take === null) return;
    const usable = !take.open && take.seconds > 0;
    for (const element of [this.#box, this.#axis, this.#tools]) put(element, { hidden: !usable });
    if (!usable) {
      put(this.#status, { text: t(take.open ? "pictures.wave.open" : "pictures.wave.empty") });
      return;
    }
    for (const slider of [this.#place, this.#from, this.#to]) put(slider.input, { max: take.seconds });
    if (before?.name !== take.name || before?.seconds !== take.seconds) this.#begin(take);
    this.#showFlags();
  }

  connectedCallback() {
    wearStyle();
    this.#make();
    this.#stopDrawing = everyFrame(() => this.#follow());
  }

  disconnectedCallback() {
    this.#stopDrawing();
    this.sound.pause();
  }

  // --- making ---
  #make() {
    if (this.#made) return;
    this.#made = true;
    const button = (key, act, kind = "") => el("button", { type: "button", class: kind, on: { click: act } }, t(key));
    this.#place = this.#slider("pictures.wave.place", () => this.#go(this.#place.value));
    this.#from = this.#slider("pictures.wave.from", () => this.#choose(this.#from.value, this.#to.value, "from"));
    this.#to = this.#slider("pictures.wave.to", () => this.#choose(this.#from.value, this.#to.value, "to"));
    this.#play = button("pictures.wave.play", () => this.#toggle(), "primary");
    this.#hear = button("pictures.wave.hear_part", () => this.#hearPart());
    this.#cut = button("pictures.wave.cut", () => this.#tell("cut", { start_s: this.#part[0], stop_s: this.#part[1] }));
    this.#clear = button("pictures.wave.whole", () => this.#forget());
    this.#length = el("p", { role: "status" });
    this.#tools = el("div", { class: "wave-tools" },
      this.#place.element,
      el("div", { class: "row", data: { scan: "" } }, this.#play,
        button("pictures.wave.back", () => this.#go(this.sound.currentTime - SKIP_S)),
        button("pictures.wave.on", () => this.#go(this.sound.currentTime + SKIP_S)),
        button("pictures.wave.mark", () => this.#tell("mark", { seconds: this.sound.currentTime }))),
      el("fieldset", { data: { scan: "" } }, el("legend", {}, t("pictures.wave.part")),
        el("div", { class: "row" },
          button("pictures.wave.from_here", () => this.#choose(this.sound.currentTime, Math.max(this.#to.value, this.sound.currentTime + SHORTEST_S), "from")),
          button("pictures.wave.to_here", () => this.#choose(this.#part?.[0] ?? 0, this.sound.currentTime, "to"))),
        this.#from.element, this.#to.element, this.#length,
        el("div", { class: "row" }, this.#hear, this.#cut, this.#clear)));
    for (const name of ["play", "pause", "ended"]) this.sound.addEventListener(name, () => this.#showPlaying());
    this.sound.addEventListener("error", () => this.sound.getAttribute("src") && put(this.#status, { text: t("pictures.wave.no_sound") }));
    for (const [name, act] of [["pointerdown", this.#press], ["pointermove", this.#move], ["pointerup", this.#release], ["pointercancel", this.#release]]) {
      this.#box.addEventListener(name, act.bind(this));
    }
    this.append(this.#box, this.#axis, this.#status, this.#tools, this.sound);
  }

  #slider(key, act) {
    const shown = el("output", { "aria-hidden": "true" });
    const input = el("input", { type: "range", min: 0, step: 0.1, dir: "ltr", "aria-label": t(key), on: { input: () => {
      tell();
      act();
    } } });
    const tell = () => {
      put(input, { "aria-valuetext": timeInWords(Number(input.value)) });
      put(shown, { text: clock(Number(input.value)) });
    };
    return {
      element: el("div", { class: "wave-slider" }, el("span", { class: "name", "aria-hidden": "true" }, t(key)), input, shown),
      input,
      get value() {
        return Number(input.value);
      },
      set value(seconds) {
        put(input, { value: String(seconds) });
        tell();
      },
    };
  }

  /** A take that was not shown before. */
  async #begin(take) {
    put(this.#status, { text: "" });
    this.#forget();
    this.#place.value = 0;
    const folder = `/api/takes/${encodeURIComponent(take.name)}`;
    this.sound.src = `${folder}/sound.wav`;
    put(this.sound, { "aria-label": take.name });
    this.#axis.replaceChildren(axis(take.seconds, clock));
    this.#drawn = folder;
    this.#shape.removeAttribute("d");
    try {
      const { peaks } = await getJson(`${folder}/peaks?points=${POINTS}`);
      if (this.#drawn === folder) this.#shape.setAttribute("d", outline(peaks));
    } catch {
      if (this.#drawn === folder) put(this.#status, { text: t("pictures.wave.no_picture") });
    }
  }

  #showFlags() {
    this.#flags.replaceChildren(...this.#take.marks.map(({ seconds }, number) => {
      const flag = el("span", { class: "flag" }, String(number + 1));
      flag.style.left = percent(seconds, this.#take.seconds);
      return flag;
    }));
  }

  // --- listening ---
  #toggle() {
    this.#until = null;
    if (this.sound.paused) this.#start();
    else this.sound.pause();
  }

  #start() {
    this.sound.play().catch(() => put(this.#status, { text: t("pictures.wave.no_sound") }));
  }

  #hearPart() {
    this.sound.currentTime = this.#part[0];
    this.#until = this.#part[1];
    this.#start();
  }

  #showPlaying() {
    put(this.#play, { text: t(this.sound.paused ? "pictures.wave.play" : "pictures.wave.pause") });
  }

  #go(seconds) {
    this.#until = null;
    this.sound.currentTime = Math.min(Math.max(seconds, 0), this.#take.seconds);
  }

  #follow() {
    if (!this.#take || this.#take.open) return;
    const now = this.sound.currentTime;
    if (this.#until !== null && now >= this.#until) {
      this.#until = null;
      this.sound.pause();
    }
    const share = `translateX(${percent(now, this.#take.seconds)})`;
    if (this.#cursor.style.transform === share) return;
    this.#cursor.style.transform = share;
    if (Math.abs(this.#place.value - now) > 0.05) this.#place.value = now;
  }

  // --- a part ---
  /** A part between two times; when they meet, the one that was `moved` pushes the other. */
  #choose(from, to, moved) {
    const last = this.#take.seconds;
    let [start, stop] = [Math.min(Math.max(from, 0), last), Math.min(Math.max(to, 0), last)];
    if (stop - start < SHORTEST_S) {
      if (moved === "to") start = Math.max(stop - SHORTEST_S, 0);
      else stop = Math.min(start + SHORTEST_S, last);
      if (stop - start < SHORTEST_S) [start, stop] = moved === "to" ? [0, Math.min(SHORTEST_S, last)] : [Math.max(last - SHORTEST_S, 0), last];
    }
    this.#part = [start, stop];
    this.#showPart();
  }

  #forget() {
    this.#part = null;
    this.#showPart();
  }

  #showPart() {
    const [start, stop] = this.#part ?? [0, this.#take.seconds];
    [this.#from.value, this.#to.value] = [start, stop];
    put(this.#chosen, { hidden: this.#part === null });
    this.#chosen.style.left = percent(start, this.#take.seconds);
    this.#chosen.style.width = percent(stop - start, this.#take.seconds);
    for (const one of [this.#hear, this.#cut, this.#clear]) put(one, { disabled: this.#part === null });
    put(this.#length, { text: this.#part ? t("pictures.wave.part_long", { time: timeInWords(stop - start) }) : t("pictures.wave.no_part") });
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
  }

  // --- with a finger or the mouse ---
  #secondsAt(x) {
    const { left, width } = this.#box.getBoundingClientRect();
    return (Math.min(Math.max((x - left) / width, 0), 1)) * this.#take.seconds;
  }

  #press(event) {
    if (event.button !== 0) return;
    this.#box.setPointerCapture(event.pointerId);
    this.#drag = { x: event.clientX, moved: false };
  }

  #move(event) {
    if (this.#drag === null) return;
    if (Math.abs(event.clientX - this.#drag.x) >= CLICK_PX) this.#drag.moved = true;
    if (!this.#drag.moved) return;
    const [one, other] = [this.#secondsAt(this.#drag.x), this.#secondsAt(event.clientX)];
    this.#choose(Math.min(one, other), Math.max(one, other), other < one ? "from" : "to");
  }

  #release(event) {
    if (this.#drag !== null && !this.#drag.moved && event.type === "pointerup") this.#go(this.#secondsAt(event.clientX));
    this.#drag = null;
  }
}

/** One closed outline of all peaks, as high as the picture. */
function outline(peaks) {
  const loudest = Math.max(QUIETEST, ...peaks.flat().map(Math.abs));
  const step = POINTS / Math.max(peaks.length, 1);
  const point = (value, number) => `${(number * step).toFixed(1)} ${(-value / loudest).toFixed(3)}`;
  const high = peaks.map(([, value], number) => point(Math.max(value, 0.004 * loudest), number));
  const low = peaks.map(([value], number) => point(Math.min(value, -0.004 * loudest), number)).reverse();
  return peaks.length > 0 ? `M${[...high, ...low].join("L")}Z` : "";
}

customElements.define("imm-waveform", Waveform);
