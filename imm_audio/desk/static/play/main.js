/**
 * A player's page: one part, full screen.  Each file beside this one does one thing; here they meet.
 *
 *   connection ── you ──> stage (fields), top (who and what one plays), calm (what to do when one can't play)
 *   fingers, keys, gamepads, tilt ──> touches ──> connection
 */
import { connect } from "../lib/connection.js";
import { announce, getJson, put } from "../lib/dom.js";
import { signName } from "../lib/signs.js";
import { loadTexts, shownLanguage, t } from "../lib/texts.js";
import { Calm } from "./calm.js";
import { listenToFingers, moveAxes } from "./fingers.js";
import { listenToGamepads } from "./gamepads.js";
import { listenToKeys } from "./keys.js";
import { showPulse } from "./pulse.js";
import { offerFullScreen, stayAwake } from "./screen.js";
import { Stage } from "./stage.js";
import { Tilt } from "./tilt.js";
import { Touches } from "./touches.js";

const CALLED_MS = 8000;
const ENDING_MS = 1500;
const FLOOR_DBFS = -60;
/** Until somebody has taken this place. */
const NOBODYS_SIGN = "🎵";

if (new URLSearchParams(location.search).get("scan") === "1") import("../lib/scan.js");

const byId = (id) => document.getElementById(id);
const calm = new Calm();
await loadTexts();
calm.show("connecting");

const stage = new Stage(byId("stage"), (place) => moveAxes(stage, touches, place));
const connection = connect("/ws/play", {
  you: showYou,
  live: (changed) => changed.level !== undefined && showLevel(changed.level),
  away() {
    touches.forget(); // the room lets go by itself when a page is lost
    calm.show("away");
  },
  back: () => announce(t("player.back")),
  async bye({ say }) {
    touches.forget();
    tilt.stop();
    calm.show("connecting");
    await new Promise((resolve) => setTimeout(resolve, ENDING_MS)); // a room that ends still answers for a moment
    const me = await getJson("/api/me").catch(() => null);
    calm.show(me === null ? "ended" : me.roles.includes("player") ? "over" : "old", say);
  },
});
const touches = new Touches(connection);
const tilt = new Tilt(byId("tilt"), stage, touches, note);
const nameFullScreen = offerFullScreen(byId("full-screen"));

listenToFingers(byId("stage"), stage, touches);
listenToKeys(stage, touches);
listenToGamepads(stage, touches);
showPulse(byId("pulse"), connection);
stayAwake();
byId("call").addEventListener("click", () => connection.send({ t: "call" }) && note(t("player.called")));

// Whoever looks at something else holds nothing: no page can hear a finger leave while it is hidden.
document.addEventListener("visibilitychange", () => document.hidden && touches.letGo());
addEventListener("pagehide", () => touches.letGo());
addEventListener("blur", () => touches.letGo());
addEventListener("scroll", () => stage.measure(), true);
addEventListener("resize", () => stage.measure());

let shown = "";   // what the fields were drawn from
let screens = 1;  // how many play this part

async function showYou(you) {
  if (you.language !== shownLanguage()) {
    await loadTexts(you.language);
    if (connection.you !== you) return; // a newer one came meanwhile
  }
  const { part } = you;
  const drawnFrom = JSON.stringify([part, you.language]);
  if (drawnFrom !== shown) {
    touches.letGo();
    const again = shown !== "";
    shown = drawnFrom;
    stage.show(part);
    tilt.show();
    if (again) announce(t("player.plays", part));
  }
  const who = you.nickname || signName(you.sign);
  document.title = `${part.name} · imm_audio`;
  put(byId("sign"), { text: you.sign || NOBODYS_SIGN, "aria-label": t("player.you_are", { who }) });
  put(byId("locked"), { hidden: !you.locked, "aria-label": t("player.locked") });
  put(byId("name"), { text: part.name });
  put(byId("nickname"), { text: you.nickname ?? "", hidden: !you.nickname });
  put(byId("say"), { text: part.say });
  put(byId("stage"), { "aria-label": t("player.play") });
  put(byId("call"), { "aria-label": t("player.call") });
  put(byId("tilt"), { "aria-label": t("player.tilt") });
  nameFullScreen();
  put(document.body, { "data-spotlight": you.spotlight ? "" : null, "data-muted": you.muted ? "" : null });
  standing = you.muted ? t("player.muted") : you.spotlight ? t("player.spotlight") : "";
  showNote();
  if (you.screens > screens) note(t("player.screens", { n: you.screens - 1 }));
  screens = you.screens;
  calm.hide();
}

let standing = "";  // what is so as long as it is so
let passing = "";   // what is told for a while
let passes = 0;

function note(text) {
  passing = text;
  showNote();
  clearTimeout(passes);
  passes = setTimeout(() => {
    passing = "";
    showNote();
  }, CALLED_MS);
}

function showNote() {
  put(byId("notes"), { text: passing || standing });
}

function showLevel(level) {
  byId("me").style.setProperty("--level", String(Math.max(1 - level / FLOOR_DBFS, 0).toFixed(2)));
}
