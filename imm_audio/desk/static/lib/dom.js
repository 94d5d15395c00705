/**
 * Small helpers for pages without a framework.
 *
 *   el("button", { class: "big", "aria-pressed": "true", on: { click } }, "Start", icon)   // make an element
 *   keyed(list, items, (item) => item.id, make, update)   // bring a list up to date; elements (and focus) stay where they can
 *   put(element, { text, class, hidden, "aria-label": ... })   // change only what differs: no work, no flicker, no lost focus
 *   everyFrame((now) => {})                                 // once per picture while the page is seen; returns a stop function
 *   announce("Rosa plays the kalimba")                      // said by screen readers, seen by nobody
 *   askFirst({ title, text, yes, no })                      // a modal question; resolves to true or false
 */
const SVG = "http://www.w3.org/2000/svg";

/** Make an element; `on` holds listeners, `data` data attributes; null, undefined and false leave an attribute out. */
export function el(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children);
}

/** The same for drawings. */
export function svg(tag, properties = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

function fill(element, { on = {}, data = {}, ...properties }, children) {
  for (const [name, listener] of Object.entries(on)) element.addEventListener(name, listener);
  for (const [name, value] of Object.entries(data)) element.dataset[name] = value;
  put(element, properties);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Change attributes (and `text`, `hidden`, `value`, `checked`, `disabled`) of an element where they differ. */
export function put(element, properties) {
  for (const [name, value] of Object.entries(properties)) {
    if (name === "text") {
      if (element.textContent !== value) element.textContent = value;
    } else if (name === "value" || name === "checked" || name === "hidden" || name === "disabled") {
      if (element[name] !== value) element[name] = value;
    } else if (value === null || value === undefined || value === false) {
      if (element.hasAttribute(name)) element.removeAttribute(name);
    } else if (element.getAttribute(name) !== String(value)) {
      element.setAttribute(name, String(value));
    }
  }
  return element;
}

/** Bring a list's elements up to date.  `make(item)` gives a new element, `update(element, item, index)` changes one. */
export function keyed(parent, items, keyOf, make, update = () => {}) {
  const old = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let before = parent.firstElementChild;
  items.forEach((item, index) => {
    const key = String(keyOf(item));
    let child = old.get(key);
    old.delete(key);
    if (child === undefined) {
      child = make(item, index);
      child.dataset.key = key;
    }
    update(child, item, index);
    if (child === before) before = before.nextElementSibling;
    else parent.insertBefore(child, before);
  });
  for (const child of old.values()) child.remove();
}

/** Call once per picture while the page is seen; returns a function that ends it. */
export function everyFrame(draw) {
  let wish = requestAnimationFrame(function next(now) {
    wish = requestAnimationFrame(next);
    draw(now);
  });
  return () => cancelAnimationFrame(wish);
}

const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** Whether this person wants things to stay still. */
export function reducedMotion() {
  return calm.matches;
}

let liveRegion = null;

/** Let screen readers say something; "assertive" interrupts them. */
export function announce(text, urgency = "polite") {
  if (liveRegion === null) {
    liveRegion = el("div", { class: "visually-hidden" },
      el("div", { role: "status", "aria-live": "polite" }), el("div", { role: "alert", "aria-live": "assertive" }));
    document.body.append(liveRegion);
  }
  // A modal dialog makes everything outside of it silent, so the region moves in.
  const place = [...document.querySelectorAll("dialog:modal")].at(-1) ?? document.body;
  if (liveRegion.parentElement !== place) place.append(liveRegion);
  const region = liveRegion.children[urgency === "assertive" ? 1 : 0];
  region.textContent = "";
  requestAnimationFrame(() => { region.textContent = text; });
}

/** Ask before something happens that can't be taken back; Escape is no. */
export function askFirst({ title, text, yes, no }) {
  return new Promise((resolve) => {
    const answer = (value) => {
      dialog.close();
      dialog.remove();
      resolve(value);
    };
    const dialog = el("dialog", { class: "question", "aria-labelledby": "question-title", data: { scan: "" } },
      el("h2", { id: "question-title", text: title }),
      el("p", { text }),
      el("div", { class: "row end" },
        el("button", { type: "button", autofocus: "", on: { click: () => answer(false) } }, no),
        el("button", { type: "button", class: "danger", on: { click: () => answer(true) } }, yes)));
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      answer(false);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Get JSON from the room's server; throws an Error with one sentence. */
export async function getJson(path, options = {}) {
  const response = await fetch(path, options);
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(typeof body.detail === "string" ? body.detail : `${response.status}`);
  return body;
}

/** Post JSON to the room's server; throws an Error with one sentence. */
export function postJson(path, body) {
  return getJson(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}
