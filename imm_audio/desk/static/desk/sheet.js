/**
 * The sheet: one dialog beside the table (on small screens over it) that never covers the six buttons.
 *
 *   openSheet({ key, title, build(body) { ...; return update; } })    `update(room)` is called now and whenever the room changed;
 *                                                                     it may return false: there is nothing left to show
 *   turnTo(page)        the same, as a further page with a way back
 *   closeSheet()        focus goes back to where it came from
 *
 * A page's `title` may be a function, because names change while a sheet is open; `sign()` gives the sign before it.
 */
import { el, put } from "../lib/dom.js";
import { t } from "../lib/texts.js";
import { whenRoom, desk } from "./desk.js";
import { icon } from "./drawings.js";

let sheet = null;
let title = null;
let sign = null;
let body = null;
let back = null;
let pages = [];
let cameFrom = null;

export function makeSheet() {
  title = el("h2", { id: "sheet-title", tabindex: "-1" });
  sign = el("span", { class: "sign", "aria-hidden": "true" });
  body = el("div", { class: "sheet-body" });
  back = el("button", { type: "button", class: "bare", on: { click: turnBack } }, icon("back"), t("common.back"));
  sheet = el("dialog", { id: "sheet", "aria-labelledby": "sheet-title" },
    el("div", { class: "sheet-head", data: { scan: "" } }, back, sign, title,
      el("button", { type: "button", class: "bare round", "aria-label": t("common.close"), on: { click: closeSheet } }, icon("close"))),
    body);
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || !sheet.open || document.querySelector("dialog:modal")) return;
    event.preventDefault();
    turnBack();
  });
  // A control that goes away with what it did leaves the focus nowhere: it comes back to the title.
  sheet.addEventListener("focusout", (event) => event.relatedTarget === null && requestAnimationFrame(() => {
    if (sheet.open && document.activeElement === document.body && !event.target.checkVisibility?.()) title.focus({ preventScroll: true });
  }));
  whenRoom(refresh);
  return sheet;
}

export function openSheet(page) {
  if (!sheet.open) cameFrom = document.activeElement;
  leave();
  pages = [page];
  show();
}

export function turnTo(page) {
  pages = [...pages, page];
  show();
}

/** One page back; from the first page: close. */
export function turnBack() {
  if (pages.length <= 1) return closeSheet();
  const left = pages.at(-1);
  left.leave?.();
  pages = pages.slice(0, -1);
  show(left.key);
  return undefined;
}

export function closeSheet() {
  if (!sheet.open) return;
  leave();
  pages = [];
  sheet.close();
  document.body.classList.remove("sheet-open");
  const place = cameFrom?.isConnected ? cameFrom : document.getElementById("main");
  place.focus({ preventScroll: true });
}

/** The key of the page that is open, or null. */
export const openPage = () => (sheet?.open ? pages.at(-1).key : null);

function leave() {
  for (const page of pages) page.leave?.();
}

function show(from = null) {
  const page = pages.at(-1);
  put(back, { hidden: pages.length < 2 });
  body.replaceChildren();
  page.update = page.build(body, page) ?? (() => {});
  if (!sheet.open) sheet.show();
  // What only is to be read has to be scrolled by keys, too.
  put(body, { tabindex: body.querySelector("button, input, a[href]") ? null : 0 });
  document.body.classList.add("sheet-open");
  refresh(desk.room);
  body.scrollTop = 0;
  (from === null ? null : body.querySelector(`[data-to="${from}"]`))?.focus() ?? title.focus();
}

function refresh(room) {
  const page = pages.at(-1);
  if (!page || room === null || !sheet.open) return;
  if (page.update(room) === false) return turnBack();
  put(sign, { text: page.sign?.() ?? "" });
  put(title, { text: typeof page.title === "function" ? page.title() : page.title });
  return undefined;
}
