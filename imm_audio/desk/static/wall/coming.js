/** What comes next in a song, along the way that the music really takes: over leaps, when they are known. */
import { beatsUntil, lastBegun } from "../lib/beat.js";
import { has, t } from "../lib/texts.js";

/** The present chord and the next other one: {present, coming, beats} with names; "" and null where there is none. */
export function chordsAt(song, now) {
  const here = lastBegun(song.chords, now.place, ({ at }) => at);
  const present = song.chords[here]?.name ?? "";
  for (const chord of upcoming(song.chords, now, here + 1)) {
    if (chord.name !== "" && chord.name !== present) return { present, coming: chord.name, beats: chord.beats };
  }
  return { present, coming: "", beats: null };
}

/** The notes of the tune from the one that sounds on: [{key, beats}], `beats` until they begin (at most 0 for the present one). */
export function notesFrom(song, now, count) {
  const here = lastBegun(song.melody, now.place, ([at]) => at);
  const found = [];
  const [at, length, key] = song.melody[here] ?? [];
  if (at !== undefined && now.place < at + length) found.push({ key, beats: at - now.place });
  for (const { item, beats } of upcoming(song.melody, now, here + 1, ([start]) => start)) {
    if (found.length === count) break;
    found.push({ key: item[2], beats });
  }
  return found;
}

/** What begins after now, in order: up to the next leap, then from where it leads to. */
function* upcoming(list, now, first, startOf = ({ at }) => at) {
  const { leap, place } = now;
  const leaps = leap !== null && place < leap.place;
  for (let number = first; number < list.length && !(leaps && startOf(list[number]) >= leap.place); number += 1) {
    yield { ...list[number], item: list[number], beats: startOf(list[number]) - place };
  }
  if (!leaps) return;
  const landed = Math.max(lastBegun(list, leap.to, startOf), 0);
  for (let number = landed; number < list.length; number += 1) {
    const beats = leap.place - place + Math.max(startOf(list[number]) - leap.to, 0);
    yield { ...list[number], item: list[number], beats };
  }
}

/** Beats until somebody sings again, and how long it is quiet in between; null: somebody sings, or nobody will. */
export function bandAlone(song, now) {
  const begun = lastBegun(song.lines, now.place, ({ start }) => start);
  const stopped = begun < 0 ? -song.pickup_beats : song.lines[begun].stop;
  if (begun >= 0 && now.place < stopped) return null;
  const next = song.lines[begun + 1];
  const again = now.leap && now.place < now.leap.place && (!next || next.start >= now.leap.place);
  const line = again ? song.lines[Math.max(lastBegun(song.lines, now.leap.to, ({ start }) => start), 0)] : next;
  const beats = line ? beatsUntil(now, Math.max(line.start, again ? now.leap.to : -Infinity)) : null;
  const pause = beats === null ? song.beats - stopped : beats + now.place - stopped;
  return pause > song.meter_beats ? { beats } : null;
}

/** What people call a section: "Verse 2", "Chorus". */
export function sectionName({ kind, name, verse, verses }) {
  if (kind === "other" && name !== "other") {
    const words = name.replaceAll("-", " ");
    return words.charAt(0).toUpperCase() + words.slice(1);
  }
  const numbered = `wall.section.${kind}_number`;
  return verses > 1 && has(numbered) ? t(numbered, { number: verse }) : t(`wall.section.${kind}`);
}
