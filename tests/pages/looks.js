// What can be measured of a page, from inside of it (looks.py calls these functions).

const OPERABLE =
  "a[href], button, input:not([type=hidden]), select, textarea, summary, audio[controls], [role=button], [role=slider], " +
  "[role=switch], [role=tab], [role=option], [role=radio], [role=checkbox], [role=menuitem], [tabindex]:not([tabindex='-1'])";

/** Every element below a node, through shadow roots. */
const all = (root) => [...root.querySelectorAll("*")].flatMap((e) => [e, ...(e.shadowRoot ? all(e.shadowRoot) : [])]);

const seen = (e) =>
  e.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true }) &&
  e.getClientRects().length > 0 &&
  !e.closest("[inert], [aria-hidden=true]");

/** Everything a person can operate now. */
const controls = () => all(document).filter((e) => e.matches(OPERABLE) && seen(e) && !e.disabled);

const ownText = (e) =>
  [...e.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data.trim()).filter(Boolean).join(" ");

const named = (e) => {
  const name = e.getAttribute("aria-label") || e.innerText || e.title || "";
  return `${e.localName}${e.id ? "#" + e.id : ""} "${name.trim().slice(0, 50)}"`;
};

/** Controls smaller than `least` pixels; a label that is clicked counts as part of its control. */
function smallTargets(least) {
  const found = [];
  for (const e of controls()) {
    const boxes = [e, ...(e.labels ?? [])].map((part) => part.getBoundingClientRect());
    const width = Math.max(...boxes.map((box) => box.width));
    const height = Math.max(...boxes.map((box) => box.height));
    const inText = e.localName === "a" && getComputedStyle(e).display === "inline";
    if (!inText && Math.min(width, height) < least - 0.5) found.push(`${named(e)}: ${width.toFixed(0)} x ${height.toFixed(0)}`);
  }
  return found;
}

/** A text that ends with dots is told in full by the control it stands on. */
function toldInFull(e) {
  const control = e.closest("[aria-label], [title]");
  const whole = `${control?.getAttribute("aria-label")} ${control?.title}`;
  return whole.includes(e.innerText.trim());
}

/** What makes the page scroll sideways or is cut off. */
function sideways() {
  const width = document.documentElement.clientWidth;
  const whole = document.documentElement.scrollWidth;
  const found = whole > width ? [`the page: ${whole} > ${width}`] : [];
  const scrolls = (e) => {
    for (let at = e.parentElement; at; at = at.parentElement) {
      if (["auto", "scroll"].includes(getComputedStyle(at).overflowX)) return true;
    }
    return false;
  };
  for (const e of all(document.body)) {
    if (!seen(e) || e.closest("svg, canvas, .visually-hidden")) continue;
    const box = e.getBoundingClientRect();
    if (box.width > 2 && (box.right > width + 1 || box.left < -1) && (ownText(e) || e.matches(OPERABLE)) && !scrolls(e)) {
      found.push(`${named(e)} reaches from ${box.left.toFixed(0)} to ${box.right.toFixed(0)} of ${width}`);
    }
    const style = getComputedStyle(e);
    if (style.textOverflow === "ellipsis" && toldInFull(e)) continue;
    if (["hidden", "clip"].includes(style.overflowX) && e.scrollWidth > e.clientWidth + 1 && e.innerText?.trim() && box.width > 2) {
      found.push(`${named(e)} is cut off: ${e.scrollWidth} > ${e.clientWidth}`);
    }
  }
  return found;
}

// --- contrast of WCAG 2.2: relative luminance of sRGB -------------------------------------------------------------------

/** Any notation of a colour -> red, green, blue 0..255, alpha 0..1, read back from a canvas. */
function parse(text) {
  parse.pixel ??= new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  parse.pixel.clearRect(0, 0, 1, 1);
  parse.pixel.fillStyle = text;
  parse.pixel.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = parse.pixel.getImageData(0, 0, 1, 1).data;
  return [r, g, b, a / 255];
}

const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];

/** The colour behind an element. */
function behind(e) {
  const layers = [];
  for (let at = e; at; at = at.parentElement ?? at.getRootNode().host) {
    layers.push(parse(getComputedStyle(at).backgroundColor));
    if (layers.at(-1)[3] === 1) break;
  }
  return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
}

const light = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
const luminance = ([r, g, b]) => 0.2126 * light(r) + 0.7152 * light(g) + 0.0722 * light(b);

function contrast(one, two) {
  const [high, low] = [luminance(one), luminance(two)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

/** Texts with less contrast than `least`:1, `large`:1 for those of 24 px (18.66 px when bold) and more. */
function faintTexts(least, large) {
  const found = [];
  for (const e of all(document.body)) {
    const text = ownText(e);
    if (!seen(e) || e.closest("svg") || e.disabled || !/[\p{L}\p{N}]/u.test(text)) continue;
    const style = getComputedStyle(e);
    const size = parseFloat(style.fontSize);
    const needed = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? large : least;
    const ground = behind(e);
    const ratio = contrast(over(parse(style.color), ground), ground);
    if (ratio < needed - 0.005) found.push(`"${text.slice(0, 40)}": ${ratio.toFixed(2)}:1`);
  }
  return found;
}

/** Controls that don't show by 2 px or more at 3:1 that they have the focus. */
function faintFocus() {
  const found = [];
  for (const e of controls()) {
    e.focus({ focusVisible: true, preventScroll: true });
    if (e.getRootNode().activeElement !== e) continue;
    const style = getComputedStyle(e);
    const ground = behind(e.parentElement ?? e.getRootNode().host);
    const ratio = contrast(over(parse(style.outlineColor), ground), ground);
    if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2 || ratio < 3) {
      found.push(`${named(e)}: ${style.outlineStyle} ${style.outlineWidth}, ${ratio.toFixed(1)}:1`);
    }
  }
  document.activeElement?.blur();
  return found;
}

/** All words a person sees, a line for each element. */
function everythingRead() {
  return all(document.body).filter((e) => ownText(e) && seen(e)).map(ownText).join("\n");
}
