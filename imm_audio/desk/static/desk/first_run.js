/**
 * The first time: hear a sound, play something, say who that is, play.  Five clicks; each step can be left out.
 *
 * It takes the place of the panels; the six buttons stay.
 */
import { el, keyed, put } from "../lib/dom.js";
import { SIGNS, personName, signElement, signName } from "../lib/signs.js";
import { t } from "../lib/texts.js";
import { ask, desk, levelShare, personAt, whenLive, whenRoom } from "./desk.js";
import { icon } from "./drawings.js";
import { openJoin, playHere } from "./room.js";
import { closeSheet } from "./sheet.js";

/** From this level on somebody certainly did something, below the other it is over [dBFS]. */
const MOVED_DB = -42;
const OVER_DB = -52;
const SIGNS_OFFERED = 12;

let step = "hear";
let found = null;      // {seat} or {microphone}: what moved first
let heard = false;
let fading = new Set();  // keys of sources that still sound from before
let element = null;
let show = () => {};

export function makeFirstRun() {
  element = el("section", { id: "first", class: "whole-page", "aria-labelledby": "first-title", hidden: true });
  document.getElementById("main").prepend(element);
  whenRoom((room) => {
    if (!room.first_run_done && step !== "done" && element.hidden) openFirstRun();
    if (!element.hidden) show();
  });
  whenLive((changed) => !element.hidden && (changed.levels || changed.mics) && look());
}

export function openFirstRun() {
  step = "hear";
  found = null;
  heard = false;
  element.hidden = false;
  document.body.classList.add("first");
  turn("hear");
}

async function close() {
  step = "done";
  element.hidden = true;
  document.body.classList.remove("first");
  document.getElementById("main").focus();
  await ask({ do: "set", first_run_done: true });
}

function turn(next) {
  step = next;
  element.replaceChildren();
  const skip = el("button", { type: "button", class: "bare skip", on: { click: close } }, t("desk.first.skip"));
  const title = el("h2", { id: "first-title", tabindex: "-1", class: "first-title", text: t(`desk.first.${next}.title`) });
  const steps = ["hear", "play", "who"];
  const where = el("p", { class: "soft", text: t("desk.first.step", { number: steps.indexOf(next) + 1, of: steps.length }) });
  const body = el("div", { class: "stack loose first-body", data: { scan: "" } });
  element.append(where, title, body, el("div", { data: { scan: "" } }, skip));
  show = { hear: hearStep, play: playStep, who: whoStep }[next](body);
  show();
  title.focus({ preventScroll: true });
}

function hearStep(body) {
  const sound = el("button", { type: "button", class: "primary huge", on: { click: () => {
    ask({ do: "hear" });
    heard = true;
    show();
  } } }, icon("play"), t("desk.first.hear"));
  const yes = el("button", { type: "button", class: "primary large", on: { click: () => turn("play") } }, t("desk.first.heard"));
  const no = el("ul", { class: "ways" }, ["volume", "cable", "again"].map((way) => el("li", { text: t(`desk.first.silent.${way}`) })));
  const device = el("p", { class: "soft" });
  const asked = el("div", { class: "stack", "aria-live": "polite" }, yes, el("details", {}, el("summary", { text: t("desk.first.silent") }), no, device));
  body.append(el("p", { class: "lead", text: t("desk.first.hear.what") }), el("div", {}, sound), asked);
  return () => {
    put(asked, { hidden: !heard });
    put(device, { text: t("desk.first.device", { device: desk.live.sound?.device || t("desk.room.no_device") }) });
  };
}

/** Everything that can move: seats and microphones. */
function sources(room) {
  return [
    ...room.seats.map((seat) => ({ key: `seat${seat.seat}`, seat: seat.seat, name: seat.name })),
    ...room.microphones.map((microphone) => ({ key: `mic${microphone.microphone}`, microphone: microphone.microphone, name: microphone.name })),
  ];
}

const levelOf = (source, live) => ("seat" in source ? live.levels?.[source.seat] : live.mics?.[source.microphone]) ?? -60;

function playStep(body) {
  fading = new Set(sources(desk.room).filter((one) => levelOf(one, desk.live) >= OVER_DB).map((one) => one.key));
  const list = el("ul", { role: "list", class: "lights" });
  const nothing = el("p", { text: t("desk.first.nothing") });
  const phones = el("button", { type: "button", on: { click: openJoin } }, icon("phone"), t("desk.join.open"));
  body.append(el("p", { class: "lead", text: t("desk.first.play.what") }), list, nothing, el("div", { class: "row" }, playHere(), phones));
  return () => {
    const all = sources(desk.room);
    put(nothing, { hidden: all.some((source) => "seat" in source) });
    keyed(list, all, (source) => source.key, (source) => el("li", { class: "light" }, el("span", { class: "light-lamp", "aria-hidden": "true" }),
      el("button", { type: "button", class: "bare", on: { click: () => moved(source) } }, source.name)),
    (item, source) => {
      const level = levelShare(levelOf(source, desk.live));
      item.firstElementChild.style.transform = `scale(${(0.6 + 0.7 * level).toFixed(2)})`;
      item.classList.toggle("moves", level > 0.2);
    });
  };
}

/** What was played with; the first that moves is it. */
function look() {
  if (step === "play") {
    show();
    const all = sources(desk.room);
    for (const one of all) if (levelOf(one, desk.live) < OVER_DB) fading.delete(one.key);
    const source = all.find((one) => levelOf(one, desk.live) > MOVED_DB && !fading.has(one.key));
    if (source) moved(source);
  }
}

function moved(source) {
  found = source;
  closeSheet();
  turn("who");
}

function whoStep(body) {
  const one = () => ("seat" in found ? personAt(found.seat) : desk.room.people.find((each) => each.microphone === found.microphone)) ?? null;
  const field = el("input", { type: "text", id: "first-name", maxlength: 24, autocomplete: "off" });
  const change = async (values) => {
    const now = one();
    if (now) await ask({ do: "change_person", person: now.id, ...values });
    else await ask({ do: "add_person", sign: values.sign ?? "", nickname: values.nickname ?? "", microphone: found.microphone });
  };
  const taken = new Set(desk.room.people.filter((each) => each !== one()).map((each) => each.sign));
  const offered = SIGNS.filter(({ sign }) => !taken.has(sign)).slice(0, SIGNS_OFFERED);
  const signs = offered.map(({ sign }) => el("button", { type: "button", class: "sign-choice", "aria-label": signName(sign), on: { click: () => change({ sign }) } }, signElement(sign)));
  const now = el("p", { class: "lead" });
  const finish = async () => {
    if (field.value.trim()) await change({ nickname: field.value.trim() });
    await close();
  };
  const another = async () => {
    if (field.value.trim()) await change({ nickname: field.value.trim() });
    found = null;
    turn("play");
  };
  body.append(now,
    el("div", { role: "group", "aria-labelledby": "first-signs" }, el("p", { id: "first-signs", class: "label", text: t("desk.about.sign") }), el("div", { class: "signs" }, signs)),
    el("div", { class: "field" }, el("label", { for: "first-name", text: t("desk.first.name") }), field),
    el("div", { class: "row" }, el("button", { type: "button", class: "primary large", on: { click: finish } }, icon("play"), t("desk.first.go")),
      el("button", { type: "button", class: "large", on: { click: another } }, t("desk.first.another"))));
  return () => {
    const who = one();
    put(now, { text: t("desk.first.who.what", { what: found.name, name: who ? personName(who) : "" }) });
    signs.forEach((button, index) => put(button, { "aria-pressed": String(who?.sign === offered[index].sign) }));
  };
}
