/**
 * What is shown when one can't play just now: a large picture, one sentence, and what to do.
 *
 *   calm.show("away");                        // connecting, away, old, over
 *   calm.show("over", "The session is over."); // with the room's own sentence
 *   calm.hide();
 */
import { put } from "../lib/dom.js";
import { t } from "../lib/texts.js";

const PICTURES = { connecting: "🎵", away: "🌙", old: "🗝️", over: "🌻" };
/** After so long [ms] it says what may be wrong. */
const LONG_MS = 15000;

export class Calm {
  #part = document.getElementById("part");
  #root = document.getElementById("calm");
  #timer = 0;
  #shown = "";

  show(state, say = "") {
    clearTimeout(this.#timer);
    this.#shown = state;
    document.body.dataset.state = state;
    this.#part.inert = true;
    this.#root.hidden = false;
    put(document.getElementById("calm-picture"), { text: PICTURES[state] });
    put(document.getElementById("calm-title"), { text: t(`player.${state}`) });
    put(document.getElementById("calm-say"), { text: say, hidden: say === "" });
    put(document.getElementById("calm-do"), { text: t(`player.${state}_do`) });
    put(document.getElementById("calm-join"), { text: t("player.join_again"), hidden: state !== "old" && state !== "over" });
    if (state === "away" || state === "connecting") {
      this.#timer = setTimeout(() => put(document.getElementById("calm-do"), { text: t("player.away_long_do") }), LONG_MS);
    }
  }

  /** In another language now. */
  retell() {
    if (!this.#root.hidden) this.show(this.#shown, document.getElementById("calm-say").textContent);
  }

  hide() {
    clearTimeout(this.#timer);
    document.body.dataset.state = "here";
    this.#part.inert = false;
    this.#root.hidden = true;
  }
}
