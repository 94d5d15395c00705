/**
 * What is touched and what that says to the room: each touch once, at its own moment, at once.
 *
 *   const touches = new Touches(connection);
 *   touches.press(field, "finger 3", 0.7, event.timeStamp);  // field: {control, ring_s, show(down)}; lets go of its last one
 *   touches.release("finger 3", event.timeStamp);
 *   touches.move(1, 0.5);                                     // an axis; at most 30 times a second
 *   touches.letGo();                                          // everything, whatever holds it
 *
 * A field may be held by several fingers and keys: each press sounds, the last one that leaves ends it.  What happens
 * while nobody listens is neither kept nor sent later.
 */
const FELT_MS = 12;
const MOVES_MS = 33;
const SMALLEST_MOVE = 0.004;
/** The quietest touch that is sent: 0 would be none. */
const QUIETEST = 0.02;

export class Touches {
  #connection;
  #number = 0;
  #holds = new Map();    // holder -> field
  #ringing = new Map();  // field -> timer of a string that rings on
  #axes = new Map();     // axis -> {value, sent, at, timer}

  constructor(connection) {
    this.#connection = connection;
  }

  /** Whether somebody listens. */
  get heard() {
    return this.#connection.state === "here";
  }

  /** True when a holder holds something. */
  holds(holder) {
    return this.#holds.has(holder);
  }

  press(field, holder, velocity, timeStamp = performance.now()) {
    this.release(holder, timeStamp);
    if (!this.heard) return;
    this.#stopRinging(field);
    this.#holds.set(holder, field);
    this.#send({ t: "touch", c: field.control, v: Math.min(Math.max(velocity, QUIETEST), 1) }, timeStamp);
    field.show(true);
    // before the first touch of the page the browser would only complain
    if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(FELT_MS);
  }

  release(holder, timeStamp = performance.now()) {
    const field = this.#holds.get(holder);
    if (field === undefined) return;
    this.#holds.delete(holder);
    if ([...this.#holds.values()].includes(field)) return;
    field.show(false);
    if (field.ring_s > 0) this.#ringing.set(field, setTimeout(() => this.#end(field, performance.now()), field.ring_s * 1000));
    else this.#end(field, timeStamp);
  }

  /** Move an axis to 0 .. 1. */
  move(axis, value) {
    const known = this.#axes.get(axis) ?? { sent: null, at: 0, timer: 0 };
    this.#axes.set(axis, known);
    known.value = Math.min(Math.max(value, 0), 1);
    if (known.timer) return;
    const wait = known.at + MOVES_MS - performance.now();
    if (wait <= 0) this.#tell(axis, known);
    else {
      known.timer = setTimeout(() => {
        known.timer = 0;
        this.#tell(axis, known);
      }, wait);
    }
  }

  /** Everything comes up. */
  letGo() {
    if (this.#holds.size + this.#ringing.size > 0) this.#connection.send({ t: "all_off" });
    this.forget();
  }

  /** The same when the room knows already. */
  forget() {
    for (const field of new Set(this.#holds.values())) field.show(false);
    this.#holds.clear();
    for (const timer of this.#ringing.values()) clearTimeout(timer);
    this.#ringing.clear();
    for (const known of this.#axes.values()) clearTimeout(known.timer);
    this.#axes.clear();
  }

  #tell(axis, known) {
    if (known.sent !== null && Math.abs(known.value - known.sent) < SMALLEST_MOVE) return;
    known.sent = known.value;
    known.at = performance.now();
    this.#send({ t: "move", a: axis, v: Math.round(known.value * 1000) / 1000 }, known.at);
  }

  #end(field, timeStamp) {
    this.#ringing.delete(field);
    this.#send({ t: "let_go", c: field.control }, timeStamp);
  }

  #stopRinging(field) {
    clearTimeout(this.#ringing.get(field));
    this.#ringing.delete(field);
  }

  #send(message, timeStamp) {
    const age = Math.max(performance.now() - timeStamp, 0) / 1000;
    // Some browsers count events from another moment than the page's own clock: then now is nearest to the truth.
    const at = this.#connection.serverNow() - (age < 5 ? age : 0);
    this.#connection.send({ ...message, at, n: ++this.#number });
  }
}
