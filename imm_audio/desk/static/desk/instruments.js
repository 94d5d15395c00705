/** Instruments as pictures, by family: to give one to a person by tapping, or by dragging it onto a sign at the table. */
import { el, put } from "../lib/dom.js";
import { personName } from "../lib/signs.js";
import { has, t } from "../lib/texts.js";
import { ask, desk, person } from "./desk.js";
import { picture } from "./drawings.js";
import { peoplePage } from "./person.js";
import { openSheet, turnBack, turnTo } from "./sheet.js";

const FAMILIES = ["keys", "strings", "bells", "drums", "voices", "wind", "bass"];
/** A press that moves less than this is a tap [px]. */
const DRAG_PX = 10;

export const familyName = (family) => (has(`desk.family.${family}`) ? t(`desk.family.${family}`) : family);

/** Families with their instruments, those we know first. */
function families() {
  const found = new Map();
  for (const one of desk.instruments.values()) found.set(one.family, [...(found.get(one.family) ?? []), one]);
  return [...found].sort(([a], [b]) => (FAMILIES.indexOf(a) + 1 || 99) - (FAMILIES.indexOf(b) + 1 || 99));
}

/** All instruments; `choose(instrument)` for a tap.  Tiles can be dragged onto people. */
function tray(choose) {
  const tiles = new Map();
  const element = el("div", { class: "tray" }, families().map(([family, instruments]) => {
    const id = `family-${family.replaceAll(/\W/g, "-")}`;
    return el("section", { "aria-labelledby": id, data: { scan: "" } }, el("h3", { id, text: familyName(family) }),
      el("ul", { role: "list", class: "tiles" }, instruments.map((one) => {
        const tile = el("button", { type: "button", class: "tile", data: { stem: one.stem }, on: { click: () => choose(one) } },
          picture(one), el("span", { class: "two-lines" }, el("span", { text: one.name }), el("span", { class: "soft small", text: one.say })));
        draggable(tile, one);
        tiles.set(one.stem, tile);
        return el("li", {}, tile);
      })));
  }));
  return { element, update: (stem) => tiles.forEach((tile, one) => put(tile, { "aria-pressed": stem === undefined ? null : String(one === stem) })) };
}

/** The instruments of one person. */
export function instrumentPage(id) {
  return {
    key: "instrument",
    title: () => t("desk.instrument.title", { name: personName(person(id)) }),
    build(body) {
      const usual = el("button", { type: "button", class: "way", on: { click: () => ask({ do: "give", person: id, instrument: null }) } },
        el("span", { class: "two-lines" }, el("span", { text: t("desk.instrument.usual") }),
          el("span", { class: "soft small", text: t("desk.instrument.usual_more") })));
      const all = tray((instrument) => ask({ do: "give", person: id, instrument: instrument.stem }));
      body.append(el("div", { class: "stack" }, all.element, el("div", { data: { scan: "" } }, usual)));
      return () => {
        const one = person(id);
        if (one === null) return false;
        all.update(one.instrument ?? "");
        put(usual, { "aria-pressed": String(one.instrument === null) });
        return true;
      };
    },
  };
}

/** All instruments, to be given out. */
export function openInstruments() {
  openSheet({
    key: "instruments",
    title: t("desk.instruments.title"),
    build(body) {
      const all = tray((instrument) => turnTo(peoplePage({
        key: "who-plays", title: t("desk.instruments.who", { instrument: instrument.name }), text: instrument.say,
        choose: async (one) => {
          turnBack();
          await ask({ do: "give", person: one.id, instrument: instrument.stem });
        },
      })));
      body.append(el("p", { text: t("desk.instruments.how") }), all.element);
      return () => {};
    },
  });
}

/** Let a mouse or pen drag a tile onto somebody at the table; fingers scroll the list, and tap. */
function draggable(tile, instrument) {
  tile.addEventListener("pointerdown", (start) => {
    if (start.pointerType === "touch" || start.button !== 0) return;
    let ghost = null;
    let over = null;
    const move = (event) => {
      if (ghost === null && Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) < DRAG_PX) return;
      if (ghost === null) {
        ghost = el("div", { class: "dragged", "aria-hidden": "true" }, picture(instrument), instrument.name);
        document.body.append(ghost);
        document.body.classList.add("dragging");
      }
      ghost.style.transform = `translate(${event.clientX}px, ${event.clientY}px)`;
      const found = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-person]") ?? null;
      over?.classList.remove("drop-here");
      over = found;
      over?.classList.add("drop-here");
    };
    const end = (event) => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
      document.body.classList.remove("dragging");
      over?.classList.remove("drop-here");
      if (ghost === null) return;
      ghost.remove();
      // The click that ends a drag is no tap.
      const swallow = (click) => click.stopImmediatePropagation();
      tile.addEventListener("click", swallow, true);
      setTimeout(() => tile.removeEventListener("click", swallow, true));
      if (event.type === "pointerup" && over) ask({ do: "give", person: over.dataset.person, instrument: instrument.stem });
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
  });
}
