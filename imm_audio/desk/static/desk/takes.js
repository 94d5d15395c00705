/** Takes: what is kept, with whose agreement; and what was kept, to listen, mark, cut, name and remove. */
import { el, getJson, keyed, put } from "../lib/dom.js";
import { shownLanguage, t } from "../lib/texts.js";
import { allow, choices, stepper, range, toggle } from "./controls.js";
import { ask, attempt, desk, whenLive, whenRoom } from "./desk.js";
import { icon } from "./drawings.js";
import { closeSheet, openSheet } from "./sheet.js";
import { clock, keptInWords, leftInWords } from "./status.js";

const MOST_PEOPLE = 60;

export function makeTakes() {
  const kept = el("p", { class: "kept" });
  const left = el("p", { class: "soft" });
  const record = el("button", { type: "button", class: "record large", on: { click: () => ask({ do: "record", on: !desk.live.take?.recording }) } },
    icon("record"), el("span"));
  const consent = el("button", { type: "button", on: { click: openConsent } }, icon("microphone"), el("span"));
  const agreed = el("p", { class: "soft" });
  const list = el("ul", { role: "list", class: "stack tight" });
  const empty = el("p", { class: "soft", text: t("desk.takes.empty") });
  const pictures = el("button", { type: "button", on: { click: openPictures } }, t("desk.takes.pictures"));
  const folder = el("p", { class: "soft small folder" });
  const element = el("section", { id: "takes", class: "panel", "aria-labelledby": "takes-title" },
    el("div", { class: "stack loose" },
      el("h2", { id: "takes-title", text: t("desk.takes") }),
      el("div", { class: "stack kept-card", data: { scan: "" } }, kept, left, el("div", { class: "row" }, record), agreed, el("div", { class: "row" }, consent)),
      el("div", { class: "stack", data: { scan: "" } }, el("h3", { text: t("desk.takes.list") }), empty, list),
      el("div", { class: "row", data: { scan: "" } }, pictures), folder));

  const showTake = () => {
    const { take } = desk.live;
    put(kept, { text: keptInWords(take), class: `kept ${take?.recording ? "on" : ""}` });
    put(left, { text: [take?.recording ? clock(take.seconds) : "", leftInWords(take?.minutes_left)].filter(Boolean).join(" · ") });
    put(record, { class: `record large ${take?.recording ? "on" : ""}` });
    put(record.lastElementChild, { text: t(take?.recording ? "desk.takes.stop" : "desk.takes.record") });
  };
  whenLive((changed) => changed.take && showTake());
  whenRoom((room) => {
    showTake();
    put(consent.lastElementChild, { text: t(room.consent.microphones ? "desk.consent.change" : "desk.consent.ask") });
    put(agreed, { text: room.wants_microphones && !room.consent.microphones ? t("desk.consent.wanted") : consentInWords(room.consent) });
    put(empty, { hidden: room.takes.length > 0 });
    put(folder, { text: t("desk.takes.folder", { folder: room.folder }) });
    keyed(list, room.takes, (take) => take.name, (take) => el("li", {}, el("button", { type: "button", class: "way", on: { click: () => openSheet(takePage(take.name)) } },
      icon("takes"), el("span", { class: "two-lines" }, el("span"), el("span", { class: "soft small" })), icon("forward"))),
    (item, take) => {
      const [name, more] = item.firstElementChild.children[1].children;
      put(name, { text: take.name });
      put(more, { text: [take.open ? t("desk.takes.now") : clock(take.seconds), timeOf(take.started), t(take.microphones ? "desk.takes.voices" : "desk.takes.played"),
        take.note].filter(Boolean).join(" · ") });
    });
  });
  return element;
}

function timeOf(iso) {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? "" : time.toLocaleTimeString(shownLanguage(), { hour: "2-digit", minute: "2-digit" });
}

function consentInWords(consent) {
  if (!consent.microphones) return t("desk.consent.none");
  return `${t("desk.consent.given", { n: consent.people, time: consent.said_at ? timeOf(consent.said_at) : "" })} ${consent.parents ? t("desk.consent.parents_too") : ""}`.trim();
}

// --- before microphones are kept ---
function openConsent() {
  openSheet({
    key: "consent", title: t("desk.consent.title"),
    build(body) {
      let people = Math.max(desk.room.consent.people || desk.room.people.length, 1);
      let all = false;
      let young = null;
      const count = stepper({ label: t("desk.consent.people"), values: range(1, MOST_PEOPLE), words: (n) => t("desk.consent.count", { n }),
        less: t("desk.consent.fewer"), more: t("desk.consent.more"), change: (n) => {
          people = n;
          show();
        } });
      const agree = toggle({ label: t("desk.consent.all"), change: (on) => {
        all = on;
        show();
      } });
      const parents = choices({ label: t("desk.consent.young"), columns: "two", change: (value) => {
        young = value;
        show();
      }, options: ["none", "yes", "no"].map((value) => ({ value, label: t(`desk.consent.young.${value}`) })) });
      const give = el("button", { type: "button", class: "primary large", on: { click: async () => {
        closeSheet();
        await ask({ do: "consent", microphones: true, people, parents: young === "yes" });
      } } }, t("desk.consent.give"));
      const why = el("p", { role: "status" });
      const withdraw = el("button", { type: "button", class: "danger", on: { click: async () => {
        closeSheet();
        await ask({ do: "consent", microphones: false });
      } } }, t("desk.consent.withdraw"));
      const given = el("div", { class: "stack", data: { scan: "" } }, el("p", { text: t("desk.consent.withdraw_what") }), el("div", {}, withdraw));
      body.append(el("div", { class: "stack loose" },
        el("ul", { class: "ways" }, ["voices", "stays", "say", "withdraw", "instead"].map((way) => el("li", { text: t(`desk.consent.way.${way}`) }))),
        given,
        el("div", { data: { scan: "" } }, count.element), el("div", { data: { scan: "" } }, agree.element), el("div", { data: { scan: "" } }, parents.element),
        el("div", { class: "stack", data: { scan: "" } }, why, el("div", {}, give))));
      const show = () => {
        count.update(people);
        agree.update(all);
        parents.update(young);
        const missing = !all ? t("desk.consent.missing.all") : young === null ? t("desk.consent.missing.young")
          : young === "no" ? t("desk.consent.missing.parents") : "";
        put(why, { text: missing });
        allow(give, missing === "");
        put(given, { hidden: !desk.room.consent.microphones });
      };
      return show;
    },
  });
}

// --- one take ---
function takePage(name) {
  const take = () => desk.room.takes.find((one) => one.name === name) ?? null;
  return {
    key: "take", title: name,
    build(body) {
      const facts = el("p", { class: "soft" });
      const picture = el("imm-waveform");
      picture.addEventListener("mark", ({ detail }) => ask({ do: "mark_take", take: name, seconds: detail.seconds }));
      picture.addEventListener("cut", async ({ detail }) => {
        if (await ask({ do: "cut_take", take: name, ...detail })) closeSheet();
      });
      const marks = el("ul", { role: "list", class: "stack tight" });
      const field = el("input", { type: "text", id: "take-name", maxlength: 80, autocomplete: "off" });
      field.value = name;
      const rename = el("button", { type: "button", on: { click: async () => {
        const wanted = field.value.trim();
        if (wanted === "" || wanted === name) return;
        closeSheet();
        await ask({ do: "rename_take", take: name, name: wanted });
      } } }, icon("pencil"), t("desk.take.rename"));
      const remove = el("button", { type: "button", class: "danger", on: { click: async () => {
        closeSheet();
        await ask({ do: "delete_take", take: name });
      } } }, icon("remove"), t("desk.take.remove"));
      const closed = el("div", { class: "stack loose" },
        el("section", { class: "stack", "aria-label": t("desk.take.marks"), data: { scan: "" } }, marks),
        el("div", { class: "field", data: { scan: "" } }, el("label", { for: "take-name", text: t("desk.take.name") }), el("div", { class: "row nowrap" }, field, rename)),
        el("div", { class: "row end", data: { scan: "" } }, remove));
      body.append(el("div", { class: "stack loose" }, facts, picture, closed));
      const ready = attempt(() => import("../pictures/waveform.js"));
      return () => {
        const one = take();
        if (one === null) return false;
        put(facts, { text: [clock(one.seconds), timeOf(one.started), t(one.microphones ? "desk.takes.voices" : "desk.takes.played"),
          one.consent ? t("desk.consent.given", { n: one.consent.people, time: timeOf(one.consent.said_at) }) : "", one.note].filter(Boolean).join(" · ") });
        put(closed, { hidden: one.open });
        ready.then(() => { picture.take = one; });
        keyed(marks, one.marks.map((value, index) => ({ ...value, index })), (value) => `${value.index} ${value.seconds} ${value.label}`, (value) => el("li", { class: "mark-row" },
          el("button", { type: "button", on: { click: () => {
            picture.sound.currentTime = value.seconds;
            picture.sound.play();
          } } }, icon("play"), t("desk.take.from", { time: clock(value.seconds), label: value.label })),
          el("button", { type: "button", class: "bare round", "aria-label": t("desk.take.unmark", { time: clock(value.seconds) }),
            on: { click: () => ask({ do: "unmark_take", take: name, mark: value.index }) } }, icon("remove"))));
        return true;
      };
    },
  };
}

// --- the session as a picture ---
function openPictures() {
  openSheet({
    key: "pictures", title: t("desk.takes.pictures"),
    build(body) {
      const timeline = el("imm-timeline");
      const tempo = el("imm-tempo-curve");
      const part = (title, picture) => el("section", { class: "stack", "aria-label": title, data: { scan: "" } }, el("h3", { text: title }), picture);
      body.append(el("div", { class: "stack loose" }, part(t("desk.pictures.who"), timeline), part(t("desk.pictures.tempo"), tempo)));
      attempt(async () => {
        const [diary] = await Promise.all([getJson("/api/diary"), import("../pictures/timeline.js"), import("../pictures/tempo_curve.js")]);
        timeline.people = desk.room.people;
        timeline.diary = diary;
        tempo.diary = diary;
      });
    },
  });
}
