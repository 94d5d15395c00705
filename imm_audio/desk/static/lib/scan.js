/**
 * One-switch scanning: the whole page with a single switch, key, pedal, or a tap anywhere.
 *
 *   startScan({ seconds: 1.8 })      // also by ?scan=1 in the address; stopScan(); scanning(); scanSeconds()
 *
 * Every 1.8 s the mark moves on to the next group: elements with `data-scan`, in the order of the page (a group inside of
 * another belongs to itself only); those in an open dialog come first, then those with data-scan="first".  The switch (Space, Enter, or any press of mouse or finger) goes into the group, whose
 * controls are then marked one after the other; the switch again uses the one that is marked.  After two rounds without
 * the switch the mark leaves the group.  A group of one control is used at once.  While a modal dialog is open only its own
 * controls are gone through.  Sliders and fields to write in are left out: whatever they do has buttons beside it.
 *
 * Using a control sends it "scanpress" first (bubbles; preventDefault() when it acts on that), else it is clicked.
 * "scanchange" on document tells that scanning began, ended or changed its pace.
 */
const USUAL_S = 1.8;
const ROUNDS = 2;
const CONTROLS = [
  "button", "a[href]", "summary", "[role='button'][tabindex]", "input[type='checkbox']", "input[type='radio']",
].join(",");

let seconds = USUAL_S;
let on = false;
let timer = 0;
let group = null;
let marked = null;
let steps = 0;

export const scanning = () => on;
export const scanSeconds = () => seconds;

/** Begin, or change the pace [s for each thing]. */
export function startScan({ seconds: wanted = seconds } = {}) {
  seconds = wanted;
  if (!on) {
    on = true;
    addEventListener("keydown", onKey, true);
    addEventListener("keyup", swallowKey, true);
    addEventListener("pointerdown", onPress, true);
    addEventListener("click", swallowClick, true);
  }
  leaveGroup();
  document.dispatchEvent(new CustomEvent("scanchange"));
}

/** End, and take the mark away. */
export function stopScan() {
  on = false;
  clearTimeout(timer);
  mark(null);
  group = null;
  removeEventListener("keydown", onKey, true);
  removeEventListener("keyup", swallowKey, true);
  removeEventListener("pointerdown", onPress, true);
  // The click that belongs to the last press is still to come.
  setTimeout(() => !on && removeEventListener("click", swallowClick, true));
  document.dispatchEvent(new CustomEvent("scanchange"));
}

const root = () => [...document.querySelectorAll("dialog:modal")].at(-1) ?? document.body;
const seen = (element) => element.checkVisibility?.({ visibilityProperty: true }) ?? element.offsetParent !== null;
const usable = (element) => seen(element) && !element.disabled && element.ariaDisabled !== "true" && element.closest("[inert]") === null;

function controlsOf(element) {
  return [...element.querySelectorAll(CONTROLS)].filter((control) =>
    usable(control) && (control.closest("[data-scan]") === element || !element.hasAttribute("data-scan")));
}

function groups() {
  const top = root();
  const found = [...top.querySelectorAll("[data-scan]"), ...(top.hasAttribute("data-scan") ? [top] : [])]
    .filter((element) => seen(element) && controlsOf(element).length > 0)
    .sort((a, b) => rank(a) - rank(b));
  return found.length > 0 ? found : [top];
}

const rank = (element) => (element.closest("dialog[open]") ? 0 : element.dataset.scan === "first" ? 1 : 2);

/** What is gone through now: controls of the chosen group, else the groups. */
function items() {
  const all = groups();
  if (all.length === 1) [group] = all;
  else if (!all.includes(group)) group = null;
  return group === null ? all : controlsOf(group);
}

function step() {
  clearTimeout(timer);
  const list = items();
  if (list.length === 0) {
    mark(null);
    timer = setTimeout(step, seconds * 1000); // nothing can be used just now
    return undefined;
  }
  if (group !== null && steps >= list.length * ROUNDS && groups().length > 1) return leaveGroup();
  const next = list[(list.indexOf(marked) + 1) % list.length];
  steps += 1;
  mark(next);
  timer = setTimeout(step, seconds * 1000);
  return undefined;
}

function leaveGroup() {
  group = null;
  steps = 0;
  mark(null);
  step();
}

function mark(element) {
  marked?.classList.remove("scan-here");
  marked = element;
  if (element === null) return;
  element.classList.add("scan-here");
  element.scrollIntoView({ block: "nearest", inline: "nearest" });
  if (group !== null) element.focus({ preventScroll: true });
}

/** The switch. */
function choose() {
  if (marked === null || !marked.isConnected) return leaveGroup();
  const [only, ...others] = group === null ? controlsOf(marked) : [marked];
  if (only === undefined) return leaveGroup();
  if (others.length > 0) {
    group = marked;
    steps = 0;
    mark(null);
    return step();
  }
  const dialogs = document.querySelectorAll("dialog[open]").length;
  use(only);
  if (!on) return undefined;
  // What was used may have opened a dialog, or taken itself away: begin with what is there now.
  if (group === null || !groups().includes(group) || document.querySelectorAll("dialog[open]").length !== dialogs) return leaveGroup();
  clearTimeout(timer);
  steps = 0;
  timer = setTimeout(step, seconds * 1000);
  return undefined;
}

function use(control) {
  using = true;
  if (control.dispatchEvent(new CustomEvent("scanpress", { bubbles: true, cancelable: true }))) control.click();
  using = false;
}

let using = false;

function onKey(event) {
  if (event.key !== " " && event.key !== "Enter") return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (!event.repeat) choose();
}

function swallowKey(event) {
  if (event.key !== " " && event.key !== "Enter") return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

function onPress(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
  choose();
}

/** A press anywhere is the switch, so the click it ends in must not act as well. */
function swallowClick(event) {
  if (using) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

if (new URLSearchParams(location.search).get("scan") === "1") {
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", () => startScan());
  else startScan();
}
