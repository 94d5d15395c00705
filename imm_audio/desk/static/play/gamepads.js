/** Gamepads that the browser knows: every button is a touch, sticks and triggers move what the instrument lets them move. */
import { everyFrame } from "../lib/dom.js";

const STRENGTH = 0.75;
/** A stick within this of its middle rests. */
const REST = 0.08;
/** Axes of the pad -> axis of the instrument, and whether up is the smaller number; buttons whose way counts (triggers). */
const STICKS = [["tilt_x", false], ["tilt_y", true], ["tilt_x", false], ["tilt_y", true]];
const TRIGGERS = { 6: "breath", 7: "pedal" };

export function listenToGamepads(stage, touches) {
  if (navigator.getGamepads === undefined) return;
  const resting = new Map(); // "pad 0 stick 1" -> it was at rest when last looked at
  let stop = null;

  const look = () => {
    for (const pad of navigator.getGamepads()) {
      if (!pad?.connected || document.hidden) continue;
      pad.buttons.forEach((button, n) => press(`pad ${pad.index} button ${n}`, n, button));
      pad.axes.slice(0, STICKS.length).forEach((value, n) => stick(`pad ${pad.index} stick ${n}`, value, ...STICKS[n]));
    }
  };

  function press(holder, n, button) {
    const trigger = axisOf(TRIGGERS[n]);
    if (trigger !== null) move(holder, button.value, trigger, 0);
    else if (button.pressed && !touches.holds(holder) && stage.fields.length > 0) {
      if (resting.get(holder) === false) return; // still down from before everything was let go
      resting.set(holder, false);
      touches.press(stage.fields[n % stage.fields.length], holder, STRENGTH);
    } else if (!button.pressed) {
      resting.set(holder, true);
      touches.release(holder);
    }
  }

  function stick(holder, value, name, reversed) {
    const axis = axisOf(name);
    if (axis !== null) move(holder, 0.5 + 0.5 * (reversed ? -value : value), axis, 0.5);
  }

  function move(holder, value, axis, middle) {
    const rests = Math.abs(value - middle) < REST;
    if (!rests || resting.get(holder) === false) touches.move(axis, rests ? middle : value);
    resting.set(holder, rests);
  }

  const axisOf = (name) => stage.part?.axes.find((axis) => axis.name === name)?.axis ?? null;

  addEventListener("gamepadconnected", () => { stop ??= everyFrame(look); });
  addEventListener("gamepaddisconnected", (event) => {
    for (const n of event.gamepad.buttons.keys()) touches.release(`pad ${event.gamepad.index} button ${n}`);
    if (![...navigator.getGamepads()].some((pad) => pad?.connected)) {
      stop?.();
      stop = null;
    }
  });
}
