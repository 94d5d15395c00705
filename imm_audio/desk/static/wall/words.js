/**
 * The words of a song, as large as they fit, one line after the other.
 *
 *   const words = new Words(element);
 *   words.show(song, { chords: true });   // GET /api/song; null: none
 *   words.follow(now);                    // lib/beat.js, once per picture: marks line and word, moves on when a line is over
 *
 * One size holds for the whole song, so that no line jumps; only whole lines are seen.  The present line stands still at the
 * same height while the others glide past it.  What is marked is told by a box, a frame and the weight of letters, and the
 * weight is a stroke around them, because bolder letters would be wider and push the others about.
 */
import { lastBegun } from "../lib/beat.js";
import { el, put } from "../lib/dom.js";
import { t } from "../lib/texts.js";

/** At this size widths are measured [px]; they grow in proportion. */
const MEASURED_PX = 100;
const SMALLEST_PX = 14;
/** So many lines are seen at once wherever they find room, and never fewer than the present one and the next. */
const LINES = 4;
const FEWEST_LINES = 2;
const MOST_LINES = 6;
const MOST_TRIES = 12;
/** Unbroken lines are worth so much: smaller letters by this share are taken for them. */
const UNBROKEN_SHARE = 0.85;
/** Heights in letters: of a line, of a row of chords above it, of the second language below it, between lines. */
const ROW = 1.3;
const CHORD_ROW = 0.8;
const SECOND_SIZE = 0.62;
const GAP = 0.22;
/** Space at both ends of a line, in letters: for the mark of the present line. */
const ENDS = 1.3;
/** Chords on one line are kept apart by this much of a letter. */
const CHORDS_APART = 0.35;
/** The next line comes to its place so long before it is sung; a syllable that is held stays so long at least. */
const AHEAD_BEATS = 2;
const HELD_BEATS = 1;

export class Words {
  #box;
  #list;
  #song = null;
  #lines = [];      // {element, syllables: [{at, element, word}], top, height}
  #sizes = [];      // {words, second, longest: widths at MEASURED_PX, first: of its section}
  #chords = false;
  #shown = 0;
  #sung = -1;
  #syllable = null;

  constructor(box) {
    this.#box = box;
    this.#list = el("ol", { class: "lines", role: "list" });
    box.append(this.#list);
    new ResizeObserver(() => this.#fit()).observe(box);
    document.fonts?.ready.then(() => this.#measure());
  }

  get empty() {
    return this.#lines.length === 0;
  }

  show(song, { chords }) {
    this.#song = song;
    this.#chords = chords && (song?.lines.some((line) => line.chords.length > 0) ?? false);
    this.#shown = 0;
    this.#sung = -1;
    this.#syllable = null;
    this.#lines = (song?.lines ?? []).map((line, number) => makeLine(line, line.place !== song.lines[number - 1]?.place, song.second_language, this.#chords));
    this.#list.replaceChildren(...this.#lines.map((line) => line.element));
    this.#list.classList.toggle("with-chords", this.#chords);
    put(this.#box, { "aria-label": t("wall.words") });
    this.#measure();
  }

  /** Number of the line that is sung at a place (-1: none), and of the one that stands where people look. */
  linesAt(place) {
    const lines = this.#song.lines;
    const begun = lastBegun(lines, place, (line) => line.start);
    if (begun < 0) return { sung: -1, shown: 0 };
    const [line, next] = [lines[begun], lines[begun + 1]];
    const sung = place < line.stop ? begun : -1;
    return { sung, shown: next && place >= movesOnAt(line, next) && (sung < 0 || this.#roomBefore(begun + 1)) ? begun + 1 : begun };
  }

  /** Show and mark what is sung; until the song is `moving` (it counts in, or goes on) its beginning. */
  follow(now, moving) {
    if (this.empty) return;
    const { sung, shown } = moving ? this.linesAt(now.place) : { sung: -1, shown: 0 };
    if (shown !== this.#shown || sung !== this.#sung) this.#go(shown, sung);
    this.#mark(sung < 0 ? null : this.#lines[sung], now.place);
  }

  #mark(line, place) {
    const syllable = line?.syllables[lastBegun(line.syllables, place, ({ at }) => at)] ?? null;
    if (syllable === this.#syllable) return;
    for (const element of [this.#syllable?.element, this.#syllable?.word]) element?.classList.remove("sung");
    for (const element of [syllable?.element, syllable?.word]) element?.classList.add("sung");
    this.#syllable = syllable;
  }

  #go(shown, sung) {
    this.#shown = shown;
    this.#sung = sung;
    const first = this.#roomBefore(shown) ? shown - 1 : shown;
    const top = this.#lines[first].top;
    const bottom = top + this.#box.clientHeight;
    this.#list.style.transform = `translateY(${-top}px)`;
    this.#lines.forEach((line, number) => {
      const when = number === sung ? "sung" : number < shown ? "past" : number === shown ? "soon" : "later";
      put(line.element, { "data-when": when, "aria-current": number === sung ? "true" : null });
      const seen = number >= first && number < first + MOST_LINES && line.top + line.height <= bottom + 0.5;
      line.element.classList.toggle("seen", seen);
    });
  }

  /** Whether the line before the shown one is seen too: when there is room for it and one more below. */
  #roomBefore(number) {
    const before = this.#lines[number - 1];
    const after = this.#lines[Math.min(number + 1, this.#lines.length - 1)];
    return before !== undefined && after.top + after.height - before.top <= this.#box.clientHeight;
  }

  /** Measure how wide each line is, in both languages. */
  #measure() {
    if (this.#lines.length === 0) return;
    const style = this.#list.style;
    this.#list.classList.add("measuring");
    style.setProperty("--letters", `${MEASURED_PX}px`);
    this.#sizes = this.#lines.map(({ element }) => {
      const [words, second] = [element.querySelector(".words-of"), element.querySelector(".second")];
      const longest = Math.max(...[...words.querySelectorAll(".word")].map((word) => word.offsetWidth));
      return { words: words.offsetWidth, second: second?.offsetWidth ?? 0, longest, first: element.classList.contains("first") };
    });
    this.#list.classList.remove("measuring");
    this.#fit();
  }

  /** The largest letters with which LINES lines in a row are seen, wherever one is in the song. */
  #fit() {
    const [width, height] = [this.#box.clientWidth, this.#box.clientHeight];
    if (this.#lines.length === 0 || width === 0 || height === 0) return;
    const unbroken = Math.min(...this.#sizes.map((size) => this.#largest(width, size)));
    let letters = SMALLEST_PX;
    for (let lines = LINES; lines >= FEWEST_LINES && letters <= SMALLEST_PX; lines -= 1) {
      letters = bisected(SMALLEST_PX, height, (px) => this.#fits(px, width, height, lines));
      if (unbroken < letters && unbroken >= letters * UNBROKEN_SHARE) letters = unbroken;
    }
    // What was reckoned is tried: where words break is only known then.
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      this.#list.style.setProperty("--letters", `${letters.toFixed(2)}px`);
      if (this.#takePlaces(height) || letters <= SMALLEST_PX) break;
      letters = Math.max(letters * 0.96, SMALLEST_PX);
    }
    this.#settle();
  }

  /** Where each line lies now; true when any LINES of them in a row are seen at once. */
  #takePlaces(height) {
    for (const line of this.#lines) {
      line.top = line.element.offsetTop;
      line.height = line.element.offsetHeight;
    }
    const last = this.#lines.length - 1;
    return this.#lines.every(({ top }, first) => {
      const end = this.#lines[Math.min(first + LINES - 1, last)];
      return end.top + end.height - top <= height;
    });
  }

  #largest(width, { words, second }) {
    return (0.99 * width) / (Math.max(words, second * SECOND_SIZE) / MEASURED_PX + 2 * ENDS);
  }

  #fits(px, width, height, count) {
    const room = width - 2 * ENDS * px;
    if (this.#sizes.some(({ longest }) => longest * px > room * MEASURED_PX)) return false;
    const heights = this.#sizes.map((size) => this.#heightOf(size, px, room));
    const wanted = Math.min(count, heights.length);
    for (let first = 0; first + wanted <= heights.length; first += 1) {
      const sum = heights.slice(first, first + wanted).reduce((a, b) => a + b, 0);
      if (sum > height) return false;
    }
    return true;
  }

  /** Height of a line [px] with letters of px; words never break, so a broken line needs a little more than its width. */
  #heightOf({ words, second, first }, px, room) {
    const rows = (wide) => (wide * px / MEASURED_PX <= room ? 1 : Math.ceil((wide * px * 1.12) / (MEASURED_PX * room)));
    const chords = this.#chords ? CHORD_ROW : 0;
    const below = second ? rows(second * SECOND_SIZE) * ROW * SECOND_SIZE : 0;
    return px * (rows(words) * (ROW + chords) + below + (first ? 2 : 1) * GAP);
  }

  /** Chords apart from each other, and the present line where people look. */
  #settle() {
    if (this.#chords) this.#partChords();
    this.#list.classList.add("at-once");
    this.#go(this.#shown, this.#sung);
    this.#list.getBoundingClientRect(); // lets the browser take the new places before lines glide again
    this.#list.classList.remove("at-once");
  }

  #partChords() {
    const chords = [...this.#list.querySelectorAll(".chord")];
    for (const chord of chords) chord.style.removeProperty("margin-inline-start");
    const letter = parseFloat(getComputedStyle(this.#list).getPropertyValue("--letters"));
    const boxes = chords.map((chord) => chord.getBoundingClientRect());
    let [row, edge] = [null, 0];
    boxes.forEach((box, number) => {
      const start = chords[number].closest(".line").dir === "rtl" ? -box.right : box.left;
      const sameRow = row !== null && Math.abs(row - box.top) < letter / 4;
      const push = sameRow ? Math.max(edge + letter * CHORDS_APART - start, 0) : 0;
      if (push > 0) chords[number].style.marginInlineStart = `${push.toFixed(1)}px`;
      [row, edge] = [box.top, start + push + box.width];
    });
  }
}

/** Place at which the next line comes to where people look: ahead of its time when this one ends with a long note or a pause. */
function movesOnAt(line, next) {
  if (next.start - line.stop > AHEAD_BEATS + HELD_BEATS) return line.stop + HELD_BEATS;
  return Math.min(Math.max(line.syllables.at(-1).at + HELD_BEATS, next.start - AHEAD_BEATS), next.start);
}

/** The largest number of pixels for which something is true, that is true below as well. */
function bisected(low, high, isTrue) {
  while (high - low > 0.5) {
    const middle = (low + high) / 2;
    if (isTrue(middle)) low = middle;
    else high = middle;
  }
  return low;
}

function makeLine(line, first, language, chords) {
  const syllables = [];
  const own = el("span", { class: "words-of", lang: line.language || null }, ...makeWords(line, syllables, chords));
  const second = line.second && el("span", { class: "second", dir: "auto", lang: language || null }, textOf(line.second));
  const element = el("li", { class: first ? "line first" : "line", dir: directionOf(textOf(line.syllables)) }, own, second);
  return { element, syllables, top: 0, height: 0 };
}

function makeWords(line, found, withChords) {
  const parts = [];
  let word = null;
  line.syllables.forEach((syllable, number) => {
    if (word === null) {
      word = el("span", { class: "word" });
      parts.push(word);
    }
    const chords = line.chords.filter((chord) => withChords && chord.syllable === number)
      .map((chord) => el("span", { class: "chord", text: chordText(chord.name) }));
    const element = el("span", { class: "syllable", data: { at: syllable.at } }, ...chords, syllable.text);
    word.append(element);
    found.push({ at: syllable.at, element, word });
    if (!syllable.joined) {
      word = null;
      parts.push(" ");
    }
  });
  return parts.slice(0, -1);
}

/** Which way a text runs: as its first letter does.  Chords above it must not decide that. */
function directionOf(text) {
  return /^[^\p{L}]*[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/u.test(text) ? "rtl" : "ltr";
}

/** Syllables as they are read. */
export function textOf(syllables) {
  return syllables.map(({ text, joined }) => (joined ? text : `${text} `)).join("").trimEnd();
}

/** A chord as musicians write it. */
export function chordText(name) {
  return name.replace(/^([A-G])b/, "$1♭").replace(/\/([A-G])b/, "/$1♭").replaceAll("#", "♯");
}
