/**
 * The connection of a page to the room: a WebSocket that comes back by itself, and the room's clock.
 *
 *   const room = connect("/ws/desk", { room(document) {}, live(changed, all) {}, notice(notice) {}, away() {}, ... });
 *   const answer = await room.do({ do: "start_stop" });      // { ok, say, more }; never rejects
 *   room.send({ t: "let_go", c: 60, at: room.serverNow(), n: 7 });   // false when nobody hears it just now
 *
 * Handlers (all optional; `on(name, handler)` adds more of them):
 *   hello({role, session, now_s, changed})  connected; `changed`: it is another session than before
 *   room(document), you(document)           the whole document whenever it changed; also `connection.room`, `connection.you`
 *   live(changed, all)                      live values: what came now, and all of it merged; also `connection.live`
 *   notice({level, text, at})               something happened, in the room's language
 *   away()                                  the connection is lost; it is tried again after 0.3 s .. 5 s
 *   back()                                  the connection is there again
 *   bye({say, refused})                     this page has no place here any more; it is not tried again
 *
 * `serverNow()` is the clock of live values and touches [s]: this page's clock plus the offset measured by the quickest of
 * the last eight pings (D. L. Mills, RFC 5905, section 10: the sample with the shortest delay has the smallest error).
 */
import { t } from "./texts.js";

const FIRST_WAIT_S = 0.3;
const LONGEST_WAIT_S = 5;
const PING_S = 2;
const QUICK_PINGS = 5;
const QUICK_PING_S = 0.1;
const PINGS_KEPT = 8;
/** A pong is due every 2 s; a computer that slept, or a phone that left the Wi-Fi, leaves a socket that only looks open. */
const SILENT_S = 7;
const ANSWER_S = 10;

const pageNow = () => performance.now() / 1000;

export function connect(path, handlers = {}) {
  return new Connection(path, handlers);
}

class Connection {
  /** "connecting" (never been there), "here", "away" (comes back) or "ended" (does not). */
  state = "connecting";
  live = {};
  room = null;
  you = null;
  session = "";
  roundTripMs = null;

  #path;
  #handlers = new Map();
  #socket = null;
  #wait = FIRST_WAIT_S;
  #retry = 0;
  #pings = [];
  #pingCount = 0;
  #pingTimer = 0;
  #offset = 0;
  #heard = 0;
  #number = 0;
  #asked = new Map();

  constructor(path, handlers) {
    this.#path = path;
    for (const [name, handler] of Object.entries(handlers)) this.on(name, handler);
    addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#hurry());
    // A page put aside by the browser (back/forward cache) keeps no socket; when it is shown again it starts anew.
    addEventListener("pageshow", (event) => event.persisted && this.#hurry());
    this.#open();
  }

  on(name, handler) {
    const list = this.#handlers.get(name) ?? [];
    this.#handlers.set(name, [...list, handler]);
    return this;
  }

  /** Ask the room for something: resolves to {ok, say, more}, also when nobody is there to answer. */
  do(command) {
    const n = ++this.#number;
    if (!this.send({ t: "do", n, command })) return Promise.resolve({ ok: false, say: t("common.away_now"), more: {} });
    const timer = setTimeout(() => this.#answer({ n, ok: false, say: t("common.no_answer") }), ANSWER_S * 1000);
    let resolve;
    const answered = new Promise((done) => { resolve = done; });
    this.#asked.set(n, { resolve, timer, answered });
    return answered;
  }

  /** When every question that was asked has its answer. */
  async settled() {
    while (this.#asked.size > 0) await Promise.all([...this.#asked.values()].map(({ answered }) => answered));
  }

  /** Send a message; true when it went out. */
  send(message) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** The room's time [s]. */
  serverNow() {
    return pageNow() + this.#offset;
  }

  /** Leave for good. */
  close() {
    this.#end();
  }

  #emit(name, ...values) {
    for (const handler of this.#handlers.get(name) ?? []) handler(...values);
  }

  #open() {
    clearTimeout(this.#retry);
    const socket = new WebSocket(new URL(this.#path, location.href.replace(/^http/, "ws")));
    this.#socket = socket;
    this.#heard = pageNow();
    socket.addEventListener("message", (event) => socket === this.#socket && this.#take(JSON.parse(event.data)));
    socket.addEventListener("close", () => socket === this.#socket && this.#lost());
  }

  /** Try again at once: there is reason to believe that it works now, or that the socket is dead. */
  #hurry() {
    if (this.state === "ended") return;
    if (this.#socket === null) this.#open();
    else this.#ping();
  }

  #lost() {
    const wasHere = this.state === "here";
    clearTimeout(this.#pingTimer);
    this.#socket = null;
    for (const n of [...this.#asked.keys()]) this.#answer({ n, ok: false, say: t("common.away_now") });
    if (this.state === "ended") return;
    this.state = "away";
    if (wasHere || this.#wait === FIRST_WAIT_S) this.#emit("away");
    // Not all pages at the same moment: twenty phones come back after a hiccup of the Wi-Fi.
    this.#retry = setTimeout(() => this.#open(), this.#wait * (0.75 + 0.5 * Math.random()) * 1000);
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT_S);
    if (!wasHere) this.#askWhetherWelcome();
  }

  /** A refused socket does not say why; the same question over HTTP does. */
  async #askWhetherWelcome() {
    try {
      const response = await fetch("/api/me", { cache: "no-store" });
      if (this.state !== "away") return;
      const me = await response.json().catch(() => ({}));
      if (response.status === 401 || response.status === 403 || (response.ok && !me.role)) {
        this.#end();
        this.#emit("bye", { say: typeof me.detail === "string" ? me.detail : "", refused: true });
      }
    } catch {
      // Nobody answers: it stays away and is tried again.
    }
  }

  #end() {
    this.state = "ended";
    clearTimeout(this.#retry);
    clearTimeout(this.#pingTimer);
    this.#socket?.close();
  }

  #take(message) {
    this.#heard = pageNow();
    switch (message.t) {
      case "hello": return this.#hello(message);
      case "pong": return this.#pong(message);
      case "answer": return this.#answer(message);
      case "room":
        this.room = message.room;
        return this.#emit("room", message.room);
      case "you":
        this.you = message;
        return this.#emit("you", message);
      case "live": {
        const { t: _, ...changed } = message;
        Object.assign(this.live, changed);
        return this.#emit("live", changed, this.live);
      }
      case "notice": return this.#emit("notice", message);
      case "bye":
        if (message.again) return undefined; // it closes now, and is tried again like any other loss
        this.#end();
        return this.#emit("bye", { say: message.say ?? "", refused: Boolean(message.old) });
    }
    return undefined;
  }

  #hello(message) {
    const before = this.state;
    const changed = this.session !== "" && this.session !== message.session;
    this.state = "here";
    this.session = message.session;
    this.#wait = FIRST_WAIT_S;
    this.live = {};
    this.#pings = [];
    this.#pingCount = 0;
    this.#offset = message.now_s - pageNow();
    this.#ping();
    this.#emit("hello", { ...message, changed });
    if (before === "away") this.#emit("back");
  }

  #ping() {
    clearTimeout(this.#pingTimer);
    if (pageNow() - this.#heard > SILENT_S) {
      this.#socket?.close();
      return this.#lost();
    }
    this.send({ t: "ping", at: pageNow() });
    this.#pingCount += 1;
    const wait = this.#pingCount < QUICK_PINGS ? QUICK_PING_S : PING_S;
    this.#pingTimer = setTimeout(() => this.#ping(), wait * 1000);
    return undefined;
  }

  #pong({ at, now_s }) {
    const now = pageNow();
    const trip = now - at;
    this.#pings = [...this.#pings, { trip, offset: now_s - (at + now) / 2 }].slice(-PINGS_KEPT);
    const best = this.#pings.reduce((a, b) => (b.trip < a.trip ? b : a));
    this.#offset = best.offset;
    this.roundTripMs = trip * 1000;
  }

  #answer({ n, ok, say = "", more = {} }) {
    const asked = this.#asked.get(n);
    if (asked === undefined) return;
    this.#asked.delete(n);
    clearTimeout(asked.timer);
    asked.resolve({ ok, say, more });
  }
}
