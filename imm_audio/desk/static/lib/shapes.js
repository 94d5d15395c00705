/**
 * Signs of notes: a colour, a shape and a letter, always all three, with a dark outline.
 *
 *   noteShape({ letter: "C", colour: "#e21c48", shape: "circle" })   // <svg class="note-shape" aria-hidden="true">
 *   noteName(label)                  // "C, red circle" or "bass drum, red circle": what screen readers say
 *   inkOn("#e21c48")                 // "#ffffff" or "#000000": what can be read on it, 4.5:1 at least
 *   colourWord("#e21c48")            // "red": key of "player.colour.*"
 *   contrast("#fff", "#000")         // 21
 *
 * The shapes are those of the catalogue (imm_audio/catalog/colours.py).  A drawing is as large as its place; in the dark a
 * pale line around the dark one keeps it visible.
 */
import { svg } from "./dom.js";
import { t } from "./texts.js";

const PALE = "#ffffff";
const DARK = "#1a1714";
/** Only black and white together are readable on every colour there is. */
const BLACK = "#000000";

/** Corners on a circle around the middle, the first on top; with `inner` a star. */
function polygon(corners, outer, middleY = 50, inner = null) {
  const count = inner === null ? corners : 2 * corners;
  const points = Array.from({ length: count }, (_, n) => {
    const angle = (2 * Math.PI * n) / count;
    const radius = inner !== null && n % 2 ? inner : outer;
    return `${(50 + radius * Math.sin(angle)).toFixed(1)} ${(middleY - radius * Math.cos(angle)).toFixed(1)}`;
  });
  return `M${points.join("L")}Z`;
}

const round = (radius) => `M50 ${50 - radius}a${radius} ${radius} 0 1 1 0 ${2 * radius}a${radius} ${radius} 0 1 1 0 ${-2 * radius}Z`;

/** Outline in a box of 100 x 100, and where a letter has the most room: middle x, y, and its height. */
const SHAPES = {
  circle: [round(45), 50, 50, 52],
  square: ["M17 9H83Q91 9 91 17V83Q91 91 83 91H17Q9 91 9 83V17Q9 9 17 9Z", 50, 50, 54],
  triangle: ["M50 6 96 90H4Z", 50, 65, 40],
  diamond: ["M50 3 97 50 50 97 3 50Z", 50, 50, 46],
  star: [polygon(5, 50, 53, 27), 50, 54, 38],
  hexagon: [polygon(6, 47), 50, 50, 52],
  heart: ["M50 93C20 71 4 53 4 33C4 17 16 8 28 8C38 8 46 14 50 22C54 14 62 8 72 8C84 8 96 17 96 33C96 53 80 71 50 93Z", 50, 46, 46],
  cross: ["M29 5H71V29H95V71H71V95H29V71H5V29H29Z", 50, 50, 50],
  moon: ["M62 5.6A46 46 0 1 0 95 60A38 38 0 0 1 62 5.6Z", 37, 60, 44],
  drop: ["M50 3C58 22 85 42 85 63A35 33 0 0 1 15 63C15 42 42 22 50 3Z", 50, 63, 46],
  pentagon: [polygon(5, 49, 53), 50, 55, 50],
  ring: [`${round(46)}${round(25)}`, 50, 50, 34],
};

/** How much smaller letters are when there are two or three of them. */
const SHRINK = [1, 1, 0.76, 0.6];

/** Draw a note's sign. */
export function noteShape({ letter, colour, shape }) {
  const [outline, x, y, height] = SHAPES[shape] ?? SHAPES.circle;
  const size = height * (SHRINK[letter.length] ?? 0.5);
  const hollow = shape === "ring";
  return svg("svg", { class: "note-shape", viewBox: "0 0 100 100", "aria-hidden": "true", focusable: "false" },
    svg("path", { d: outline, fill: "none", stroke: PALE, "stroke-width": 11, "stroke-linejoin": "round" }),
    hollow && svg("path", { d: round(25), fill: PALE }),
    svg("path", { d: outline, fill: colour, "fill-rule": "evenodd", stroke: DARK, "stroke-width": 5, "stroke-linejoin": "round" }),
    svg("text", { x, y: y + 0.36 * size, "font-size": size, "font-weight": 700, "text-anchor": "middle",
      fill: hollow ? BLACK : inkOn(colour) }, letter));
}

/** What a screen reader says of a note's sign; with `words` what it plays stands for the letter. */
export function noteName({ letter, words, colour, shape }) {
  const seen = { colour: t(`player.colour.${colourWord(colour)}`), shape: t(`player.shape.${shape}`) };
  return words ? t("player.field", { words, ...seen }) : t("player.sign_of_note", { letter, ...seen });
}

const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);

/** Relative luminance 0 .. 1 of #rrggbb (WCAG 2.2). */
function luminance(hex) {
  const [r, g, b] = channels(hex).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Contrast of two colours #rrggbb, 1 .. 21 (WCAG 2.2). */
export function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

/** White or black, whichever is easier to read on a colour. */
export function inkOn(colour) {
  return contrast(colour, PALE) >= contrast(colour, BLACK) ? PALE : BLACK;
}

/** Hues [degrees] up to which a word holds, from red round to red. */
const HUES = [[14, "red"], [43, "orange"], [67, "yellow"], [155, "green"], [190, "blue_green"], [240, "blue"], [295, "purple"],
  [343, "pink"], [360, "red"]];

/** Word for a colour, as a key of the texts "player.colour.*". */
export function colourWord(hex) {
  const [r, g, b] = channels(hex);
  const high = Math.max(r, g, b);
  const low = Math.min(r, g, b);
  const lightness = (high + low) / 2;
  const spread = high - low;
  if (spread < 0.12) return lightness < 0.25 ? "black" : lightness > 0.9 ? "white" : "grey";
  const sixth = high === r ? (g - b) / spread : high === g ? 2 + (b - r) / spread : 4 + (r - g) / spread;
  const hue = (sixth * 60 + 360) % 360;
  if (hue >= 14 && hue < 50 && lightness < 0.45) return "brown";
  return HUES.find(([end]) => hue <= end)[1];
}
