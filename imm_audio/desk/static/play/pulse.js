/** The beat, small and calm: a disc that swells on each pulse, with its number; for those who want stillness only the number. */
import { BeatTrack, COUNTING, NO_SONG, pulsesPerFlash, STALE_S, STOPPED } from "../lib/beat.js";
import { everyFrame, put, reducedMotion } from "../lib/dom.js";

const SWELL = 0.3;

export function showPulse(element, connection) {
  const track = new BeatTrack();
  const number = element.firstElementChild;
  connection.on("live", (changed) => changed.beat && track.hear(changed.beat));
  everyFrame(() => {
    const now = track.now(connection.serverNow());
    const counts = now !== null && now.mode !== NO_SONG && now.mode !== STOPPED && now.ageS < STALE_S;
    put(element, { "data-counts": counts ? "" : null });
    if (!counts) return;
    put(number, { text: String(now.mode === COUNTING ? now.pulsesToGo : now.pulse + 1) });
    const every = pulsesPerFlash(now);
    const fades = (((now.pulseCount % every) + every) % every + now.phase) / every;
    element.style.transform = reducedMotion() ? "" : `scale(${(1 + SWELL * (1 - fades) ** 2).toFixed(3)})`;
  });
}
