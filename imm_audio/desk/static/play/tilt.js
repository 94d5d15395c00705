/**
 * Tilting: a telephone or tablet that is tilted moves what the instrument lets it move.  Only after a press of its button,
 * because some devices ask first, and only where the page came over a safe connection: browsers want that.
 *
 * The way it is held when tilting begins is the middle.  What is plucked or begun by tilting rests there.
 */
import { put } from "../lib/dom.js";
import { t } from "../lib/texts.js";

/** From the middle to either end [degrees]; where something is begun, the first of them do nothing yet. */
const WAY = 40;
const DEAD = 15;
/** A device without a sensor is silent for so long [ms]. */
const PATIENCE_MS = 1500;

export class Tilt {
  #button;
  #stage;
  #touches;
  #say;
  #middle = null;
  #on = false;
  #timer = 0;
  #hopeless = false;

  constructor(button, stage, touches, say) {
    this.#button = button;
    this.#stage = stage;
    this.#touches = touches;
    this.#say = say;
    button.addEventListener("click", () => (this.#on ? this.stop() : this.#start()));
    document.addEventListener("visibilitychange", () => { this.#middle = null; });
    screen.orientation?.addEventListener("change", () => { this.#middle = null; });
  }

  /** There is another part. */
  show() {
    if (this.#axes().length === 0) this.stop();
    this.#middle = null;
    this.#button.hidden = this.#hopeless || this.#axes().length === 0 || !isSecureContext || !("DeviceOrientationEvent" in window);
  }

  stop() {
    this.#on = false;
    clearTimeout(this.#timer);
    removeEventListener("deviceorientation", this.#hear);
    put(this.#button, { "aria-pressed": "false" });
  }

  async #start() {
    // Safari shows a question; everybody else has no such function.
    const allowed = await DeviceOrientationEvent.requestPermission?.().catch(() => "denied");
    if (allowed !== undefined && allowed !== "granted") {
      this.#say(t("player.tilt_refused"));
      return;
    }
    this.#on = true;
    this.#middle = null;
    put(this.#button, { "aria-pressed": "true" });
    addEventListener("deviceorientation", this.#hear);
    this.#timer = setTimeout(() => {
      this.#hopeless = true;
      this.stop();
      this.show();
      this.#say(t("player.tilt_none"));
    }, PATIENCE_MS);
  }

  #axes() {
    return (this.#stage.part?.axes ?? []).filter(({ name }) => name === "tilt_x" || name === "tilt_y");
  }

  #hear = (event) => {
    if (event.beta === null || event.gamma === null) return;
    clearTimeout(this.#timer);
    const now = turned(event);
    this.#middle ??= now;
    for (const { axis, name, target } of this.#axes()) {
      const angle = name === "tilt_x" ? around(now.x - this.#middle.x) : around(now.y - this.#middle.y);
      this.#touches.move(axis, target === "play" ? (Math.abs(angle) - DEAD) / WAY : 0.5 + angle / (2 * WAY));
    }
  };
}

/** Tilt to the right and up [degrees] as it is seen, however the screen is turned. */
function turned({ beta, gamma }) {
  switch (screen.orientation?.angle ?? window.orientation ?? 0) {
    case 90: return { x: beta, y: gamma };
    case 180: return { x: -gamma, y: beta };
    case 270:
    case -90: return { x: -beta, y: -gamma };
    default: return { x: gamma, y: -beta };
  }
}

/** The short way round [degrees]. */
const around = (degrees) => ((degrees + 540) % 360) - 180;
