/**
 * What all parts of the desk share: the connection, what is known, and how to ask for something.
 *
 *   desk.room, desk.live, desk.instruments (Map stem -> instrument), desk.now()      what is known
 *   ask({ do: "tap" })              asks; what the room has to say about it is shown in the line above the six buttons
 *   whenRoom(update), whenLive(update)     called at once and whenever the room, or live values, changed
 *   tell(text, level)               shows a sentence in that line
 *   person(id), personAt(seat), instrumentOf(person), seatOf(person)
 */
import { getJson } from "../lib/dom.js";
import { t } from "../lib/texts.js";

const roomUpdates = [];
const liveUpdates = [];
const noticeUpdates = [];

export const desk = {
  connection: null,
  room: null,
  live: {},
  instruments: new Map(),
  now: () => desk.connection?.serverNow() ?? performance.now() / 1000,
};

export function whenRoom(update) {
  roomUpdates.push(update);
  if (desk.room !== null) update(desk.room);
}

export function whenLive(update) {
  liveUpdates.push(update);
  update(desk.live, desk.live);
}

export function whenTold(update) {
  noticeUpdates.push(update);
}

/** The room is another one now: everything that shows it is told. */
export function takeRoom(whole) {
  // People of an earlier meeting who did not come back are remembered by the room, and no matter for the table.
  desk.room = { ...whole, people: whole.people.filter((one) => one.here) };
  for (const update of roomUpdates) update(desk.room);
}

export function takeLive(changed, all) {
  desk.live = all;
  for (const update of liveUpdates) update(changed, all);
}

export function tell(text, level = "info", at = null) {
  if (text) for (const update of noticeUpdates) update({ text, level, at });
}

/** Ask the room for something; true when it was done. */
export async function ask(command) {
  const answer = await desk.connection.do(command);
  tell(answer.say, answer.ok ? "info" : "warning");
  return answer.ok;
}

/** Run something that may fail with a sentence; that sentence is shown. */
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    tell(error instanceof TypeError ? t("common.away_now") : error.message, "warning");
    return null;
  }
}

export async function loadInstruments() {
  const list = await getJson("/api/instruments");
  desk.instruments = new Map(list.map((instrument) => [instrument.stem, instrument]));
}

export const person = (id) => desk.room.people.find((one) => one.id === id) ?? null;
export const personAt = (seat) => desk.room.people.find((one) => one.seat === seat) ?? null;
export const seatOf = (one) => desk.room.seats.find((seat) => seat.seat === one.seat) ?? null;

/** The instrument somebody plays, or null. */
export function instrumentOf(one) {
  return desk.instruments.get(seatOf(one)?.instrument ?? one.instrument) ?? null;
}

/** Decibels full scale -> 0 .. 1 of a meter: -60 is nothing, 0 is all. */
export const levelShare = (dbfs) => Math.min(Math.max((dbfs + 60) / 60, 0), 1);
