/** How high the keys are: the tuning, and the height of the A. */
import { el, getJson, keyed, put } from "../lib/dom.js";
import { number, t } from "../lib/texts.js";
import { range, stepper, wayTo } from "./controls.js";
import { ask, attempt } from "./desk.js";
import { icon } from "./drawings.js";
import { openSheet, turnBack } from "./sheet.js";

const LOWEST_HZ = 390;
const HIGHEST_HZ = 470;
/** What the room calls nothing. */
const EQUAL = "equal";

let tunings = new Map();

/** Read what there is: people may have made some meanwhile. */
async function load() {
  const list = await attempt(() => getJson("/api/tunings"));
  if (list) tunings = new Map(list.map((tuning) => [tuning.stem, tuning]));
}

const nameOf = (stem) => tunings.get(stem)?.name ?? stem;

/** Parts of a panel; `update(room)` shows them, `seen()` when somebody comes to look. */
export function makeTuning() {
  const way = wayTo({ label: t("desk.tuning"), before: icon("instrument"), go: open });
  const a4 = stepper({ label: t("desk.tuning.a4"), values: range(LOWEST_HZ, HIGHEST_HZ), words: (hz) => t("desk.tuning.hz", { value: number(hz) }),
    less: t("desk.tuning.lower"), more: t("desk.tuning.higher"), change: (a4_hz) => ask({ do: "tune", a4_hz }) });
  return {
    elements: [way.element, a4.element],
    seen: load,
    update(room) {
      way.update(nameOf(room.tuning.name ?? EQUAL));
      a4.update(room.tuning.a4_hz);
    },
  };
}

async function open() {
  await load();
  openSheet({
    key: "tuning", title: t("desk.tuning"),
    build(body) {
      const list = el("div", { class: "stack", data: { scan: "" } });
      body.append(el("p", { text: t("desk.tuning.what") }), list);
      return (room) => keyed(list, [...tunings.keys()], (stem) => stem,
        (stem) => el("button", { type: "button", class: "way", on: { click: () => ask({ do: "tune", tuning: stem }).then((done) => done && turnBack()) } },
          el("span", { class: "two-lines" }, el("span", { text: nameOf(stem) }),
            el("span", { class: "soft small", text: tunings.get(stem).say }))),
        (row, stem) => put(row, { "aria-pressed": String(stem === (room.tuning.name ?? EQUAL)) }));
    },
  });
}
