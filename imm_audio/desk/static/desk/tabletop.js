/** The middle of the table: what is played, where it is, and the beat as a sign that bounces. */
import { el, everyFrame, put, reducedMotion } from "../lib/dom.js";
import { BeatTrack, COUNTING, ENDING, HOLDING, NO_SONG, PLAYING, STOPPED } from "../lib/beat.js";
import { number, t } from "../lib/texts.js";
import { desk, whenLive, whenRoom } from "./desk.js";

export const track = new BeatTrack();
const BOUNCE_PX = 22;
const MOST_DOTS = 12;

/** What the song does now, in words. */
export function modeInWords(beat) {
  if (!beat || beat.mode === NO_SONG) return t("desk.mode.none");
  if (beat.mode === STOPPED) return t(beat.armed > 0 ? "desk.mode.armed" : "desk.mode.stopped");
  return t({ [COUNTING]: "desk.mode.counting", [PLAYING]: "desk.mode.playing", [HOLDING]: "desk.mode.holding",
    [ENDING]: "desk.mode.ending" }[beat.mode]);
}

/** Pulses a minute now, or null. */
export function pulsesPerMinute(live = desk.live) {
  return live.beat ? (live.beat.beats_per_s / (live.beat.pulse_beats || 1)) * 60 : null;
}

/** A section of the song, as people call it: by its own name, else by its kind. */
export function sectionName(section) {
  const own = section.name.toLowerCase() === section.kind ? "" : section.name;
  const name = own || t(`desk.section.${section.kind}`);
  return section.verse > 0 && !/\d$/.test(name) && section.kind === "verse" ? t("desk.section.numbered", { name, number: section.verse }) : name;
}

export function makeTabletop() {
  const title = el("p", { class: "now-title" });
  const where = el("p", { class: "now-where soft" });
  const ball = el("span", { class: "ball" });
  const dots = el("span", { class: "dots" });
  const element = el("div", { class: "tabletop" },
    title, where, el("div", { class: "beat", "aria-hidden": "true" }, el("span", { class: "bounce" }, ball), dots));
  let pulse = -1;

  const say = () => {
    const { room, live } = desk;
    if (room === null) return;
    const section = room.song?.sections.find((one) => one.number === live.beat?.section);
    put(title, { text: room.song?.title ?? t("desk.song.none") });
    const moving = live.beat && live.beat.mode > STOPPED;
    const bpm = pulsesPerMinute(live);
    put(where, { text: [modeInWords(live.beat), moving && section ? sectionName(section) : "",
      bpm ? t("desk.tempo.now", { bpm: number(Math.round(bpm)) }) : ""].filter(Boolean).join(" · ") });
  };
  whenRoom(say);
  whenLive((changed) => {
    if (!changed.beat) return;
    track.hear(changed.beat);
    say();
  });

  everyFrame(() => {
    const now = track.now(desk.now(), null);
    if (now === null) return;
    const still = reducedMotion();
    const lift = still ? 0 : 4 * now.phase * (1 - now.phase);
    ball.style.transform = `translateY(${(-lift * BOUNCE_PX).toFixed(1)}px)`;
    if (now.pulseCount === pulse) return;
    pulse = now.pulseCount;
    const count = Math.min(now.pulses, MOST_DOTS);
    while (dots.children.length < count) dots.append(el("span", { class: "dot" }));
    while (dots.children.length > count) dots.lastElementChild.remove();
    [...dots.children].forEach((dot, index) => dot.classList.toggle("now", index === now.pulse));
  });
  return element;
}
