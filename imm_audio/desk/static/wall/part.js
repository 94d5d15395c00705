/**
 * One part on a screen of its own, for a row of screens: /part?seat=3.
 *
 * What is shown follows from what a touch of the instrument means: those that play chords see the present chord and the coming
 * one with the beats until then, those that play the tune see its notes as colour, shape and letter, all others the beat.
 */
import { BeatTrack, COUNTING, ENDING, HOLDING, NO_SONG, PLAYING, STALE_S } from "../lib/beat.js";
import { connect } from "../lib/connection.js";
import { el, everyFrame, getJson, put } from "../lib/dom.js";
import { noteName, noteShape } from "../lib/shapes.js";
import { personName, signElement } from "../lib/signs.js";
import { loadTexts, shownLanguage, t } from "../lib/texts.js";
import { BeatSign } from "./beat_sign.js";
import { chordsAt, notesFrom } from "./coming.js";
import { chordText } from "./words.js";

const TUNE = ["next_note", "free"];
const BEAT = ["pads", "loop", "phrase", "round"];
const MOST_PLACES = 16;
/** The notes that are shown: the one to play now or first, and those after it. */
const NOTES = 4;
/** From here on beats until the next chord are shown as dots. */
const MOST_DOTS = 8;
/** Names of chords longer than this need smaller letters. */
const LONG_CHORD = 3;
const AGAIN_MS = 2000;

const $ = (id) => document.getElementById(id);
const seat = seatOf(new URLSearchParams(location.search).get("seat"));
const track = new BeatTrack();
const beat = new BeatSign();
let part = null;
let song = null;
let labels = {};
let asked = 0;
let shown = "";

await loadTexts();
document.title = t("wall.part.title");
let connection = null;
if (seat === null) say(t("wall.part.no_seat"));
else {
  connection = connect("/ws/wall", {
    room: show,
    live: (changed) => changed.beat && track.hear(changed.beat),
    away: () => put($("away"), { hidden: false, text: t("wall.away") }),
    hello: () => put($("away"), { hidden: true, text: "" }),
    bye({ say: sentence }) {
      put($("away"), { hidden: true, text: "" });
      part = null;
      document.body.dataset.state = "gone";
      say(`${t("wall.gone")} ${sentence || t("wall.gone_text")}`);
    },
  });
  everyFrame(draw);
}

/** Places are numbered from 1 on screens; null when that is none. */
function seatOf(text) {
  const number = Number(text);
  return text !== null && Number.isInteger(number) && number >= 1 && number <= MOST_PLACES ? number - 1 : null;
}

async function show(room) {
  const turn = ++asked;
  if (room.language !== shownLanguage()) await loadTexts(room.language);
  const person = room.people.find((one) => one.seat === seat);
  try {
    const found = await Promise.all([person ? getJson(`/api/part/${seat}`) : null, room.song ? getJson("/api/song") : null, getJson("/api/colours")]);
    if (turn !== asked) return;
    const maps = found[2];
    [part, song] = found;
    labels = (maps[room.colours] ?? Object.values(maps)[0]).labels;
  } catch {
    if (turn === asked) setTimeout(() => turn === asked && show(room), AGAIN_MS);
    return;
  }
  shown = "";
  document.title = person ? personName(person) : t("wall.part.title");
  document.body.dataset.state = "part";
  if (!person) {
    $("who").replaceChildren();
    say(t("wall.part.nobody"));
    return;
  }
  $("who").replaceChildren(signElement(person.sign), el("div", {},
    el("h1", { class: "name", text: personName(person) }), el("p", { class: "instrument", text: part.name })));
}

function say(sentence) {
  shown = sentence;
  $("main").replaceChildren(el("p", { class: "message", text: sentence }));
}

// --- once per picture ---
function draw() {
  if (part === null) return;
  const found = track.now(connection.serverNow(), song);
  const now = found && found.ageS < STALE_S ? found : null;
  const moving = now !== null && [NO_SONG, COUNTING, PLAYING, HOLDING, ENDING].includes(now.mode);
  beat.draw(moving ? now : null);
  const { key, make } = pictureOf(now, moving);
  if (key === shown) return;
  shown = key;
  $("main").replaceChildren(...make());
}

/** What there is to see now: `key` tells whether it is another picture than before. */
function pictureOf(now, moving) {
  const means = part.hands.map((hand) => hand.means);
  if (!moving) return { key: "ready", make: () => [el("p", { class: "message", text: t("wall.ready") })] };
  if (now.mode === COUNTING) {
    return { key: `count ${now.pulsesToGo}`, make: () => [el("div", { class: "count" }, el("p", { class: "figure", text: String(now.pulsesToGo) })), smallBeat()] };
  }
  if (now.mode === ENDING) return { key: "end", make: () => [el("p", { class: "message", text: t("wall.end") })] };
  if (song && means.some((one) => TUNE.includes(one)) && song.melody.length > 0) return tunePicture(now);
  if (song && !means.some((one) => BEAT.includes(one)) && song.chords.length > 0) return chordPicture(now);
  return { key: "beat", make: () => [el("div", { class: "drum" }, beat.element)] };
}

function smallBeat() {
  return el("div", { class: "small-beat" }, beat.element);
}

function chordPicture(now) {
  const { present, coming, beats } = chordsAt(song, now);
  const pulses = beats === null || now.mode === HOLDING ? null : Math.max(Math.ceil(beats / now.pulseBeats - 1e-6), 1);
  const chord = (name, kind) => el("p", { class: `${kind}${name.length > LONG_CHORD ? " long" : ""}`, dir: "ltr", text: chordText(name) || "–" });
  return {
    key: `${present} ${coming} ${pulses}`,
    make: () => [el("div", { class: "play" },
      el("div", {}, el("p", { class: "label", text: t("wall.part.now") }), chord(present, "chord-now")),
      el("div", {}, el("p", { class: "label", text: t("wall.part.next") }), chord(coming, "chord-next"),
        el("p", { class: "until", text: pulses === null ? "" : t("wall.part.beats", { n: pulses }) }),
        el("div", { class: "dots", "aria-hidden": "true" },
          ...Array.from({ length: pulses !== null && pulses <= MOST_DOTS ? pulses : 0 }, () => el("span"))))), smallBeat()],
  };
}

function tunePicture(now) {
  const notes = notesFrom(song, now, NOTES);
  const plays = notes.length > 0 && notes[0].beats <= 0;
  const wait = notes.length === 0 || plays || now.mode === HOLDING ? 0 : Math.ceil(notes[0].beats / now.pulseBeats - 1e-6);
  return {
    key: `${plays} ${wait} ${notes.map(({ key, beats }) => `${key}@${(now.place + beats).toFixed(2)}`).join(" ")}`,
    make: () => [notes.length === 0 ? el("p", { class: "message", text: t("wall.part.rest") })
      : el("ol", { class: "notes", role: "list" }, ...notes.map(({ key }, number) => noteItem(key, number === 0 ? (plays ? "now" : "first") : "later", number === 0 ? wait : 0))),
    smallBeat()],
  };
}

function noteItem(key, when, wait) {
  const label = labels[key] ?? labels[60];
  const words = when === "now" ? t("wall.part.now") : wait > 0 ? t("wall.part.beats", { n: wait }) : when === "first" ? t("wall.part.next") : "";
  return el("li", { class: "note", data: { when } }, noteShape(label), el("span", { class: "visually-hidden" }, noteName(label)),
    el("span", { class: "label", text: words }));
}
