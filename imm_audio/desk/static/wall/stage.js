/**
 * What is going on, below the words: ready, counting in, only the band, waiting, the end; the chords, and the beat.
 *
 *   const stage = new Stage(element);
 *   stage.show(song, { chords: true });
 *   stage.draw(now, moving);           // lib/beat.js, once per picture
 */
import { COUNTING, ENDING, HOLDING, PLAYING } from "../lib/beat.js";
import { el, put } from "../lib/dom.js";
import { t } from "../lib/texts.js";
import { BeatSign } from "./beat_sign.js";
import { bandAlone, chordsAt } from "./coming.js";
import { chordText } from "./words.js";

const ARMED = ["wall.ready", "wall.ready_taps", "wall.ready_note", "wall.ready_singing"];

export class Stage {
  #box;
  #song = null;
  #chords = false;
  #beat = new BeatSign();
  #figure = el("p", { class: "figure" });
  #say = el("p", { class: "say" });
  #facts = el("p", { class: "facts" });
  #present = el("strong", { class: "present-chord", dir: "ltr" });
  #coming = el("span", { class: "coming-chord", dir: "ltr" });
  #chordBox;
  #shown = "";

  constructor(box) {
    this.#box = box;
    this.#chordBox = el("p", { class: "chords-now" }, this.#present, el("span", { class: "arrow", "aria-hidden": "true" }, "›"), this.#coming);
    box.append(this.#beat.element, this.#figure, el("div", { class: "text" }, this.#say, this.#facts), this.#chordBox);
  }

  show(song, { chords }) {
    this.#song = song;
    this.#chords = song !== null && song.chords.length > 0 && (chords || song.lines.length === 0);
    put(this.#facts, { text: song ? factsInWords(song.facts) : "" });
    this.#box.classList.toggle("alone", song !== null && song.lines.length === 0);
    this.#shown = "";
  }

  draw(now, moving) {
    this.#beat.draw(moving ? now : null);
    const { figure, say } = this.#words(now, moving);
    const chords = this.#chords && now !== null ? chordsAt(this.#song, now) : { present: "", coming: "" };
    const shown = `${figure} ${say} ${chords.present} ${chords.coming} ${moving}`;
    if (shown === this.#shown) return;
    this.#shown = shown;
    put(this.#figure, { text: figure, hidden: figure === "" });
    put(this.#say, { text: say, hidden: say === "" });
    put(this.#facts, { hidden: moving || this.#facts.textContent === "" });
    put(this.#chordBox, { hidden: chords.present === "" && chords.coming === "" });
    put(this.#present, { text: chordText(chords.present) || "–" });
    put(this.#coming, { text: chordText(chords.coming) });
    put(this.#chordBox.querySelector(".arrow"), { hidden: chords.coming === "" });
  }

  #words(now, moving) {
    if (now === null || (!moving && this.#song === null)) return { figure: "", say: "" };
    switch (now.mode) {
      case COUNTING: return { figure: String(now.pulsesToGo), say: t("wall.count") };
      case HOLDING: return { figure: "", say: t("wall.waits") };
      case ENDING: return { figure: "", say: t("wall.end") };
      case PLAYING: return this.#song === null ? { figure: "", say: "" } : this.#wordsOfBand(now);
      default: return { figure: "", say: t(ARMED[now.armed] ?? ARMED[0]) };
    }
  }

  /** While nobody sings: how many bars that lasts, and in the last bar how many pulses. */
  #wordsOfBand(now) {
    const alone = bandAlone(this.#song, now);
    if (alone === null) return { figure: "", say: "" };
    const bar = this.#song.meter_beats;
    if (alone.beats === null) return { figure: "", say: t("wall.only_band") };
    if (alone.beats <= bar) return { figure: String(Math.max(Math.ceil(alone.beats / now.pulseBeats - 1e-6), 1)), say: t("wall.soon") };
    return { figure: "", say: `${t("wall.only_band")} ${t("wall.bars", { n: Math.ceil(alone.beats / bar - 1e-6) })}` };
  }
}

function factsInWords({ origin, year, by, music, words }) {
  return [by && t("wall.by", { name: by }), words && t("wall.words_by", { name: words }), music && t("wall.music_by", { name: music }),
    [origin, year].filter(Boolean).join(", ")].filter(Boolean).join(" · ");
}
