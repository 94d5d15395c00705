/**
 * The wall: the song book of the room, for a projector.  It only listens.
 *
 *   words.js      the words, as large as they fit     beat_sign.js  the beat
 *   people.js     who plays now                       stage.js      what is going on: counting, waiting, chords ...
 *   welcome.js    the picture before the first song   coming.js     what comes next
 */
import { BeatTrack, COUNTING, ENDING, HOLDING, PLAYING, STALE_S, lastBegun } from "../lib/beat.js";
import { connect } from "../lib/connection.js";
import { el, everyFrame, getJson, put } from "../lib/dom.js";
import { loadTexts, shownLanguage, t } from "../lib/texts.js";
import { sectionName } from "./coming.js";
import { People } from "./people.js";
import { Stage } from "./stage.js";
import { makeWelcome } from "./welcome.js";
import { Words } from "./words.js";

const AGAIN_MS = 2000;
/** What is drawn now is seen with the next picture [s]. */
const PICTURE_S = 1 / 60;
const $ = (id) => document.getElementById(id);

const track = new BeatTrack();
const words = new Words($("words"));
const stage = new Stage($("now"));
const people = new People($("people"));
let song = null;
let songKey = "";
let section = -1;

await loadTexts();
showState("connecting");
const connection = connect("/ws/wall", {
  room: showRoom,
  live(changed) {
    if (changed.beat) track.hear(changed.beat);
    if (changed.sounding) people.sound(changed.sounding);
    if (changed.take) showLamp(changed.take);
  },
  away: () => put($("away"), { hidden: false, text: t("wall.away") }),
  hello({ changed }) {
    put($("away"), { hidden: true, text: "" });
    if (changed) songKey = ""; // another session counts its songs anew
  },
  bye({ say }) {
    put($("away"), { hidden: true, text: "" });
    $("gone").replaceChildren(el("h1", { text: t("wall.gone") }), el("p", { text: say || t("wall.gone_text") }));
    showState("gone");
  },
});
everyFrame(draw);
keepAwake();

// --- the room ---
async function showRoom(room) {
  if (room.language !== shownLanguage()) {
    await loadTexts(room.language);
    if (connection.room !== room) return; // another one came meanwhile
    songKey = "";
    if (connection.live.take) showLamp(connection.live.take);
  }
  people.show(room.people);
  showJoin(room.join);
  document.body.classList.toggle("spotlight", room.people.some((person) => person.spotlight));
  const key = room.song && [room.song.name, room.song.version, room.second_language, room.show_chords].join(" ");
  if (key === songKey) return;
  songKey = key;
  if (room.song === null) showSong(null, room);
  else await getSong(key, room);
}

async function getSong(key, room) {
  try {
    const found = await getJson("/api/song");
    if (key === songKey) showSong(found, room);
  } catch {
    setTimeout(() => key === songKey && getSong(key, room), AGAIN_MS);
  }
}

function showSong(found, room) {
  song = found;
  section = -1;
  put($("title"), { text: song?.title ?? "" });
  put($("section"), { text: "" });
  document.title = song ? song.title : t("wall.title");
  showState(song ? "song" : "welcome");
  if (song === null) $("welcome").replaceChildren(...makeWelcome());
  stage.show(song, { chords: room.show_chords });
  put($("words"), { hidden: !song || song.lines.length === 0 });
  words.show(song, { chords: room.show_chords });
}

function showState(state) {
  document.body.dataset.state = state;
  put($("title"), { hidden: state !== "song" });
  for (const id of ["welcome", "gone"]) put($(id), { hidden: id !== state });
  if (state === "connecting" || state === "gone") for (const id of ["words", "now"]) put($(id), { hidden: true });
}

function showLamp({ recording, microphones }) {
  const kind = !recording ? "off" : microphones ? "sound" : "played";
  put($("lamp"), { "data-kind": kind, text: t(`wall.lamp.${kind}`) });
}

function showJoin(join) {
  const open = Boolean(join?.open);
  put($("join"), { hidden: !open });
  document.body.classList.toggle("open", open);
  if (!open || $("join").dataset.code === join.code) return;
  $("join").dataset.code = join.code;
  const { protocol, host } = new URL(join.url);
  const address = protocol === "https:" ? `https://${host}` : host;
  $("join").replaceChildren(
    el("img", { class: "qr", src: `/api/join-qr.svg?code=${encodeURIComponent(join.code)}`, alt: t("wall.qr") }),
    el("div", { class: "how" },
      el("p", { class: "join-title", text: t("wall.join") }),
      el("p", { class: "address", dir: "ltr", text: address }),
      el("p", { class: "code" }, t("wall.code"), " ", el("strong", { dir: "ltr", text: join.code }))));
}

// --- once per picture ---
function draw() {
  if (document.body.dataset.state === "connecting" || document.body.dataset.state === "gone") return;
  const found = track.now(connection.serverNow() + PICTURE_S, song);
  const now = found && found.ageS < STALE_S ? found : null;
  const moving = now !== null && [COUNTING, PLAYING, HOLDING, ENDING].includes(now.mode);
  put($("now"), { hidden: !song && !moving });
  stage.draw(now, moving);
  if (song === null || now === null) return;
  words.follow(now, moving);
  const here = moving ? Math.max(lastBegun(song.sections, now.place, ({ start }) => start), 0) : 0;
  if (here === section) return;
  section = here;
  put($("section"), { text: song.sections.length > 1 ? sectionName(song.sections[here]) : "" });
}

/** The projector's computer stays awake while the wall is seen, where the browser can do that. */
function keepAwake() {
  const ask = () => document.visibilityState === "visible" && navigator.wakeLock?.request("screen").catch(() => {});
  document.addEventListener("visibilitychange", ask);
  ask();
}
