/** The song that is played now: where it is, how it is played, its tempo, and whom the band follows. */
import { el, getJson, keyed, put } from "../lib/dom.js";
import { personName } from "../lib/signs.js";
import { has, number, t } from "../lib/texts.js";
import { COUNTING, HOLDING, PLAYING } from "../lib/beat.js";
import { allow, choices, range, stepper, toggle, wayTo } from "./controls.js";
import { ask, attempt, desk, personAt, whenLive, whenRoom } from "./desk.js";
import { icon } from "./drawings.js";
import { openSongs } from "./songs.js";
import { openSheet, turnBack } from "./sheet.js";
import { modeInWords, pulsesPerMinute, sectionName } from "./tabletop.js";

const STARTS = ["count", "taps", "note", "singing"];
/** Words for how sure the follower is, by its confidence from .. */
const SURE = [[0.75, "desk.follow.sure"], [0.4, "desk.follow.fairly"], [0, "desk.follow.unsure"]];
const SLOWEST_BPM = 40;
const FASTEST_BPM = 200;
const KEY_STEPS = 11;

const percent = (value) => (value === 0 ? t("desk.follow.none") : value === 100 ? t("desk.follow.all") : t("desk.percent", { value: number(value) }));
const semitones = (value) => (value === 0 ? t("desk.song.as_written") : t(value > 0 ? "desk.song.higher_by" : "desk.song.lower_by", { n: Math.abs(value) }));

export function makeSong() {
  const title = el("h2", { id: "song-title" });
  const facts = el("p", { class: "soft" });
  const choose = el("button", { type: "button", class: "primary", on: { click: () => openSongs({ choose: chooseSong, none: true }) } },
    icon("song"), t("desk.song.choose"));
  const remarks = el("ul", { class: "remarks small" });
  const sections = el("div", { class: "chips", role: "group", "aria-label": t("desk.song.sections"), data: { scan: "" } });
  const sectionsBlock = el("div", { class: "stack" }, el("h3", { text: t("desk.song.sections") }), sections);
  const round = waitButton("round", "loop");
  const chord = waitButton("chord", "hand");
  const go = waitButton("go", "play");
  const waits = el("div", { class: "row", role: "group", "aria-label": t("desk.wait"), data: { scan: "" } }, round, chord, go);

  const tempo = stepper({
    label: t("desk.tempo"), values: range(SLOWEST_BPM, FASTEST_BPM, 2), words: (bpm) => t("desk.tempo.now", { bpm: number(bpm) }),
    less: t("desk.tempo.slower"), more: t("desk.tempo.faster"), change: (bpm) => ask({ do: "tempo", bpm }),
  });
  const tap = el("button", { type: "button", class: "tap", data: { act: "tap" } }, el("span", { text: t("desk.tempo.tap") }));
  atOnce(tap, () => ask({ do: "tap" }));

  const sure = el("p", { class: "sure" });
  const much = stepper({
    label: t("desk.follow.much"), describe: t("desk.follow.much_what"), values: range(0, 100, 10), words: percent,
    less: t("desk.less"), more: t("desk.more"), change: (value) => ask({ do: "follow", percent: value }),
  });
  const who = wayTo({ label: t("desk.follow.who"), before: icon("people"), go: () => openSheet(followPage()) });

  const key = stepper({
    label: t("desk.song.key"), values: range(-KEY_STEPS, KEY_STEPS), words: semitones, less: t("desk.song.lower"), more: t("desk.song.higher"),
    change: (value) => ask({ do: "arrange", semitones: value }),
  });
  const style = wayTo({ label: t("desk.song.style"), before: icon("instrument"), go: () => openSheet(stylePage()) });
  const start = choices({
    label: t("desk.song.start"), columns: "two", change: (value) => ask({ do: "arrange", start: value }),
    options: STARTS.map((value) => ({ value, label: t(`desk.start.${value}`), say: t(`desk.start.${value}.what`) })),
  });
  const again = toggle({ label: t("desk.song.again"), describe: t("desk.song.again_what"), change: (on) => ask({ do: "arrange", again: on }) });
  const guide = toggle({ label: t("desk.song.guide"), describe: t("desk.song.guide_what"), change: (on) => ask({ do: "arrange", guide: on }) });

  const volume = stepper({
    label: t("desk.volume"), values: range(-40, 6, 2), words: (value) => t("desk.decibels", { n: Math.round(value), value: number(value) }),
    less: t("desk.person.softer"), more: t("desk.person.louder"), change: (gain_db) => ask({ do: "volume", gain_db }),
  });
  const ofSong = [sectionsBlock, waits,
    el("div", { data: { scan: "" } }, key.element), el("div", { data: { scan: "" } }, style.element),
    el("div", { data: { scan: "" } }, start.element), el("div", { class: "stack", data: { scan: "" } }, again.element, guide.element)];
  const element = el("section", { id: "song", class: "panel", "aria-labelledby": "song-title" },
    el("div", { class: "stack loose" },
      el("div", { class: "stack", data: { scan: "" } }, title, facts, el("div", {}, choose), remarks),
      ofSong[0], ofSong[1],
      el("div", { class: "tempo-block", data: { scan: "" } }, tempo.element, tap),
      el("div", { class: "stack", data: { scan: "" } }, el("h3", { text: t("desk.follow") }), sure, much.element, who.element),
      ...ofSong.slice(2),
      el("div", { data: { scan: "" } }, volume.element)));

  whenRoom((room) => {
    const { song } = room;
    put(title, { text: song?.title ?? t("desk.song.none") });
    put(facts, { text: song ? t("desk.song.facts", { key: keyName(song), meter: song.meter }) : t("desk.song.none_more") });
    choose.lastChild.textContent = t(song ? "desk.song.change" : "desk.song.choose");
    for (const block of ofSong) put(block, { hidden: song === null });
    keyed(remarks, song?.remarks ?? [], (remark) => remark, (remark) => el("li", { text: remark }));
    keyed(sections, song?.sections ?? [], (section) => section.number,
      (section) => el("button", { type: "button", on: { click: () => ask({ do: "jump", section: section.number }) } }),
      (button, section) => put(button, { text: sectionName(section) }));
    key.update(room.playing.semitones);
    style.update(styleName(song?.style));
    start.update(room.playing.start);
    again.update(room.playing.again);
    guide.update(room.playing.guide);
    much.update(room.following.percent);
    who.update(followed(room.following.who));
    volume.update(room.volume_db);
    showBeat();
  });
  whenLive((changed) => {
    if (changed.beat) showBeat();
    if (changed.follow) put(sure, { text: sureInWords(changed.follow) });
  });

  function showBeat() {
    const { room, live } = desk;
    if (room === null) return;
    const bpm = pulsesPerMinute(live) ?? room.song?.tempo_bpm;
    if (bpm) tempo.update(bpm);
    const mode = live.beat?.mode;
    allow(round, mode === PLAYING);
    allow(chord, mode === PLAYING);
    allow(go, mode === HOLDING);
    put(waits, { "aria-label": t("desk.wait.name", { mode: modeInWords(live.beat) }) });
    for (const button of sections.children) {
      const now = mode >= COUNTING && Number(button.dataset.key) === live.beat.section;
      put(button, { "aria-current": now ? "true" : null });
    }
  }
  loadStyles();
  return element;
}

function chooseSong(card) {
  return ask({ do: "choose_song", song: card?.name ?? null });
}

function waitButton(how, drawing) {
  return el("button", { type: "button", on: { click: () => ask({ do: "wait", how }) } }, icon(drawing), t(`desk.wait.${how}`));
}

/** Taps count when the finger comes down. */
export function atOnce(button, act) {
  button.addEventListener("pointerdown", (event) => event.button === 0 && act());
  button.addEventListener("click", (event) => event.detail === 0 && act());
}

function keyName(song) {
  return t(song.mode === "minor" ? "desk.song.minor" : "desk.song.major", { key: song.key });
}

export function followed(who) {
  if (has(`desk.follow.${who}`)) return t(`desk.follow.${who}`);
  const one = personAt(Number(who) - 1);
  return one ? personName(one) : t("desk.follow.place", { n: Number(who) });
}

function sureInWords(follow) {
  if (!follow.heard) return t("desk.follow.silent");
  const [, words] = SURE.find(([least]) => follow.confidence >= least);
  return t(follow.led ? words : "desk.follow.printed");
}

function followPage() {
  return {
    key: "follow", title: t("desk.follow.who"),
    build(body) {
      const list = el("div", { class: "stack", data: { scan: "" } });
      body.append(el("p", { text: t("desk.follow.what") }), list);
      return (room) => {
        const options = [
          ...["everybody", "slowest", "nobody"].map((value) => ({ value, label: t(`desk.follow.${value}`), say: t(`desk.follow.${value}.what`) })),
          ...room.people.filter((one) => one.seat !== null).map((one) => ({ value: String(one.seat + 1), label: personName(one), say: "" })),
        ];
        keyed(list, options, (option) => option.value,
          (option) => el("button", { type: "button", class: "way", on: { click: () => ask({ do: "follow", who: option.value }) } },
            el("span", { class: "two-lines" }, el("span"), el("span", { class: "soft small" }))),
          (row, option) => {
            put(row, { "aria-pressed": String(room.following.who === option.value) });
            put(row.firstElementChild.firstElementChild, { text: option.label });
            put(row.firstElementChild.lastElementChild, { text: option.say });
          });
      };
    },
  };
}

// --- styles ---
let styles = new Map();

async function loadStyles() {
  const list = await attempt(() => getJson("/api/styles"));
  styles = new Map((list ?? []).map((style) => [style.stem, style]));
}

const styleName = (stem) => (stem ? styles.get(stem)?.name ?? stem : t("desk.song.no_style"));

function stylePage() {
  return {
    key: "style", title: t("desk.song.style"),
    build(body) {
      const list = el("div", { class: "stack", data: { scan: "" } });
      body.append(el("p", { text: t("desk.song.style_what") }), list);
      return (room) => {
        if (room.song === null) return false;
        keyed(list, room.song.styles, (stem) => stem,
          (stem) => el("button", { type: "button", class: "way", on: { click: () => ask({ do: "arrange", style: stem }).then((done) => done && turnBack()) } },
            el("span", { class: "two-lines" }, el("span", { text: styleName(stem) }),
              el("span", { class: "soft small", text: styles.get(stem)?.say ?? "" }))),
          (row, stem) => put(row, { "aria-pressed": String(stem === room.song.style) }));
        return true;
      };
    },
  };
}
