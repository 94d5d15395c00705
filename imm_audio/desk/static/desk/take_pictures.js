/** The pictures of takes and of the session; they are loaded only when somebody wants to see them. */
import { el } from "../lib/dom.js";

/** A take as a waveform that goes along with its sound. */
export function makeWaveform() {
  return { element: el("div"), update() {} };
}

export function makeSessionPictures() {
  return () => {};
}
