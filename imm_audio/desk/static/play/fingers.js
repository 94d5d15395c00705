/**
 * Fingers, pens and mice on the stage: a note on press, another on every field a finger slides to.
 *
 * Where a finger is, is looked up by its place, not by the element it came down on: nothing captures it.  A press that
 * comes without a finger (a screen reader, one-switch scanning) is a short touch.
 */

/** A touch without a finger lasts so long [ms]. */
const TAP_MS = 250;
/** A click this soon after a press belongs to it [ms]. */
const SAME_PRESS_MS = 700;
/** How strong a touch is: at the top and bottom of a field, where nobody knows how hard it was. */
const TOP_VELOCITY = 0.5;
const BOTTOM_VELOCITY = 0.9;
/** A finger that slides: slowest and fastest [px/ms]. */
const SLOWEST_VELOCITY = 0.35;
const FASTEST_VELOCITY = 0.95;
const FAST_PX_PER_MS = 2.5;

/** A device that has told so many pressures feels them. */
const FEELS = 3;
/** A finger that moves is told at least so often [ms]. */
const BETWEEN_LOOKS_MS = 25;

/** Moves as they come, where the browser tells them; else once for each picture. */
const MOVES = "onpointerrawupdate" in window ? "pointerrawupdate" : "pointermove";

const PRESSURE = "pressure";

export function listenToFingers(root, stage, touches) {
  const fingers = new Map(); // pointerId -> {x, y, at, field}
  const lastPress = new WeakMap(); // element of a field -> time of the press that a click may belong to

  addEventListener("pointerdown", (event) => {
    const field = event.button === 0 && touches.heard ? fieldOf(event) : null;
    if (field === null) return;
    event.preventDefault(); // no focus, no text selection, no mouse events made from touches
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY, at: event.timeStamp, field });
    lastPress.set(field.element, event.timeStamp);
    fly(event);
    touches.press(field, holder(event), strength(event, field), event.timeStamp);
  });

  addEventListener(MOVES, (event) => {
    const finger = fingers.get(event.pointerId);
    if (finger === undefined) return;
    press(event);
    fly(event);
    if (!finger.field.slides || !stage.fields.includes(finger.field)) return; // or there is another part now
    const seen = event.getCoalescedEvents?.() ?? [];
    for (const point of seen.length > 0 ? seen : [event]) slide(finger, point);
  });

  const up = (event) => {
    if (fingers.delete(event.pointerId)) touches.release(holder(event), event.timeStamp);
  };
  addEventListener("pointerup", up);
  addEventListener("pointercancel", up);

  const tap = (element) => {
    const field = stage.fields.find((one) => one.element === element);
    if (field === undefined) return false;
    touches.press(field, "tap", (TOP_VELOCITY + BOTTOM_VELOCITY) / 2);
    setTimeout(() => touches.release("tap"), TAP_MS);
    return true;
  };
  root.addEventListener("click", (event) => {
    const element = event.target.closest(".field");
    if (element && event.timeStamp - (lastPress.get(element) ?? -Infinity) > SAME_PRESS_MS) tap(element);
  });
  root.addEventListener("scanpress", (event) => tap(event.target) && event.preventDefault());

  // Safari takes long and double touches for its own ends unless they are refused here.
  root.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
  document.addEventListener("contextmenu", (event) => event.preventDefault());

  /** The field that a press means; where there is only one, it need not be hit. */
  function fieldOf(event) {
    if (root.contains(event.target)) return stage.at(event.clientX, event.clientY);
    return stage.part?.kind === "one" && event.target.closest("button, a") === null ? stage.fields[0] : null;
  }

  function slide(finger, point) {
    const from = { x: finger.x, y: finger.y };
    const to = { x: point.clientX, y: point.clientY };
    const began = Math.max(finger.at, point.timeStamp - BETWEEN_LOOKS_MS); // before that it rested
    const took = point.timeStamp - began;
    const speed = Math.hypot(to.x - from.x, to.y - from.y) / Math.max(took, 1);
    const velocity = SLOWEST_VELOCITY + (FASTEST_VELOCITY - SLOWEST_VELOCITY) * Math.min(speed / FAST_PX_PER_MS, 1);
    for (const { field, share } of stage.between(from, to, finger.field)) {
      touches.press(field, holder(point), known(point) ?? velocity, began + share * took);
      finger.field = field;
    }
    Object.assign(finger, to, { at: point.timeStamp });
  }

  /** A pad that is moved on: where the finger is, left and right, up and down. */
  function fly(event) {
    if (stage.part?.kind !== "xy") return;
    const place = stage.shareAt(event.clientX, event.clientY);
    stage.showPuck(place.x, place.y);
    moveAxes(stage, touches, place);
  }

  /** Pressing harder while the note lasts. */
  function press(event) {
    const axis = stage.part?.axes.find(({ name }) => name === PRESSURE)?.axis;
    if (axis !== undefined && known(event) !== null) touches.move(axis, event.pressure);
  }
}

/** Where the puck is moves the sound. */
export function moveAxes(stage, touches, { x, y }) {
  for (const { axis, name } of stage.part.axes) {
    if (name === "tilt_x") touches.move(axis, x);
    if (name === "tilt_y") touches.move(axis, y);
  }
}

const holder = (event) => `finger ${event.pointerId}`;

const pressures = new Set();

/** How hard it was pressed, where the device knows; others say always the same, or 0, 0.5 and 1. */
function known({ pressure }) {
  if ([0, 0.5, 1].includes(pressure)) return null;
  if (pressures.size < FEELS) pressures.add(pressure);
  return pressures.size < FEELS ? null : 0.2 + 0.8 * pressure;
}

function strength(event, { box }) {
  const low = Math.min(Math.max((event.clientY - box.top) / box.height, 0), 1);
  return known(event) ?? TOP_VELOCITY + (BOTTOM_VELOCITY - TOP_VELOCITY) * low;
}
