/**
 * All words of the pages, in the room's language.
 *
 *   await loadTexts("de");                    // sets <html lang dir>; without a language: the one this browser prefers
 *   t("desk.takes_of", { name: "Rosa" })      // {name} is filled in
 *   t("desk.people", { n: 3 })                // takes "desk.people.one" etc. (Intl.PluralRules) when there is such a text
 *   has("common.macro.bright")                // whether there is a text
 *   translate(document)                       // fills elements: data-t="key", data-t-label="key" (aria-label), data-t-title="key"
 *
 * A catalogue says in "common.direction" which way its script runs ("ltr" or "rtl").  A missing text shows its key,
 * so that it is noticed.
 */
let texts = {};
let language = "en";
let plural = new Intl.PluralRules(language);

/** Get the catalogue of a language (English when there is none); resolves to the language that is shown now. */
export async function loadTexts(wanted = navigator.language.slice(0, 2)) {
  for (const candidate of new Set([wanted, "en"])) {
    const response = await fetch(`/api/texts/${encodeURIComponent(candidate)}`).catch(() => null);
    if (response?.ok) {
      texts = await response.json();
      language = candidate;
      break;
    }
  }
  plural = new Intl.PluralRules(language);
  document.documentElement.lang = language;
  document.documentElement.dir = texts["common.direction"] ?? "ltr";
  return language;
}

/** The language that is shown now. */
export function shownLanguage() {
  return language;
}

export function has(key) {
  return Object.hasOwn(texts, key);
}

/** The text of a key with its {placeholders} filled in. */
export function t(key, values = {}) {
  const counted = typeof values.n === "number" ? `${key}.${plural.select(values.n)}` : key;
  const text = texts[counted] ?? texts[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (Object.hasOwn(values, name) ? String(values[name]) : whole));
}

/** A number as people write it in this language. */
export function number(value, digits = 0) {
  return value.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Fill in the texts of elements that name a key. */
export function translate(root = document) {
  for (const element of root.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of root.querySelectorAll("[data-t-label]")) element.setAttribute("aria-label", t(element.dataset.tLabel));
  for (const element of root.querySelectorAll("[data-t-title]")) element.title = t(element.dataset.tTitle);
}
