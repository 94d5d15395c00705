/** The room: who may come in, what is shown on the wall, language, colours, switches, and the end. */
import { askFirst, el, getJson, keyed, postJson, put } from "../lib/dom.js";
import { startScan, stopScan, scanning, scanSeconds } from "../lib/scan.js";
import { has, number, t } from "../lib/texts.js";
import { choices, range, stepper, toggle, wayTo } from "./controls.js";
import { ask, attempt, desk, whenLive, whenRoom } from "./desk.js";
import { icon } from "./drawings.js";
import { openFirstRun } from "./first_run.js";
import { setSingleKeys, singleKeys } from "./help.js";
import { openSheet } from "./sheet.js";
import { makeLog, speakStatus } from "./status.js";
import { makeTuning } from "./tuning.js";

const LANGUAGES = ["en", "de"];
const SPACES = ["none", "lounge", "hall", "cathedral", "bathroom"];
const SECONDS_PER_MINUTE = 60;

const set = (values) => ask({ do: "set", ...values });

export function makeRoom({ openHelp }) {
  const join = wayTo({ label: t("desk.join"), before: icon("phone"), go: openJoin });
  const others = wayTo({ label: t("desk.invite"), before: icon("room"), go: openInvite });
  const newcomers = toggle({ label: t("desk.room.newcomers"), describe: t("desk.room.newcomers_what"), change: (on) => set({ newcomers: on }) });
  const names = toggle({ label: t("desk.room.names"), describe: t("desk.room.names_what"), change: (on) => set({ show_names: on }) });
  const chords = toggle({ label: t("desk.room.chords"), change: (on) => set({ show_chords: on }) });
  const lock = toggle({ label: t("desk.room.lock"), describe: t("desk.room.lock_what"), change: (on) => ask({ do: "lock", on }) });
  const second = el("div", {});
  const language = choices({ label: t("desk.room.language"), change: (value) => set({ language: value }),
    options: LANGUAGES.map((value) => ({ value, label: t(`common.language.${value}`) })) });
  const colours = el("div", {});
  const tuning = makeTuning();
  const sound = el("p", { class: "soft" });
  const space = choices({ label: t("desk.space"), change: (value) => set({ space: value }),
    options: SPACES.map((value) => ({ value, label: t(`desk.space.${value}`) })) });
  const share = toggle({ label: t("desk.room.share"), describe: t("desk.room.share_what"), change: (on) => set({ share_microphones: on }) });
  const desks = el("p", { class: "hint" }, icon("info"), el("span", { text: t("desk.room.desks") }));
  const keys = toggle({ label: t("desk.keys.single"), describe: t("desk.keys.single_what"), change: (on) => {
    setSingleKeys(on);
    keys.update(on);
  } });
  const scan = toggle({ label: t("desk.scan"), describe: t("desk.scan_what"), change: (on) => (on ? startScan() : stopScan()) });
  const pace = stepper({ label: t("desk.scan.pace"), values: range(0.8, 5, 0.2), words: (value) => t("desk.amount.seconds", { value: number(value, 1) }),
    less: t("desk.scan.quicker"), more: t("desk.scan.slower"), change: (seconds) => scanning() ? startScan({ seconds }) : null });
  document.addEventListener("scanchange", showScan);
  function showScan() {
    scan.update(scanning());
    pace.update(scanSeconds());
    put(pace.element, { hidden: !scanning() });
  }
  const end = el("button", { type: "button", class: "danger", on: { click: endSession } }, t("desk.end"));
  const part = (title, ...children) => el("section", { class: "stack", "aria-label": title, data: { scan: "" } }, el("h3", { text: title }), children);
  const element = el("section", { id: "room", class: "panel", "aria-labelledby": "room-title" },
    el("div", { class: "stack loose" },
      el("h2", { id: "room-title", text: t("desk.room") }),
      desks,
      part(t("desk.room.come_in"), join.element, others.element, newcomers.element, names.element),
      part(t("desk.room.calm"), lock.element),
      part(t("desk.room.wall"), chords.element, second, colours),
      part(t("desk.room.hands"), keys.element, scan.element, pace.element,
        el("button", { type: "button", on: { click: openHelp } }, icon("help"), t("desk.help"))),
      part(t("desk.room.sound"), sound, space.element, share.element, ...tuning.elements,
        el("div", { class: "row" }, el("button", { type: "button", on: { click: () => ask({ do: "hear" }) } }, icon("play"), t("desk.first.hear")),
          el("button", { type: "button", on: { click: openFirstRun } }, t("desk.first.again")),
          el("button", { type: "button", on: { click: speakStatus } }, icon("speak"), t("desk.status.say")))),
      part(t("desk.room.words"), language.element),
      el("section", { class: "stack", "aria-label": t("desk.log") }, el("h3", { text: t("desk.log") }), makeLog()),
      part(t("desk.end.title"), el("p", { class: "soft small", text: t("desk.end.what") }), end)));

  let maps = null;
  const showColours = choicesLater(colours);
  const showSecond = choicesLater(second);
  element.addEventListener("seen", async () => {
    maps ??= await attempt(() => getJson("/api/colours"));
    await tuning.seen();
    show(desk.room);
  });

  function show(room) {
    join.update(desk.live.network?.open ? t("desk.join.is_open") : t("desk.join.is_closed"));
    others.update(t("desk.invite.what"));
    newcomers.update(room.newcomers);
    names.update(room.show_names);
    chords.update(room.show_chords);
    lock.update(room.locked);
    language.update(room.language);
    space.update(room.space);
    share.update(room.share_microphones);
    put(share.element, { hidden: room.microphones.length === 0 });
    tuning.update(room);
    keys.update(singleKeys());
    showScan();
    const languages = room.song?.languages ?? [];
    showSecond({
      options: languages.length > 1 ? ["", ...languages] : [], now: room.second_language, label: t("desk.room.second"),
      name: (code) => (code === "" ? t("desk.room.second_none") : languageName(code)), change: (code) => set({ second_language: code }),
    });
    const names_ = Object.keys(maps ?? {});
    showColours({
      options: names_, now: room.colours ?? names_[0], label: t("desk.room.colours"),
      name: (name) => (has(`desk.colours.${name}`) ? t(`desk.colours.${name}`) : name), say: (name) => maps[name].say,
      change: (name) => set({ colours: name }),
    });
  }
  whenRoom(show);
  whenLive((changed) => {
    if (changed.network && desk.room) show(desk.room);
    if (changed.sound) {
      const { device, delay_ms, load_percent, loudness, lufs } = changed.sound;
      const loud = loudness ? t("desk.room.loudness", { word: t(`desk.room.loudness.${loudness}`), lufs: number(lufs) }) : "";
      put(sound, { text: `${t("desk.room.sound_now", { device: device || t("desk.room.no_device"),
        delay: number(Math.round(delay_ms)), load: number(load_percent) })} ${loud}` });
    }
    if ("desks" in changed) put(desks, { hidden: changed.desks < 2 });
  });
  put(desks, { hidden: true });
  return element;
}

/** Choices that are not known from the start; built again when they are others. */
function choicesLater(parent) {
  let built = "";
  let shown = null;
  return ({ options, now, label, name, say = () => "", change }) => {
    const wanted = options.join("|");
    if (wanted !== built) {
      built = wanted;
      shown = options.length < 2 ? null : choices({ label, change, options: options.map((value) => ({ value, label: name(value), say: say(value) })) });
      parent.replaceChildren(...(shown ? [shown.element] : []));
    }
    shown?.update(now);
  };
}

function languageName(code) {
  try {
    return new Intl.DisplayNames([document.documentElement.lang], { type: "language" }).of(code);
  } catch {
    return code;
  }
}

async function endSession() {
  const sure = await askFirst({ title: t("desk.end.sure"), text: t("desk.end.sure_what"), yes: t("desk.end"), no: t("desk.end.stay") });
  if (sure) await ask({ do: "end_session" });
}

// --- letting others in ---
const touched = (page) => t("desk.join.touches", { n: page.screens, touches: number(page.touches), late: number(Math.round(page.late_ms)) });

/** A way to play on this very computer, in a window of its own: its keys, its mouse, its touch screen. */
export function playHere() {
  const link = el("a", { href: "/play", target: "_blank", rel: "noopener", class: "button" }, icon("play"), t("desk.join.this_computer"));
  link.hidden = true; // until its page may come in
  postJson("/api/join", {}).then(() => (link.hidden = false), () => {});
  return link;
}

export function openJoin() {
  openSheet({
    key: "join", title: t("desk.join.title"),
    build(body) {
      let tls = false;
      const safe = toggle({ label: t("desk.join.tls"), describe: t("desk.join.tls_what"), change: (on) => {
        tls = on;
        safe.update(on);
        if (desk.live.network?.open) open(true);
      } });
      const open = (on) => attempt(() => postJson("/api/network", { open: on, tls }));
      const closed = el("div", { class: "stack", data: { scan: "" } },
        el("p", { text: t("desk.join.what") }), el("p", { class: "soft", text: t("desk.join.safe") }),
        el("div", {}, el("button", { type: "button", class: "primary large", on: { click: () => open(true) } }, icon("phone"), t("desk.join.open"))));
      const qr = el("img", { class: "qr", width: 240, height: 240, alt: "" });
      const code = el("p", { class: "code" });
      const url = el("p", { class: "url" });
      const left = el("p", { class: "soft small" });
      const shut = el("button", { type: "button", class: "danger", on: { click: () => open(false) } }, t("desk.join.close"));
      const opened = el("div", { class: "stack", data: { scan: "" } },
        el("p", { text: t("desk.join.how") }), el("div", { class: "join-card" }, qr, el("div", { class: "stack" },
          el("p", { class: "soft", text: t("desk.join.address") }), url, el("p", { class: "soft", text: t("desk.join.code") }), code, left)),
        el("div", {}, shut));
      const newcomers = toggle({ label: t("desk.room.newcomers"), describe: t("desk.room.newcomers_what"), change: (on) => set({ newcomers: on }) });
      const pages = el("ul", { role: "list", class: "stack tight" });
      body.append(el("div", { class: "stack loose" }, closed, opened,
        el("div", { class: "stack", data: { scan: "" } }, newcomers.element, safe.element, el("div", {}, playHere())),
        el("section", { class: "stack", "aria-label": t("desk.join.here") }, el("h3", { text: t("desk.join.here") }), pages)));
      let shownCode = "";
      const show = () => {
        const network = desk.live.network ?? { open: false, urls: [], code: "", seconds_left: 0 };
        put(closed, { hidden: network.open });
        put(opened, { hidden: !network.open });
        newcomers.update(desk.room.newcomers);
        if (network.open) {
          tls = network.tls;
          const now = `${network.code} ${network.urls.join(" ")}`;
          if (now !== shownCode) qr.src = `/api/join-qr.svg?${encodeURIComponent(now)}`;
          shownCode = now;
          put(qr, { alt: t("desk.join.qr", { url: network.urls[0] ?? "" }) });
          put(url, { text: network.urls[0] ?? "" });
          put(code, { text: network.code });
          put(left, { text: t("desk.join.left", { n: Math.max(Math.ceil(network.seconds_left / SECONDS_PER_MINUTE), 1) }) });
        }
        safe.update(tls);
        const here = desk.live.pages ?? [];
        keyed(pages, here, (page) => page.seat, () => el("li", { class: "page-row" }, el("span", { class: "sign" }), el("span", { class: "two-lines" }, el("span"), el("span", { class: "soft small" }))),
          (item, page) => {
            const one = desk.room.people.find((candidate) => candidate.seat === page.seat);
            put(item.firstElementChild, { text: one?.sign ?? "" });
            const [who, what] = item.lastElementChild.children;
            put(who, { text: one?.nickname || t("desk.join.place", { n: page.seat + 1 }) });
            put(what, { text: page.away ? t("desk.badge.away") : touched(page) });
          });
        put(pages.parentElement, { hidden: here.length === 0 });
      };
      liveShow = show;
      return show;
    },
    leave() { liveShow = null; },
  });
}

let liveShow = null;
whenLive((changed) => (changed.network || changed.pages) && desk.room && liveShow?.());

function openInvite() {
  openSheet({
    key: "invite", title: t("desk.invite"),
    build(body) {
      const shown = el("div", { class: "stack", "aria-live": "polite" });
      const invite = async (role) => {
        const got = await attempt(() => postJson("/api/invite", { role }));
        if (got === null) return;
        const qr = el("img", { class: "qr", width: 240, height: 240, alt: t("desk.join.qr", { url: got.url }), src: `data:image/svg+xml,${encodeURIComponent(got.qr)}` });
        shown.replaceChildren(el("p", { text: t(`desk.invite.${role}.how`) }),
          el("div", { class: "join-card" }, qr, el("div", { class: "stack" },
            el("p", { class: "url", text: got.url }), el("p", { class: "soft small", text: t("desk.invite.left", { n: Math.ceil(got.seconds / SECONDS_PER_MINUTE) }) }),
            role === "wall" ? el("a", { class: "button", href: got.url, target: "_blank", rel: "noopener", text: t("desk.invite.here") }) : null)));
      };
      body.append(el("div", { class: "stack loose" },
        el("div", { class: "stack", data: { scan: "" } },
          el("button", { type: "button", class: "way", on: { click: () => invite("wall") } }, icon("room"),
            el("span", { class: "two-lines" }, el("span", { text: t("desk.invite.wall") }), el("span", { class: "soft small", text: t("desk.invite.wall_what") }))),
          el("button", { type: "button", class: "way", on: { click: () => invite("facilitator") } }, icon("people"),
            el("span", { class: "two-lines" }, el("span", { text: t("desk.invite.desk") }), el("span", { class: "soft small", text: t("desk.invite.desk_what") })))),
        shown));
      return () => {};
    },
  });
}
