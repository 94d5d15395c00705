/** Help for one person, in plain words. */
import { el } from "../lib/dom.js";
import { personName } from "../lib/signs.js";
import { number, t } from "../lib/texts.js";
import { range, stepper } from "./controls.js";
import { ask, person, seatOf } from "./desk.js";

const share = (value) => (value === 0 ? t("desk.amount.off") : value <= 30 ? t("desk.amount.little") : value <= 60 ? t("desk.amount.half")
  : value < 100 ? t("desk.amount.much") : t("desk.amount.all"));
const seconds = (ms) => (ms === 0 ? t("desk.amount.off") : t("desk.amount.seconds", { value: number(ms / 1000, ms % 100 === 0 ? 1 : 2) }));
const beats = (value) => (value === 0 ? t("desk.amount.off") : t("desk.amount.beats", { n: value, value: number(value, value % 1 === 0 ? 0 : value * 2 % 1 === 0 ? 1 : 2) }));
const octaves = (value) => (value === 0 ? t("desk.amount.octave_usual") : t(value > 0 ? "desk.amount.octave_up" : "desk.amount.octave_down", { n: Math.abs(value) }));

/** In the order of how often it is wanted. */
const HELPS = [
  { field: "pitch", values: range(0, 100, 25), words: share },
  { field: "timing", values: range(0, 100, 10), words: share },
  { field: "evening", values: range(0, 100, 25), words: share },
  { field: "tremor", values: range(0, 100, 25), words: share },
  { field: "dwell_ms", values: range(0, 2000, 250), words: seconds },
  { field: "guard_ms", values: range(0, 1000, 50), words: seconds },
  { field: "octave", values: range(-3, 3), words: octaves },
  { field: "shortest_beats", values: [0, 0.5, 1, 2, 4, 8], words: beats },
  { field: "grid_beats", values: [0.25, 0.5, 1, 2, 4], words: beats },
  { field: "equal_voice", values: range(0, 100, 25), words: share },
];

export function helpPage(id) {
  return {
    key: "help",
    title: () => t("desk.help.title", { name: personName(person(id)) }),
    build(body) {
      const who = personName(person(id));
      const steppers = HELPS.map(({ field, values, words }) => [field, stepper({
        who, label: t(`desk.help.${field}`), describe: t(`desk.help.${field}.what`), values, words,
        less: t("desk.less"), more: t("desk.more"), change: (value) => ask({ do: "change_person", person: id, help: { [field]: value } }),
      })]);
      body.append(el("p", { text: t("desk.help.intro") }),
        el("div", { class: "stack loose" }, steppers.map(([, one]) => el("div", { data: { scan: "" } }, one.element))));
      return () => {
        const one = person(id);
        if (one === null) return false;
        const now = seatOf(one)?.help ?? {};
        for (const [field, shown] of steppers) if (field in now) shown.update(now[field]);
        return true;
      };
    },
  };
}
