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

export const SIGNS = [
  ["🦊", "fox"], ["🌻", "sunflower"], ["⛵", "boat"], ["🍓", "strawberry"], ["🦉", "owl"], ["🌙", "moon"], ["🐢", "turtle"],
  ["🎈", "balloon"], ["🐝", "bee"], ["🍋", "lemon"], ["🏠", "house"], ["🐘", "elephant"], ["⭐", "star"], ["🌲", "tree"],
  ["🐟", "fish"], ["🍒", "cherries"], ["☂️", "umbrella"], ["🐧", "penguin"], ["🍄", "mushroom"], ["🔑", "key"], ["🦋", "butterfly"],
  ["🚂", "train"], ["🍐", "pear"], ["🐱", "cat"], ["🌈", "rainbow"], ["🐶", "dog"], ["🌷", "tulip"], ["🎩", "hat"], ["🐴", "horse"],
  ["🍊", "orange"], ["☀️", "sun"], ["🦆", "duck"], ["🐞", "ladybird"], ["🚲", "bicycle"], ["🐰", "rabbit"], ["🍇", "grapes"],
  ["🦔", "hedgehog"], ["🌵", "cactus"], ["🐙", "octopus"], ["🧁", "cake"],
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
