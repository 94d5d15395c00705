/**
 * What is shown when one can't play just now: a large picture, one sentence, and what to do.
 *
 *   calm.show("away");                      // connecting, away, old, over, ended
 *   calm.show("over", "Nobody can play.");  // the room's own sentence instead of ours
 *   calm.hide();
 */
import { put } from "../lib/dom.js";
import { t } from "../lib/texts.js";

const PICTURES = { connecting: "🎵", away: "🌙", old: "🗝️", over: "🌿", ended: "🌻" };
/** Who is still known comes back by loading the page anew; others need a code; a room that is gone has no door. */
const WAYS_BACK = { old: "/join", over: "/play" };
/** After so long [ms] it says what may be wrong. */
const LONG_MS = 15000;

export class Calm {
  #part = document.getElementById("part");
  #root = document.getElementById("calm");
  #timer = 0;

  show(state, say = "") {
    clearTimeout(this.#timer);
    document.body.dataset.state = state;
    this.#part.inert = true;
    this.#root.hidden = false;
    put(document.getElementById("calm-picture"), { text: PICTURES[state] });
    put(document.getElementById("calm-title"), { text: say || t(`player.${state}`) });
    put(document.getElementById("calm-do"), { text: t(`player.${state}_do`), hidden: state === "old" && say !== "" });
    put(document.getElementById("calm-join"), { text: t("player.join_again"), hidden: !(state in WAYS_BACK), href: WAYS_BACK[state] });
    if (state === "away" || state === "connecting") {
      this.#timer = setTimeout(() => put(document.getElementById("calm-do"), { text: t("player.away_long_do") }), LONG_MS);
    }
  }

  hide() {
    clearTimeout(this.#timer);
    document.body.dataset.state = "here";
    this.#part.inert = false;
    this.#root.hidden = true;
  }
}
