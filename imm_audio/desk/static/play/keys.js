/**
 * Keys: of a keyboard, of a Makey Makey, of switches.  Every key plays something; a key that repeats plays once.
 *
 * A letter that stands on a field plays that field, digits count the fields.  A Makey Makey plays them in the order of its
 * contacts (instruments/controllers/makey-makey.toml), other letters by their place on the keyboard.  Space and Enter play the
 * field that was chosen with Tab.
 */
const MAKEY_MAKEY = ["ArrowLeft", "ArrowUp", "ArrowDown", "ArrowRight", "Space", "", "KeyW", "KeyA", "KeyS", "KeyD", "KeyF", "KeyG"];
const ROWS = ["QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM"];
const VELOCITY = 0.7;

export function listenToKeys(stage, touches) {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const field = fieldOf(event, stage.fields);
    if (field === null) return;
    event.preventDefault();
    const holder = `key ${event.code}`;
    if (!event.repeat && !touches.holds(holder)) touches.press(field, holder, VELOCITY, event.timeStamp);
  });
  addEventListener("keyup", (event) => {
    if (!touches.holds(`key ${event.code}`)) return;
    event.preventDefault(); // Space would click the button once more
    touches.release(`key ${event.code}`, event.timeStamp);
  });
}

/** The field that a key plays; null: none, the key belongs to the browser or to another control. */
function fieldOf(event, fields) {
  if (fields.length === 0) return null;
  const focused = document.activeElement;
  const own = fields.find((field) => field.element === focused);
  const uses = event.code === "Space" || event.code === "Enter" || event.code === "NumpadEnter";
  if (own && uses) return own;
  if (!own && focused !== document.body && focused !== null) {
    const arrows = focused.role === "slider" && event.code.startsWith("Arrow");
    if (uses || arrows) return null;
  }
  const number = numberOf(event, fields);
  return number < 0 ? null : fields[number % fields.length];
}

function numberOf(event, fields) {
  const written = fields.findIndex((field) => field.letter.toUpperCase() === event.key.toUpperCase());
  if (written >= 0) return written;
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code);
  if (digit) return (Number(digit[1]) + 9) % 10;
  if (event.code === "Enter" || event.code === "NumpadEnter") return 1;
  if (MAKEY_MAKEY.includes(event.code)) return MAKEY_MAKEY.indexOf(event.code);
  const letter = /^Key([A-Z])$/.exec(event.code)?.[1];
  return letter ? ROWS.map((row) => row.indexOf(letter)).find((place) => place >= 0) : -1;
}
