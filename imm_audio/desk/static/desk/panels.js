/** Which parts of the desk are seen: as many side by side as there is room for, the others by a row of buttons. */
import { el, put } from "../lib/dom.js";
import { t } from "../lib/texts.js";
import { closeSheet } from "./sheet.js";
import { icon } from "./drawings.js";

const NAMES = ["people", "song", "plan", "takes", "room"];
const beside = matchMedia("(min-width: 900px) and (min-height: 521px)");
const threeBeside = matchMedia("(min-width: 1500px) and (min-height: 521px)");

export function makePanels(parts) {
  let chosen = NAMES.includes(location.hash.slice(1)) ? location.hash.slice(1) : "people";
  const buttons = Object.fromEntries(NAMES.map((name) => [name, el("button", { type: "button", class: "bare tab",
    on: { click: () => open(name) } }, icon(name), el("span", { text: t(`desk.tab.${name}`) }))]));
  const tabs = el("nav", { id: "tabs", "aria-label": t("desk.tabs"), data: { scan: "" } }, NAMES.map((name) => buttons[name]));
  const element = el("div", { class: "panels" }, NAMES.map((name) => parts[name]));

  const fixed = () => (threeBeside.matches ? ["people", "song"] : beside.matches ? ["people"] : []);
  function show() {
    const always = fixed();
    if (always.includes(chosen)) chosen = NAMES[always.length];
    for (const name of NAMES) {
      put(buttons[name], { hidden: always.includes(name), "aria-current": name === chosen ? "page" : null });
      put(parts[name], { hidden: !always.includes(name) && name !== chosen });
    }
    parts[chosen].dispatchEvent(new CustomEvent("seen"));
  }
  function open(name) {
    closeSheet();
    chosen = name;
    history.replaceState(null, "", `#${name}`);
    show();
  }
  beside.addEventListener("change", show);
  threeBeside.addEventListener("change", show);
  show();
  return { element, tabs, open };
}
