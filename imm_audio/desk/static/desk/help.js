/** Keys, foot pedals and what the desk can do, in one sheet. */
import { el } from "../lib/dom.js";
import { t } from "../lib/texts.js";
import { ask, desk } from "./desk.js";
import { openSheet } from "./sheet.js";
import { SIX } from "./six.js";
import { speakStatus } from "./status.js";

const STORED = "imm-single-keys";
const stored = () => {
  try {
    return localStorage.getItem(STORED) === "1";
  } catch {
    return false; // this browser keeps nothing
  }
};
let single = stored();

/** Whether keys without Ctrl and Alt act: digits, letters and the pages of a foot pedal. */
export const singleKeys = () => single;

export function setSingleKeys(on) {
  single = on;
  try {
    localStorage.setItem(STORED, on ? "1" : "0");
  } catch {
    // It holds until the page is closed.
  }
}

/** What keys do: place of the key on the keyboard -> what. */
function keysOf(act) {
  return [
    ...SIX.map((name, index) => ({ code: `Digit${index + 1}`, key: String(index + 1), word: t(`desk.six.${name}`), run: act[name] })),
    { code: "Digit7", key: "7", word: t("desk.tempo.tap"), run: () => ask({ do: "tap" }) },
    { code: "Digit8", key: "8", word: t("desk.status.say"), run: speakStatus },
    { code: "Digit9", key: "9", word: t("desk.undo"), run: () => desk.room.undo && ask({ do: "undo" }) },
    { code: "Digit0", key: "0", word: t("desk.help"), run: openHelp },
  ];
}

/** Foot pedals for turning pages send these. */
const PEDAL = [["PageUp", "start"], ["PageDown", "next"]];
let keys = [];

const writes = (element) => element.closest?.("input:not([type='range'], [type='checkbox'], [type='radio']), textarea, select, [contenteditable]") ?? null;

export function startKeys(act) {
  keys = keysOf(act);
  addEventListener("keydown", (event) => {
    if (event.repeat || event.defaultPrevented || writes(event.target) || event.metaKey || event.shiftKey) return;
    const both = event.ctrlKey && event.altKey;
    const bare = !event.ctrlKey && !event.altKey && single;
    if (!both && !bare) return;
    const number = event.code.startsWith("Numpad") ? event.code.replace("Numpad", "Digit") : event.code;
    const pedal = bare && PEDAL.find(([key]) => key === event.key);
    const found = pedal ? act[pedal[1]] : keys.find((key) => key.code === number)?.run;
    if (!found) return;
    event.preventDefault();
    found();
  });
}

export function openHelp() {
  openSheet({
    key: "keys", title: t("desk.help"),
    build(body) {
      const row = (key, word) => el("tr", {}, el("th", { scope: "row" }, el("kbd", { text: key })), el("td", { text: word }));
      const ways = ["tap", "six", "undo", "quiet", "keys", "switch", "lost"];
      body.append(el("div", { class: "stack loose" },
        el("ul", { class: "ways" }, ways.map((way) => el("li", { text: t(`desk.help.way.${way}`) }))),
        el("section", { class: "stack", "aria-labelledby": "keys-title" },
          el("h3", { id: "keys-title", text: t("desk.keys.title") }),
          el("p", { text: t("desk.keys.how") }),
          el("table", { class: "keys" },
            el("thead", {}, el("tr", {}, el("th", { scope: "col", text: t("desk.keys.key") }), el("th", { scope: "col", text: t("desk.keys.does") }))),
            el("tbody", {}, keys.map(({ key, word }) => row(t("desk.keys.with", { key }), word)),
              row(t("desk.keys.escape"), t("desk.keys.back")))),
          el("h3", { text: t("desk.keys.pedal") }),
          el("p", { text: t("desk.keys.pedal_what") }))));
      return () => {};
    },
  });
}
