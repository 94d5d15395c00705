/**
 * Signs: emoji that stand for people who need not give a name.
 *
 *   SIGNS                       // [{sign: "🦊", word: "fox"}, ...] in an order that puts unlike ones side by side
 *   signName("🦊")              // "Fox", in the room's language: what screen readers say, and what can be said aloud
 *   signElement("🦊")           // <span class="sign" aria-hidden="true">🦊</span>: its neighbour has to say who it is
 *   personName(person)          // nickname, else the sign's name
 */
import { el } from "./dom.js";
import { has, t } from "./texts.js";

/** The signs that the room gives (imm_audio/room/signs.py), in the same order. */
export const SIGNS = [
  ["🦊", "fox"], ["🌻", "sunflower"], ["🐢", "turtle"], ["⭐", "star"], ["🦋", "butterfly"], ["🍎", "apple"], ["🐳", "whale"],
  ["🌙", "moon"], ["🦉", "owl"], ["🍀", "clover"], ["🐝", "bee"], ["⛵", "boat"], ["🐘", "elephant"], ["🌷", "tulip"],
  ["🦆", "duck"], ["☂️", "umbrella"], ["🐬", "dolphin"], ["🌵", "cactus"], ["🐞", "ladybird"], ["🔔", "bell"],
  ["🦔", "hedgehog"], ["🍋", "lemon"], ["🐌", "snail"], ["🎈", "balloon"], ["🦜", "parrot"], ["🍄", "mushroom"],
  ["🐇", "rabbit"], ["🗝️", "key"], ["🐠", "fish"], ["🌲", "tree"], ["🦢", "swan"], ["🏠", "house"], ["🐿️", "squirrel"],
  ["🍓", "strawberry"], ["🐧", "penguin"], ["🪁", "kite"], ["🦩", "flamingo"], ["🍐", "pear"], ["🐎", "horse"],
  ["⚓", "anchor"], ["🐑", "sheep"], ["🌽", "maize"], ["🦚", "peacock"], ["🚲", "bicycle"], ["🐄", "cow"], ["🥕", "carrot"],
  ["🦓", "zebra"], ["🕯️", "candle"], ["🐐", "goat"], ["🍒", "cherries"], ["🦒", "giraffe"], ["🎀", "bow"],
  ["🐓", "cockerel"], ["🌰", "chestnut"], ["🐫", "camel"], ["🧭", "compass"], ["🦘", "kangaroo"], ["🍇", "grapes"],
  ["🦌", "deer"], ["🫖", "teapot"], ["🐈", "cat"], ["🌈", "rainbow"], ["🐕", "dog"], ["🧺", "basket"],
].map(([sign, word]) => ({ sign, word }));

const words = new Map(SIGNS.map(({ sign, word }) => [bare(sign), word]));

/** Without the mark that asks for colours, which some keyboards leave out. */
function bare(sign) {
  return sign.replaceAll("\uFE0F", "");
}

/** What a sign is called; a sign that is not in the list stands for itself. */
export function signName(sign) {
  const key = `common.sign.${words.get(bare(sign))}`;
  return has(key) ? t(key) : sign;
}

export function signElement(sign) {
  return el("span", { class: "sign", "aria-hidden": "true", text: sign });
}

/** What to call somebody. */
export function personName(person) {
  return person.nickname || signName(person.sign);
}
