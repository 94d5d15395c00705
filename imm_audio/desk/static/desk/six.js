/** The six big buttons that are always there. */
import { el, put } from "../lib/dom.js";
import { personName } from "../lib/signs.js";
import { t } from "../lib/texts.js";
import { COUNTING, ENDING, HOLDING, PLAYING } from "../lib/beat.js";
import { ask, desk, person, whenLive, whenRoom } from "./desk.js";
import { icon } from "./drawings.js";

const MINUTE_S = 60;
/** Levels of "softer" below the usual one. */
const SOFTER_LEVELS = 3;

/** In the order they stand, which is that of the keys 1 .. 6. */
export const SIX = ["start", "softer", "quiet", "spotlight", "keep", "next"];

export function makeSix(section, { chooseSpotlight }) {
  const act = {
    start: () => ask({ do: "start_stop" }),
    softer: () => ask({ do: "softer" }),
    quiet: () => ask({ do: "quiet" }),
    spotlight: () => (desk.room.spotlight === null ? chooseSpotlight() : ask({ do: "spotlight", person: null })),
    keep: () => ask({ do: "keep" }),
    next: () => ask({ do: "next" }),
  };
  const drawings = { start: "play", softer: "softer", quiet: "quiet", spotlight: "spotlight", keep: "keep", next: "next" };
  const buttons = Object.fromEntries(SIX.map((name) => [name, el("button", { type: "button", class: `big ${name}`, id: `six-${name}` },
    icon(drawings[name]), el("span", { class: "big-word", text: t(`desk.six.${name}`) }), el("span", { class: "big-more" }))]));

  for (const name of SIX) {
    if (name !== "quiet") buttons[name].addEventListener("click", act[name]);
  }
  quietAtOnce(buttons.quiet, act.quiet);
  put(section, { "aria-label": t("desk.six"), "data-scan": "first" });
  section.append(...SIX.map((name) => buttons[name]));

  const say = (name, word, more, spoken = more) => {
    const [, first, second] = buttons[name].children;
    put(first, { text: word });
    put(second, { text: more });
    put(buttons[name], { "aria-label": spoken ? `${word}, ${spoken}` : word });
  };
  const show = () => {
    const { room, live } = desk;
    if (room === null) return;
    showStart(live.beat, room);
    const level = room.softer;
    say("softer", t("desk.six.softer"), "●".repeat(level) + "○".repeat(SOFTER_LEVELS - level),
      level === 0 ? t("desk.six.usual") : t("desk.six.softer_by", { n: level }));
    say("quiet", t("desk.six.quiet"), "");
    const lit = room.spotlight && person(room.spotlight);
    say("spotlight", t("desk.six.spotlight"), lit ? personName(lit) : "", lit ? t("desk.six.lit", { name: personName(lit) }) : "");
    put(buttons.spotlight, { "aria-pressed": String(Boolean(lit)) });
    put(buttons.softer, { "aria-pressed": String(level > 0) });
    say("keep", t("desk.six.keep"), live.take?.recording ? t("desk.six.keep_mark")
      : room.keepable_s >= 1 ? lookBack(room.keepable_s) : "");
    const step = nextStep(room);
    say("next", t("desk.six.next"), step?.title ?? "");
  };
  function showStart(beat, room) {
    const mode = beat?.mode;
    const going = mode === COUNTING || mode === PLAYING || mode === ENDING || beat?.armed > 0;
    const word = mode === HOLDING ? "desk.six.go_on" : going ? "desk.six.end" : "desk.six.start";
    const drawing = word === "desk.six.end" ? "stop" : "play";
    if (buttons.start.dataset.drawing !== drawing) {
      buttons.start.dataset.drawing = drawing;
      buttons.start.firstElementChild.replaceWith(icon(drawing));
    }
    say("start", t(word), room.song?.title ?? "");
  }
  whenRoom(show);
  whenLive((changed) => (changed.beat || changed.take) && show());
  return act;
}

/** Silence comes with the press, not with the release; a click without a press is that of a screen reader or a switch. */
function quietAtOnce(button, quiet) {
  let pressed = false;
  button.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    pressed = true;
    quiet();
  });
  button.addEventListener("keydown", (event) => {
    if ((event.key !== "Enter" && event.key !== " ") || event.repeat) return;
    event.preventDefault();
    quiet();
  });
  button.addEventListener("click", () => {
    if (!pressed) quiet();
    pressed = false;
  });
  button.addEventListener("pointercancel", () => { pressed = false; });
  button.addEventListener("pointerleave", () => { pressed = false; });
}

function lookBack(seconds) {
  return seconds >= MINUTE_S ? t("desk.six.keep_minutes", { n: Math.floor(seconds / MINUTE_S) })
    : t("desk.six.keep_seconds", { n: Math.floor(seconds) });
}

/** The step of the plan that "next" leads to, or null. */
export function nextStep(room) {
  const now = room.plan.findIndex((step) => step.id === room.step);
  return room.plan[now + 1] ?? null;
}
