/** The people around the table, with the song in the middle: who is here, who sounds, who needs somebody. */
import { el, everyFrame, keyed, put, reducedMotion } from "../lib/dom.js";
import { personName, signElement } from "../lib/signs.js";
import { t } from "../lib/texts.js";
import { desk, instrumentOf, levelShare, seatOf, whenLive, whenRoom } from "./desk.js";
import { icon } from "./drawings.js";
import { makeTabletop } from "./tabletop.js";

/** A meter falls so much of its length in a second. */
const FALL_PER_S = 1.4;
/** Below this size [px] cards in a ring would be too small to hit and to read: then they stand in rows. */
const SMALLEST_CARD = { width: 116, height: 118 };
const EDGE_PX = 12;
const FOUR_SIDES = 4;
/** The table in the middle is at least so large [px]. */
const TABLE = { width: 230, height: 116 };
/** What name, instrument and meter need of a card, and how large a sign is [px]. */
const WORDS_PX = 84;
const SMALLEST_FACE_PX = 44;
const LARGEST_FACE_PX = 104;
const LARGEST_CARD = { width: 208, height: 196 };

const meters = new Map();

export function makePeople({ openPerson, openInstruments, addSomebody, openJoin }) {
  const list = el("ul", { role: "list", class: "persons" });
  const nobody = el("div", { class: "nobody" },
    el("p", { text: t("desk.people.nobody") }),
    el("button", { type: "button", class: "primary", on: { click: openJoin } }, icon("phone"), t("desk.join.open")));
  const actions = el("div", { class: "row people-actions" },
    el("button", { type: "button", on: { click: openInstruments } }, icon("instrument"), t("desk.people.instruments")),
    el("button", { type: "button", on: { click: addSomebody } }, icon("plus"), t("desk.people.add")));
  const around = el("div", { class: "around" }, makeTabletop(), list);
  const element = el("section", { id: "people", class: "panel", "aria-labelledby": "people-title", data: { scan: "" } },
    el("h2", { id: "people-title", class: "visually-hidden", text: t("desk.people") }),
    around, nobody, actions);

  whenRoom((room) => {
    keyed(list, room.people, (one) => one.id, (one) => makeCard(one, openPerson), updateCard);
    put(nobody, { hidden: room.people.length > 0 });
    put(list, { hidden: room.people.length === 0 });
    place();
  });
  whenLive((changed) => {
    if (changed.pages && desk.room) desk.room.people.forEach((one, index) => updateCard(list.children[index], one));
  });

  function place() {
    // What the panel leaves, not what the table takes: that depends on the answer.
    const width = element.clientWidth - 2 * EDGE_PX;
    const height = element.clientHeight - 3 * EDGE_PX - actions.offsetHeight;
    const count = list.children.length;
    const ring = count === 0 ? null : ringOf(count, width, height);
    around.classList.toggle("in-rows", ring === null);
    around.classList.toggle("in-ring", ring !== null);
    around.style.setProperty("--cards", String(count));
    if (ring === null) return;
    around.classList.toggle("aside", ring.aside);
    around.style.setProperty("--card-width", `${ring.width}px`);
    around.style.setProperty("--card-height", `${ring.height}px`);
    around.style.setProperty("--face", `${Math.min(Math.max(ring.height - WORDS_PX, SMALLEST_FACE_PX), LARGEST_FACE_PX)}px`);
    [...list.children].forEach((card, index) => {
      card.style.setProperty("--x", `${ring.places[index].x * 100}%`);
      card.style.setProperty("--y", `${ring.places[index].y * 100}%`);
    });
  }

  new ResizeObserver(place).observe(element);
  everyFrame(drawMeters);
  return element;
}

/** Clockwise places [share of width and height] around a table, as large as they can be; null: too small for a ring. */
export function ringOf(count, width, height) {
  let best = null;
  for (let side = 0; side <= Math.ceil(count / 2); side += 1) {
    const [right, left] = [Math.min(side, count), Math.min(side, Math.max(count - side, 0))];
    const rest = count - right - left;
    const [top, bottom] = [Math.ceil(rest / 2), Math.floor(rest / 2)];
    const rows = Math.max(side + 2, 3);
    const columns = Math.max(top, bottom, 3);
    const card = {
      width: Math.min(width / columns, LARGEST_CARD.width, side > 0 ? (width - TABLE.width) / 2 : Infinity),
      height: Math.min(height / rows, LARGEST_CARD.height, (height - TABLE.height) / 2),
    };
    const fits = card.width >= SMALLEST_CARD.width && card.height >= SMALLEST_CARD.height;
    const size = Math.min(card.width / LARGEST_CARD.width, card.height / LARGEST_CARD.height);
    // Of equal sizes the one with people on all sides.
    if (fits && (best === null || size > best.size || (size === best.size && count >= FOUR_SIDES))) best = { ...card, size, parts: [top, right, bottom, left] };
  }
  if (best === null) return null;
  const [top, right, bottom, left] = best.parts;
  const [edgeX, edgeY] = [best.width / 2 / width, best.height / 2 / height];
  const spread = (index, of, low, high) => low + ((index + 0.5) / of) * (high - low);
  const [topY, bottomY] = [edgeY * 2, 1 - edgeY * 2];
  return {
    ...best,
    aside: right > 0,
    places: [
      ...Array.from({ length: top }, (_, i) => ({ x: spread(i, top, 0, 1), y: edgeY })),
      ...Array.from({ length: right }, (_, i) => ({ x: 1 - edgeX, y: spread(i, right, topY, bottomY) })),
      ...Array.from({ length: bottom }, (_, i) => ({ x: spread(bottom - 1 - i, bottom, 0, 1), y: 1 - edgeY })),
      ...Array.from({ length: left }, (_, i) => ({ x: edgeX, y: spread(left - 1 - i, left, topY, bottomY) })),
    ],
  };
}

function makeCard(one, openPerson) {
  const bar = el("span", { class: "meter-bar" });
  const halo = el("span", { class: "halo" });
  const button = el("button", { type: "button", class: "person bare", data: { person: one.id }, on: { click: () => openPerson(one.id) } },
    el("span", { class: "face" }, halo, signElement(one.sign), el("span", { class: "badges" })),
    el("span", { class: "person-name" }),
    el("span", { class: "person-plays soft" }),
    el("span", { class: "meter", "aria-hidden": "true" }, bar));
  const card = el("li", { class: "place" }, button);
  meters.set(one.id, { bar, halo, shown: -1, level: 0, card });
  return card;
}

/** What is special about somebody now: [icon, word], the most urgent first. */
function badgesOf(one) {
  const room = desk.room;
  const seat = seatOf(one);
  const page = desk.live.pages?.find((candidate) => candidate.seat === one.seat);
  return [
    room.calls.includes(one.seat) && ["hand", t("desk.badge.calls"), "calls"],
    seat && !seat.page && !seat.plugged && ["plug", t("desk.badge.unplugged"), "lost"],
    (seat?.page ? page?.away ?? !seat.plugged : !seat && one.controller !== "") && ["asleep", t("desk.badge.away"), "lost"],
    room.spotlight === one.id && ["spotlight", t("desk.badge.spotlight"), "lit"],
    one.muted && ["muted", t("desk.badge.muted"), "muted"],
  ].filter(Boolean);
}

function updateCard(card, one) {
  const button = card.firstElementChild;
  const [face, name, plays] = button.children;
  const [, sign, badges] = face.children;
  const found = badgesOf(one);
  const instrument = instrumentOf(one)?.name ?? (one.microphone === null ? "" : t("desk.people.sings"));
  put(sign, { text: one.sign });
  put(name, { text: personName(one) });
  put(plays, { text: instrument });
  put(button, {
    class: ["person", "bare", ...found.map(([, , kind]) => `is-${kind}`)].join(" "),
    "aria-label": [personName(one), instrument, ...found.map(([, word]) => word)].filter(Boolean).join(", "),
  });
  keyed(badges, found, ([, word]) => word, ([drawing, word]) => el("span", { class: "badge" }, icon(drawing), word));
}

let before = 0;

function drawMeters(now) {
  const fall = (FALL_PER_S * Math.min(now - before, 100)) / 1000;
  before = now;
  const still = reducedMotion();
  for (const one of desk.room?.people ?? []) {
    const meter = meters.get(one.id);
    if (meter === undefined) continue;
    const heard = Math.max(
      one.seat === null ? 0 : levelShare(desk.live.levels?.[one.seat] ?? -60),
      one.microphone === null ? 0 : levelShare(desk.live.mics?.[one.microphone] ?? -60));
    meter.level = Math.max(heard, meter.level - fall);
    if (Math.abs(meter.level - meter.shown) < 0.004) continue;
    meter.shown = meter.level;
    meter.bar.style.transform = `scaleX(${meter.level.toFixed(3)})`;
    meter.halo.style.transform = `scale(${still || meter.level < 0.02 ? 0.9 : (1 + 0.3 * meter.level).toFixed(3)})`;
  }
}
