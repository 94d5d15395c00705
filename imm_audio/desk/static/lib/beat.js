/**
 * Where the music is at any moment, between the few messages in which the room tells it.
 *
 *   const track = new BeatTrack();
 *   connection.on("live", (changed) => changed.beat && track.hear(changed.beat));
 *   everyFrame(() => draw(track.now(connection.serverNow(), song)));   // null until the first message
 *
 * `song` (optional) is GET /api/song or anything else with `pickup_beats` and `beats`; without it the start of the pick-up
 * and the end of the song are only known when they are told.  The answer:
 *   {mode, beats, place,              place: of the song [beats from its first whole bar]; without a song that of the clock
 *    beatsPerS, bar, barBeats,        number of the bar and beats since it began
 *    pulse, pulses, phase,            number of the pulse in the bar (from 0), pulses in a bar, how much of it is over 0 .. 1
 *    pulseBeats, pulsesPerS, pulseCount,   pulseCount counts on for ever: something to look at whether a new pulse began
 *    pulsesToGo,                      while counting in: pulses until the music begins, else 0
 *    leap: null | {place, to}, leaps, the next leap that is known, and how often it was taken since it was told
 *    section, armed, ageS}            ageS: how old the message is [s]
 * A message holds for a moment `at_s` that may lie ahead (sound takes its time to the loudspeakers), so the track keeps the
 * messages before: what is heard now is told by the newest one whose moment is over.
 */
export const NO_SONG = -1;
export const STOPPED = 0;
export const COUNTING = 1;
export const PLAYING = 2;
export const HOLDING = 3;
export const ENDING = 4;

/** The room tells the beat at least every 2 s: without news for longer than this nobody knows where the music is. */
export const STALE_S = 5;
/** Light and shapes may change this often [1/s] (WCAG 2.2, 2.3.1, counts three flashes). */
const MOST_FLASHES_PER_S = 3;
const SMALL_BEATS = 1e-9;
const KEPT_S = 3;

/** x modulo length, never below 0. */
const wrapped = (x, length) => x - Math.floor(x / length) * length;

/** The leap that a message foretells; null: none. */
function leapOf(beat) {
  if (beat.mode === STOPPED || beat.leap_place === null || beat.leap_place === undefined) return null;
  return { place: beat.leap_place, to: beat.leap_to };
}

/** Where a message puts the music at a moment of the room's clock [s]. */
export function beatAt(beat, now_s, song = null) {
  const ageS = now_s - beat.at_s;
  const pulseBeats = beat.pulse_beats || 1;
  const meterBeats = beat.meter_beats || 4;
  const beats = beat.beats + ageS * beat.beats_per_s;
  const leap = leapOf(beat);
  let { mode, place } = beat;
  let leaps = 0;
  if (mode !== STOPPED) place += ageS * beat.place_per_s;
  if (leap && place >= leap.place) {
    const round = leap.place - leap.to;
    const over = place - leap.place;
    leaps = 1 + (round > SMALL_BEATS ? Math.floor(over / round) : 0);
    place = leap.to + (round > SMALL_BEATS ? wrapped(over, round) : over);
  }
  const begin = -(song?.pickup_beats ?? 0);
  if (mode === COUNTING && place >= begin) mode = PLAYING;
  if (mode === PLAYING && song && leaps === 0 && place >= song.beats) mode = ENDING;
  // Bars are counted by the song; without one, and while nothing of it moves, by the clock, which always goes on.
  const stands = mode === STOPPED || (mode === HOLDING && beat.place_per_s === 0);
  const counted = mode === NO_SONG ? beats - (beat.origin ?? 0) : stands ? beats : place;
  const barBeats = wrapped(counted, meterBeats);
  const pulse = barBeats / pulseBeats;
  return {
    mode, beats, place, leap, leaps, ageS, pulseBeats, barBeats,
    beatsPerS: beat.beats_per_s,
    bar: Math.floor(counted / meterBeats),
    pulse: Math.floor(pulse + SMALL_BEATS),
    pulses: Math.max(Math.ceil(meterBeats / pulseBeats - SMALL_BEATS), 1),
    phase: wrapped(pulse + SMALL_BEATS, 1),
    pulsesPerS: beat.beats_per_s / pulseBeats,
    pulseCount: Math.floor(counted / pulseBeats + SMALL_BEATS),
    pulsesToGo: mode === COUNTING ? Math.ceil((begin - place) / pulseBeats - 1e-6) : 0,
    section: beat.section ?? 0,
    armed: beat.armed ?? 0,
  };
}

/** The messages of the last seconds, and what they say of any moment near. */
export class BeatTrack {
  #told = [];

  /** A new `live.beat`. */
  hear(beat) {
    // Those for the same moment or a later one are outdated; so are all when the room's clock began anew.
    const earlier = this.#told.filter(({ at_s }) => at_s < beat.at_s);
    this.#told = [...earlier.filter((_, n) => n === earlier.length - 1 || earlier[n + 1].at_s > beat.at_s - KEPT_S), beat];
  }

  /** The message that holds at a moment [s]; null before the first. */
  at(now_s) {
    return this.#told.findLast(({ at_s }) => at_s <= now_s) ?? this.#told[0] ?? null;
  }

  /** Where the music is at a moment [s]; null before the first message. */
  now(now_s, song = null) {
    const beat = this.at(now_s);
    return beat && beatAt(beat, now_s, song);
  }
}

/** Beats until a place is reached, also by way of the next leap; null: it won't be, as far as anybody knows. */
export function beatsUntil(now, place) {
  const leap = now.leap && now.place < now.leap.place ? now.leap : null;
  if (place >= now.place && !(leap && place >= leap.place)) return place - now.place;
  if (leap && place >= leap.to) return leap.place - now.place + (place - leap.to);
  return null;
}

/** How many pulses pass from one change of light or shape to the next, so that there are at most three a second. */
export function pulsesPerFlash(now) {
  let pulses = 1;
  while (now.pulsesPerS / pulses > MOST_FLASHES_PER_S) pulses *= 2;
  return pulses;
}

/** The last entry of a list, ordered by `startOf`, that has begun at a place; -1: none. */
export function lastBegun(list, place, startOf) {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (startOf(list[middle]) <= place + SMALL_BEATS) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
