/**
 * Drawings: icon("play") for buttons, picture(instrument) for instruments.  Lines take the colour of the text around them, so
 * they work in the dark and with forced colours; they say nothing to screen readers, the words beside them do.
 */
import { svg } from "../lib/dom.js";

const ICONS = {
  play: "M7 4.5v15l13-7.5z",
  stop: "M6 6h12v12H6z",
  softer: "M4 9.5v5h3.5L12 19V5L7.5 9.5zM16 10.5c.8 1 .8 2 0 3M3 21h18",
  quiet: "M4 9.5v5h3.5L12 19V5L7.5 9.5zM16 9l5 6M21 9l-5 6",
  spotlight: "M12 3v3M4.5 6l2 2M19.500 6l-2 2M3 13h3M18 13h3M12 9a4 4 0 0 1 2 7.500V19h-4v-2.500A4 4 0 0 1 12 9zM10 21.500h4",
  keep: "M12 3.500l2.600 5.400 5.900.8-4.300 4.100 1 5.900-5.200-2.800-5.200 2.800 1-5.900L3.500 9.700l5.900-.8z",
  next: "M5 5v14l9-7zM17 5v14",
  minus: "M5 12h14",
  plus: "M5 12h14M12 5v14",
  close: "M6 6l12 12M18 6L6 18",
  back: "M15 5l-7 7 7 7",
  forward: "M9 5l7 7-7 7",
  up: "M5 15l7-7 7 7",
  down: "M5 9l7 7 7-7",
  people: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM16.500 11.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM2.500 19c0-3.500 2.500-5.500 5.500-5.500s5.500 2 5.500 5.500M15.500 14c3.500-.5 6 1.500 6 5",
  song: "M9 18.500V6l11-2v12.500M9 18.500a2.500 2.500 0 1 1-5 0 2.500 2.500 0 0 1 5 0zM20 16.500a2.500 2.500 0 1 1-5 0 2.500 2.500 0 0 1 5 0z",
  plan: "M9 6h12M9 12h12M9 18h12M4 6h.01M4 12h.01M4 18h.01",
  takes: "M3 12h2M7 8v8M11 4v16M15 9v6M19 6.500v11M22 12h0",
  room: "M4 20V9l8-5 8 5v11zM10 20v-6h4v6",
  undo: "M9 7L4 12l5 5M4.500 12H14a5.500 5.500 0 0 1 0 11h-1",
  hand: "M7 12V6.500a1.500 1.500 0 0 1 3 0V11M10 11V4.500a1.500 1.500 0 0 1 3 0V11M13 11V5.500a1.500 1.500 0 0 1 3 0V12M16 12V8.500a1.500 1.500 0 0 1 3 0V15c0 4-2.500 6.500-6 6.500-3 0-4.500-1.500-6-4L4.500 13.500c-.8-1.500 1-2.500 2-1.300L7 13",
  plug: "M9 3v5M15 3v5M6 8h12v3a6 6 0 0 1-12 0zM12 17v4",
  asleep: "M20 14.500A8.500 8.500 0 1 1 9.500 4a7 7 0 0 0 10.500 10.500z",
  muted: "M4 9.500v5h3.500L12 19V5L7.500 9.500zM15.500 9.500l5 5M20.500 9.500l-5 5",
  microphone: "M12 14.500a3 3 0 0 0 3-3v-5a3 3 0 0 0-6 0v5a3 3 0 0 0 3 3zM6 11.500a6 6 0 0 0 12 0M12 17.500V21M8.500 21h7",
  phone: "M7 3h10v18H7zM11 18h2",
  warning: "M12 4l9.500 16h-19zM12 10v4.500M12 17.500v.01",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5M12 7.500v.01",
  speak: "M4 5h16v11H11l-4.500 4V16H4z",
  lock: "M6 11h12v10H6zM8.500 11V7.500a3.500 3.500 0 0 1 7 0V11",
  loop: "M17 3l3 3-3 3M20 6H8a4 4 0 0 0-4 4v1M7 21l-3-3 3-3M4 18h12a4 4 0 0 0 4-4v-1",
  swap: "M7 4L3 8l4 4M3 8h15M17 20l4-4-4-4M21 16H6",
  search: "M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13zM15.500 15.500L21 21",
  remove: "M4 7h16M9 7V4h6v3M6 7l1 14h10l1-14M10 11v6M14 11v6",
  grip: "M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01",
  help: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9.500 9.500a2.500 2.500 0 1 1 3.500 2.300c-.7.400-1 .9-1 1.700M12 16.500v.01",
  pencil: "M4 20l1-4.500L16 4.500l3.500 3.500-11 11z",
  record: "M12 18a6 6 0 1 0 0-12 6 6 0 0 0 0 12z",
  cut: "M6 9a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM6 20a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM8 8l12 10M8 16L20 6",
  instrument: "M6 4v8a6 6 0 0 0 12 0V4M4 4h4M16 4h4M10 4v10M14 4v10M6 8h12M12 18v3M8 21h8",
};

const SOLID = new Set(["play", "stop", "next", "record"]);
/** They point the way people read. */
const TURNS = new Set(["back", "forward", "undo", "plan"]);

/** A small drawing, as large as the text beside it. */
export function icon(name) {
  return svg("svg", { class: ["icon", SOLID.has(name) && "solid", TURNS.has(name) && "turns"].filter(Boolean).join(" "), viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" },
    svg("path", { d: ICONS[name] }));
}

/** [body, details]: the body is filled softly, details are lines only. */
const PICTURES = {
  piano: ["M6 11h36v26H6z", "M15 25v12M24 25v12M33 25v12M12.500 11v14h5V11M21.500 11v14h5V11M30.500 11v14h5V11"],
  harp: ["M13 41V9c12-3 23 4 23 16z", "M13 41L36 25M18 36V9M23 33V10M28 30V13M33 27V17M9 41h10"],
  bell: ["M24 7c-8 0-11 6-11 14 0 9-3 11-6 15h34c-3-4-6-6-6-15 0-8-3-14-11-14z", "M20 39a4 4 0 0 0 8 0M24 7V4"],
  bells: ["M15 12c-4 0-6 4-6 8s-2 6-4 8h20c-2-2-4-4-4-8s-2-8-6-8zM34 20c-3.500 0-5 3-5 7s-2 5-3.500 7h17c-1.500-2-3.500-3-3.500-7s-1.500-7-5-7z", "M15 12V7M12.500 31a2.500 2.500 0 0 0 5 0M34 20v-5M31.500 37a2.500 2.500 0 0 0 5 0"],
  drum: ["M8 16v16c0 4 7 7 16 7s16-3 16-7V16", "M24 22c9 0 16-3 16-6s-7-6-16-6-16 3-16 6 7 6 16 6zM8 20l8 17M24 22l-8 17M24 22l8 17M40 20l-8 17"],
  djembe: ["M9 12c2 9 9 10 9 16l-3 13h18l-3-13c0-6 7-7 9-16z", "M24 16c8 0 15-2 15-4s-7-4-15-4-15 2-15 4 7 4 15 4zM14 14l7 12M34 14l-7 12M17.500 28h13"],
  guitar: ["M18 22c-3-2-7 0-9 3s0 6-2 9 0 8 4 9 6-1 9-3 7-1 9-4 1-7-2-8 1-4-1-6-5-1-8 0z", "M19 33a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM21 27L39 9M37 5l6 6"],
  bass: ["M17 26c-3-2-7 0-9 3s0 5-1 8 2 6 5 5 5-1 8-2 6-2 7-5-2-5-4-6-3-4-6-3z", "M18 33L42 8M38 5l6 5M40 13l3 3"],
  cello: ["M24 14c-6 0-8 4-7 8 1 3-4 4-4 10 0 7 5 9 11 9s11-2 11-9c0-6-5-7-4-10 1-4-1-8-7-8z", "M24 4v24M21 6h6M19 27c-1 3 1 4 0 7M29 27c1 3-1 4 0 7M20 36h8M24 41v4"],
  flute: ["M7 36l5 5L42 12l-5-5z", "M15 33l.01.01M20 28l.01.01M25 23l.01.01M30 18l.01.01M35 9l4 4"],
  voice: ["M24 42c10 0 17-8 17-18S34 6 24 6 7 14 7 24s7 18 17 18z", "M17 18v2M31 18v2M24 36c4 0 6-3 6-6s-2-4-6-4-6 1-6 4 2 6 6 6z"],
  choir: ["M14 25a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13zM34 25a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13zM24 21a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13z", "M24 16v2M14 20v2M34 20v2M5 41c0-9 4-13 9-13M43 41c0-9-4-13-9-13M14 41c0-11 4-15 10-15s10 4 10 15"],
  marimba: ["M6 12h5v26H6zM14 14h5v22h-5zM22 16h5v18h-5zM30 18h5v14h-5zM38 20h4v10h-4z", "M4 20l40 3M4 31l40-5"],
  kalimba: ["M11 14h26v22c0 4-3 6-6 6H17c-3 0-6-2-6-6z", "M24 36a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM15 21v6M19.500 21V9M24 21V5M28.500 21V9M33 21v6M13 21h22"],
  accordion: ["M6 12h9v24H6zM33 12h9v24h-9z", "M15 14l3 10-3 10M20 13l3 11-3 11M25 13l3 11-3 11M30 14l3 10-3 10M9 18v.01M9 24v.01M9 30v.01M37 17h2M37 22h2M37 27h2M37 32h2"],
  bowl: ["M7 22h34c0 11-7 18-17 18S7 33 7 22z", "M30 16L41 6M16 15c-2-2 2-4 0-7M24 15c-2-2 2-4 0-7"],
  rain: ["M8 34l6 6L40 14l-6-6z", "M18 30l6 6M26 22l6 6M12 12v5M20 8v5M12 22v3M36 30v5M42 24v5M30 38v4"],
  shaker: ["M30 26a10 10 0 1 0-9-9c0 3 1 5 3 6s4 3 6 3z", "M23 24L8 40M5 38l5 5M28 14v.01M34 12v.01M32 19v.01M26 19v.01M40 30l3 3M37 34l2 4M42 24h3"],
  koto: ["M5 32L38 11l5 6-31 23z", "M9 34L40 13M11 37l30-22M15 29l4 5M23 24l4 5M31 18l4 5"],
  organ: ["M8 18h6v22H8zM17 10h6v30h-6zM26 6h6v34h-6zM35 14h6v26h-6z", "M8 33h6M17 33h6M26 33h6M35 33h6"],
  steel: ["M6 18c0 12 7 20 18 20s18-8 18-20z", "M24 25c10 0 18-3 18-7s-8-7-18-7-18 3-18 7 8 7 18 7zM16 17c2 2 5 1 5-1M27 16c0 2 4 3 6 1M20 21c3-2 6-2 8 0"],
  musicbox: ["M7 22h30v18H7z", "M7 22l6-8h30l-6 8M37 22V40l6-8V14M41 25h4v-6M15 36v-8l7-2v8M15 36a2 2 0 1 1-4 0 2 2 0 0 1 4 0zM22 34a2 2 0 1 1-4 0 2 2 0 0 1 4 0z"],
  space: ["M24 34a10 10 0 1 0 0-20 10 10 0 0 0 0 20z", "M16 29C8 34 4 37 5 39c2 3 13-1 23-8s17-15 15-18c-1-2-6-1-12 2M10 8v6M7 11h6M38 34v6M35 37h6"],
  tune: ["M18 38a5 5 0 1 1-10 0 5 5 0 0 1 10 0zM40 33a5 5 0 1 1-10 0 5 5 0 0 1 10 0z", "M18 38V12l22-5v26M18 20l22-5"],
  hands: ["M6 26h36v14H6z", "M15 26v14M24 26v14M33 26v14M10 21c0-6 1-11 3-11s2 4 2 6c1-2 4-2 4 1v4M38 21c0-6-1-11-3-11s-2 4-2 6c-1-2-4-2-4 1v4"],
};

const BY_STEM = {
  accordion: "accordion", "bass-line": "bass", "breath-flute": "flute", cello: "cello", choir: "choir", "chord-guitar": "guitar",
  "church-bells": "bell", "djembe-circle": "djembe", "drum-pads": "drum", "easy-piano": "piano", "hand-bells": "bells",
  kalimba: "kalimba", koto: "koto", "magic-harp": "harp", marimba: "marimba", "music-box": "musicbox",
  "next-chord-organ": "organ", "next-note-tune": "tune", piano: "piano", "rain-stick": "rain", "ripple-harp": "harp",
  "round-choir": "choir", "shaker-loops": "shaker", "singing-bowl": "bowl", "space-voice": "space", "steel-drums": "steel",
  "string-carpet": "cello", "strum-guitar": "guitar", "tune-together": "tune", "two-hands": "hands", ukulele: "guitar",
};

/** For instruments of one's own. */
const BY_FAMILY = { strings: "harp", keys: "piano", bells: "bell", drums: "drum", voices: "voice", wind: "flute", bass: "bass" };

/** The drawing of an instrument. */
export function picture(instrument) {
  const [body, details] = PICTURES[BY_STEM[instrument.stem] ?? BY_FAMILY[instrument.family] ?? "tune"];
  return svg("svg", { class: "picture", viewBox: "0 0 48 48", "aria-hidden": "true", focusable: "false" },
    svg("path", { class: "picture-body", d: body }), svg("path", { d: details }));
}
