/**
 * What the room says of itself: the lamp that says what is kept, warnings that stay, notices that pass, undo, the sentence on
 * request.  All of it stands in rows of its own and never over a control.
 */
import { announce, el, keyed, put } from "../lib/dom.js";
import { personName } from "../lib/signs.js";
import { number, shownLanguage, t } from "../lib/texts.js";
import { allow } from "./controls.js";
import { ask, desk, instrumentOf, whenLive, whenRoom, whenTold } from "./desk.js";
import { icon } from "./drawings.js";
import { openSheet } from "./sheet.js";
import { modeInWords, pulsesPerMinute } from "./tabletop.js";

const MINUTES_PER_HOUR = 60;
const NOTICES_KEPT = 60;
/** A notice can be read for at least so long, and for so long a letter. */
const LINE_MS = 12_000;
const READ_MS = 90;

/** What is being kept, in words. */
export function keptInWords(take) {
  if (!take?.recording) return t("desk.lamp.nothing");
  return t(take.microphones ? "desk.lamp.voices" : "desk.lamp.played");
}

/** How long there is room for, in words; empty while there is plenty. */
export function leftInWords(minutes) {
  if (minutes === undefined || minutes === null) return "";
  return minutes >= 2 * MINUTES_PER_HOUR ? t("desk.lamp.hours_left", { n: Math.floor(minutes / MINUTES_PER_HOUR) })
    : t("desk.lamp.minutes_left", { n: Math.floor(minutes) });
}

export function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}

export function makeTop(header, { openTakes, openHelp }) {
  const lampWord = el("span");
  const lampMore = el("span", { class: "lamp-more" });
  const lamp = el("button", { type: "button", class: "lamp", on: { click: openTakes } },
    el("span", { class: "lamp-light", "aria-hidden": "true" }), el("span", { class: "two-lines" }, lampWord, lampMore));
  const speak = el("button", { type: "button", class: "bare", on: { click: speakStatus } }, icon("speak"),
    el("span", { class: "wide-word", text: t("desk.status.say") }));
  const help = el("button", { type: "button", class: "bare", on: { click: openHelp } }, icon("help"),
    el("span", { class: "wide-word", text: t("desk.help") }));
  put(speak, { "aria-label": t("desk.status.say"), title: t("desk.status.say") });
  put(help, { "aria-label": t("desk.help"), title: t("desk.help") });
  const undo = el("button", { type: "button", class: "bare undo", on: { click: () => ask({ do: "undo" }) } }, icon("undo"),
    el("span", { class: "two-lines wide-word" }, el("span", { text: t("desk.undo") }), el("span", { class: "soft small" })));
  const unlock = el("button", { type: "button", class: "locked", on: { click: () => ask({ do: "lock", on: false }) } }, icon("lock"),
    el("span", { class: "wide-word", text: t("desk.room.locked") }));
  put(unlock, { "aria-label": t("desk.room.unlock") });
  header.dataset.scan = "";
  header.append(el("h1", { class: "visually-hidden", text: t("desk.title") }), lamp, makeLine(), unlock, undo, speak, help);
  whenRoom((room) => {
    put(unlock, { hidden: !room.locked });
    allow(undo, room.undo !== "");
    put(undo, { "aria-label": room.undo ? t("desk.undo.what", { what: room.undo }) : t("desk.undo.nothing"), title: room.undo || null });
    put(undo.lastElementChild.lastElementChild, { text: room.undo });
  });

  const show = () => {
    const { take } = desk.live;
    const words = keptInWords(take);
    const more = take?.recording ? clock(take.seconds) : "";
    put(lampWord, { text: words });
    put(lampMore, { text: more });
    put(lamp, {
      class: `lamp ${take?.recording ? "on" : ""} ${take?.recording && take.microphones ? "voices" : ""}`,
      "aria-label": t("desk.lamp.name", { what: words }),
    });
  };
  whenLive((changed) => changed.take && show());
  whenRoom(show);
}

export function makeWarnings() {
  const list = el("ul", { role: "list", class: "warnings" });
  const region = el("section", { id: "warnings", "aria-label": t("desk.warnings"), data: { scan: "" } }, list);
  const more = el("button", { type: "button", class: "bare more", on: { click: () => open(!region.classList.contains("all")) } });
  region.append(more);
  let known = "";
  function open(all) {
    region.classList.toggle("all", all);
    show(desk.room);
  }
  function show(room) {
    const found = [...room.warnings].sort((a, b) => (b.level === "problem") - (a.level === "problem"));
    put(region, { hidden: found.length === 0 });
    keyed(list, found, (one) => one.id,
      () => el("li", {}, icon("warning"), el("span", {}, el("strong"), " ", el("span"))),
      (item, one) => {
        put(item, { class: one.level });
        const [text, , hint] = item.lastElementChild.childNodes;
        put(text, { text: one.text });
        put(hint, { text: one.do });
      });
    const all = region.classList.contains("all");
    put(more, {
      hidden: found.length < 2, "aria-expanded": String(all),
      text: all ? t("desk.warnings.fewer") : t("desk.warnings.more", { n: found.length - 1 }),
    });
    const now = found.map((one) => one.text).join(" ");
    if (now !== known && found.some((one) => !known.includes(one.text))) announce(now);
    known = now;
  }
  whenRoom(show);
  return region;
}

/** The newest notice; it leaves after a while, the list in the room's panel keeps it. */
function makeLine() {
  const line = el("p", { id: "line", role: "status" });
  let timer = 0;
  whenTold((notice) => {
    clearTimeout(timer);
    put(line, { text: notice.text, class: notice.level });
    timer = setTimeout(() => put(line, { text: "", class: "" }), Math.max(LINE_MS, notice.text.length * READ_MS));
  });
  return line;
}

/** Everything that was said, newest at the end, as long as the page is open. */
export function makeLog() {
  const list = el("div", { role: "log", class: "log", "aria-label": t("desk.log"), tabindex: "0" });
  const empty = el("p", { class: "soft", text: t("desk.log.empty") });
  whenTold((notice) => {
    const time = new Date().toLocaleTimeString(shownLanguage(), { hour: "2-digit", minute: "2-digit" });
    list.append(el("p", { class: notice.level }, el("time", { class: "soft", text: time }), " ", notice.text));
    while (list.children.length > NOTICES_KEPT) list.firstElementChild.remove();
    put(empty, { hidden: true });
    list.scrollTop = list.scrollHeight;
  });
  return el("div", {}, empty, list);
}

/** How the room is, in a few sentences that can be read out. */
export const statusInWords = () => sentences().join(" ");

function sentences() {
  const { room, live } = desk;
  const people = room.people.map((one) => {
    const instrument = instrumentOf(one);
    return instrument ? t("desk.status.plays", { name: personName(one), instrument: instrument.name })
      : t("desk.status.here", { name: personName(one) });
  });
  const bpm = pulsesPerMinute(live);
  const unplugged = room.people.filter((one) => room.seats.some((seat) => seat.seat === one.seat && !seat.plugged));
  const calls = room.people.filter((one) => room.calls.includes(one.seat));
  return [
    people.length > 0 ? `${t("desk.status.people", { n: people.length })} ${people.join(" ")}` : t("desk.people.nobody_short"),
    room.song ? t("desk.status.song", { title: room.song.title, mode: modeInWords(live.beat) }) : t("desk.song.none_sentence"),
    bpm && live.beat.mode > 0 ? t("desk.status.tempo", { bpm: number(Math.round(bpm)) }) : "",
    t("desk.status.kept", { what: keptInWords(live.take) }),
    calls.length > 0 ? t("desk.status.calls", { names: calls.map(personName).join(", ") }) : "",
    unplugged.length > 0 ? t("desk.status.unplugged", { names: unplugged.map(personName).join(", ") }) : "",
    room.locked ? t("desk.status.locked") : "",
    room.warnings.length > 0 ? room.warnings.map((one) => `${one.text} ${one.do}`).join(" ") : t("desk.status.no_warnings"),
  ].filter(Boolean);
}

/** Say it aloud by a screen reader, and show it. */
export function speakStatus() {
  const words = statusInWords();
  openSheet({
    key: "status", title: t("desk.status.title"),
    build(body) {
      const lines = el("div", { class: "stack lead" });
      body.append(lines, el("button", { type: "button", data: { scan: "" }, on: { click: () => announce(statusInWords()) } }, icon("speak"), t("desk.status.again")));
      return () => keyed(lines, sentences(), (sentence) => sentence, (sentence) => el("p", { text: sentence }));
    },
  });
  announce(words);
}

/** A strip that says that the connection is lost, in a row of its own. */
export function makeAway() {
  return el("p", { id: "away", role: "alert", hidden: true });
}
