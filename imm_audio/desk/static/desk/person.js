/** One person's sheet: what is played, how loud, which help, who it is. */
import { el, keyed, put } from "../lib/dom.js";
import { SIGNS, personName, signElement, signName } from "../lib/signs.js";
import { has, number, t } from "../lib/texts.js";
import { choices, range, stepper, toggle, wayTo } from "./controls.js";
import { ask, desk, instrumentOf, person, seatOf } from "./desk.js";
import { icon, picture } from "./drawings.js";
import { helpPage } from "./person_help.js";
import { instrumentPage } from "./instruments.js";
import { closeSheet, openSheet, turnBack, turnTo } from "./sheet.js";

const AGE_BANDS = ["under 5", "5 to 8", "9 to 12", "13 to 17", "18 to 64", "65 to 79", "80 and over"];
const NO_MICROPHONE = -1;
const SECOND_VOICES = ["none", "low", "high", "third", "double"];

export const decibels = (value) => t("desk.decibels", { n: Math.round(value), value: number(value) });

export function openPerson(id) {
  openSheet(personPage(id));
}

/** A row of a list of people. */
export function personRow(one, choose) {
  return el("button", { type: "button", class: "way", on: { click: () => choose(one) } },
    signElement(one.sign), el("span", { class: "two-lines" }, el("span", {}), el("span", { class: "soft" })));
}

export function updatePersonRow(row, one) {
  const [name, plays] = row.lastElementChild.children;
  put(row.firstElementChild, { text: one.sign });
  put(name, { text: personName(one) });
  put(plays, { text: instrumentOf(one)?.name ?? "" });
}

/** A page to choose somebody; `except`: the person it is about. */
export function peoplePage({ key, title, text, choose, except = null }) {
  return {
    key, title,
    build(body) {
      const list = el("ul", { role: "list", class: "stack", data: { scan: "" } });
      const nobody = el("p", { class: "soft", text: t("desk.people.nobody_else") });
      body.append(el("p", { text }), nobody, list);
      return (room) => {
        const people = room.people.filter((one) => one.id !== except);
        put(nobody, { hidden: people.length > 0 });
        keyed(list, people, (one) => one.id, (one) => el("li", {}, personRow(one, choose)),
          (item, one) => updatePersonRow(item.firstElementChild, one));
      };
    },
  };
}

function personPage(id) {
  const name = () => personName(person(id));
  const change = (values) => ask({ do: "change_person", person: id, ...values });
  return {
    key: "person",
    title: name,
    sign: () => person(id).sign,
    build(body) {
      const who = name();
      const calls = el("p", { class: "calls" }, icon("hand"), el("span"));
      const came = el("button", { type: "button", on: { click: () => ask({ do: "came", seat: person(id).seat }) } }, t("desk.person.came"));
      const call = el("div", { class: "row", data: { scan: "" } }, calls, came);
      const muted = pressButton("muted", t("desk.person.mute"), () => change({ muted: !person(id).muted }));
      const lit = pressButton("spotlight", t("desk.person.spotlight"), () =>
        ask({ do: "spotlight", person: desk.room.spotlight === id ? null : id }));
      const phrase = pressButton("loop", t("desk.person.phrase"), () => ask({ do: "phrase", person: id }));
      const volume = stepper({
        who, label: t("desk.person.volume"), values: range(-24, 12, 1), words: decibels, less: t("desk.person.softer"),
        more: t("desk.person.louder"), change: (value) => change({ volume_db: value }),
      });
      const instrument = wayTo({ label: t("desk.person.instrument"), go: () => turnTo(instrumentPage(id)) });
      const help = wayTo({ label: t("desk.person.help"), before: icon("help"), go: () => turnTo(helpPage(id)) });
      const about = wayTo({ label: t("desk.person.about"), before: icon("pencil"), go: () => turnTo(aboutPage(id)) });
      const microphone = wayTo({ label: t("desk.person.microphone"), before: icon("microphone"), go: () => turnTo(microphonePage(id)) });
      const swap = wayTo({ label: t("desk.person.swap"), before: icon("swap"), go: () => turnTo(swapPage(id)) });
      const macros = el("div", { class: "stack" });
      const remove = el("button", { type: "button", class: "danger", on: { click: () => {
        closeSheet();
        ask({ do: "remove_person", person: id });
      } } }, icon("remove"), t("desk.person.remove"));
      body.append(
        el("div", { class: "stack" },
          call,
          el("div", { class: "three", data: { scan: "" } }, muted, lit, phrase),
          el("div", { data: { scan: "" } }, volume.element),
          el("div", { class: "stack", data: { scan: "" } }, instrument.element, help.element, about.element, microphone.element, swap.element),
          el("section", { class: "stack", "aria-label": t("desk.person.macros"), data: { scan: "" } }, macros),
          el("div", { class: "row end", data: { scan: "" } }, remove)));
      const knobs = new Map();
      return (room) => {
        const one = person(id);
        if (one === null) return false;
        const now = instrumentOf(one);
        const asks = room.calls.includes(one.seat);
        put(call, { hidden: !asks });
        put(calls.lastElementChild, { text: t("desk.person.calls", { name: name() }) });
        pressed(muted, one.muted, name(), t("desk.person.mute"));
        pressed(lit, room.spotlight === id, name(), t("desk.person.spotlight"));
        put(phrase, { "aria-label": `${name()}, ${t("desk.person.phrase")}` });
        volume.update(one.volume_db);
        if (instrument.element.dataset.shows !== (now?.stem ?? "")) {
          instrument.element.dataset.shows = now?.stem ?? "";
          instrument.element.querySelector(".picture, .icon.before")?.remove();
          const drawing = now ? picture(now) : icon("instrument");
          drawing.classList.add("before");
          instrument.element.prepend(drawing);
        }
        instrument.update(now?.name ?? t("desk.person.no_instrument"));
        help.update(t("desk.person.help_more"));
        about.update(t(one.age_band ? `desk.age.${one.age_band}` : "desk.person.about_more"));
        microphone.update(microphoneName(room, one) ?? t("desk.person.no_microphone"));
        put(microphone.element, { hidden: room.microphones.length === 0 });
        put(swap.element, { hidden: one.seat === null || room.people.length < 2 });
        put(instrument.element, { hidden: one.seat === null });
        put(help.element, { hidden: one.seat === null });
        put(phrase, { hidden: one.seat === null });
        showMacros(macros, knobs, one, now);
        put(remove, { "aria-label": t("desk.person.remove_name", { name: name() }) });
        return true;
      };
    },
  };
}

function pressButton(drawing, label, click) {
  return el("button", { type: "button", on: { click } }, icon(drawing), label);
}

function pressed(button, on, who, label) {
  put(button, { "aria-pressed": String(on), "aria-label": `${who}, ${label}` });
}

const macroSays = (label) => (has(`desk.macro.${label}.what`) ? t(`desk.macro.${label}.what`) : "");
const percent = (share) => t("desk.percent", { value: number(Math.round(share * 100)) });

/** Knobs with a word on them, as the instrument has them. */
function showMacros(parent, knobs, one, instrument) {
  const macros = instrument?.macros ?? [];
  keyed(parent, macros, (macro) => `${instrument.stem}-${macro.label}`, (macro) => {
    const knob = stepper({
      who: personName(one), label: macro.name, describe: macroSays(macro.label), values: range(0, 1, 0.1), words: percent,
      less: t("desk.less"), more: t("desk.more"),
      change: (share) => ask({ do: "macro", person: one.id, label: macro.label, share: Math.min(Math.max(share, 0), 1) }),
    });
    knobs.set(macro.label, knob);
    return el("div", {}, knob.element);
  }, (_, macro) => knobs.get(macro.label).update(seatOf(one)?.macros?.[macro.label] ?? macro.start));
}

function microphoneName(room, one) {
  return room.microphones.find((microphone) => microphone.microphone === one.microphone)?.name ?? null;
}

// --- who it is ---
function aboutPage(id) {
  const change = (values) => ask({ do: "change_person", person: id, ...values });
  return {
    key: "about",
    title: () => t("desk.about.title", { name: personName(person(id)) }),
    build(body) {
      const field = el("input", { type: "text", id: "nickname", maxlength: 24, autocomplete: "off", enterkeyhint: "done" });
      const keep = () => field.value.trim() !== person(id)?.nickname && change({ nickname: field.value.trim() });
      field.addEventListener("change", keep);
      field.addEventListener("keydown", (event) => event.key === "Enter" && keep());
      const signs = signChooser((sign) => change({ sign }));
      const age = choices({
        label: t("desk.about.age"), columns: "wrap", change: (age_band) => change({ age_band }),
        options: [...AGE_BANDS.map((band) => ({ value: band, label: t(`desk.age.${band}`) })),
          { value: "unknown", label: t("desk.age.unknown") }],
      });
      body.append(el("div", { class: "stack" },
        el("div", { class: "field" }, el("label", { for: "nickname", text: t("desk.about.name") }), field,
          el("p", { class: "soft small", text: t("desk.about.name_more") })),
        signs.element,
        el("div", { data: { scan: "" } }, age.element, el("p", { class: "soft small", text: t("desk.about.age_more") }))));
      put(field, { value: person(id).nickname });
      return () => {
        const one = person(id);
        if (one === null) return false;
        if (document.activeElement !== field) put(field, { value: one.nickname });
        signs.update(one.sign);
        age.update(one.age_band ?? "unknown");
        return true;
      };
    },
  };
}

/** All signs, to choose one. */
export function signChooser(choose) {
  const buttons = SIGNS.map(({ sign }) => el("button", { type: "button", class: "sign-choice", "aria-label": signName(sign),
    on: { click: () => choose(sign) } }, signElement(sign)));
  const element = el("div", { role: "group", "aria-labelledby": "signs-label", data: { scan: "" } },
    el("p", { class: "label", id: "signs-label", text: t("desk.about.sign") }), el("div", { class: "signs" }, buttons));
  return {
    element,
    update(now) {
      const taken = new Set(desk.room.people.map((one) => one.sign));
      buttons.forEach((button, index) => {
        const { sign } = SIGNS[index];
        const gone = taken.has(sign) && sign !== now;
        put(button, { "aria-pressed": String(sign === now), class: gone ? "sign-choice taken" : "sign-choice",
          "aria-label": gone ? t("desk.about.taken", { sign: signName(sign) }) : signName(sign) });
      });
    },
  };
}

function microphonePage(id) {
  const change = (values) => ask({ do: "change_person", person: id, ...values });
  return {
    key: "microphone",
    title: t("desk.microphone.title"),
    build(body) {
      const list = el("div", { class: "stack", data: { scan: "" } });
      const who = personName(person(id));
      const warm = toggle({ who, label: t("desk.voice.warm"), describe: t("desk.voice.warm_what"), change: (on) => change({ warm_voice: on }) });
      const second = choices({ who, label: t("desk.voice.second"), columns: "wrap", change: (value) => change({ second_voice: value }),
        options: SECOND_VOICES.map((value) => ({ value, label: t(`desk.voice.second.${value}`) })) });
      const voice = el("div", { class: "stack", data: { scan: "" } }, warm.element, second.element);
      body.append(el("div", { class: "stack loose" }, el("div", { class: "stack" }, el("p", { text: t("desk.microphone.what") }), list), voice));
      return (room) => {
        const one = person(id);
        if (one === null) return false;
        const options = [...room.microphones, { microphone: NO_MICROPHONE, name: t("desk.person.no_microphone") }];
        keyed(list, options, (option) => option.microphone,
          (option) => el("button", { type: "button", class: "way", on: { click: () =>
            change({ microphone: option.microphone }) } }, icon("microphone"), el("span", { class: "two-lines" }, el("span"))),
          (row, option) => {
            put(row.lastElementChild.firstElementChild, { text: option.name });
            put(row, { "aria-pressed": String((one.microphone ?? NO_MICROPHONE) === option.microphone) });
          });
        put(voice, { hidden: one.microphone === null });
        warm.update(one.warm_voice);
        second.update(one.second_voice);
        return true;
      };
    },
  };
}

function swapPage(id) {
  return peoplePage({
    key: "swap", title: t("desk.swap.title", { name: personName(person(id)) }), text: t("desk.swap.what"), except: id,
    choose: async (other) => {
      turnBack();
      await ask({ do: "swap", person: id, other: other.id });
    },
  });
}

// --- somebody without a controller ---
export function addSomebody() {
  openSheet({
    key: "add",
    title: t("desk.add.title"),
    build(body) {
      let sign = "";
      const field = el("input", { type: "text", id: "new-name", maxlength: 24, autocomplete: "off" });
      const signs = signChooser((chosen) => {
        sign = chosen;
        signs.update(sign);
      });
      const add = async () => {
        closeSheet();
        await ask({ do: "add_person", nickname: field.value.trim(), sign });
      };
      body.append(el("div", { class: "stack" },
        el("p", { text: t("desk.add.what") }),
        el("div", { class: "field" }, el("label", { for: "new-name", text: t("desk.about.name") }), field),
        signs.element,
        el("div", { class: "row end", data: { scan: "" } }, el("button", { type: "button", class: "primary", on: { click: add } }, t("desk.add.add")))));
      return () => signs.update(sign);
    },
  });
}

