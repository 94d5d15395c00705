/** The facilitator's desk: puts its parts together, and says what to do when there is no room behind it. */
import "../lib/scan.js";
import { connect } from "../lib/connection.js";
import { announce, el, put } from "../lib/dom.js";
import { loadTexts, shownLanguage, t } from "../lib/texts.js";
import { guardButtons } from "./controls.js";
import { attempt, desk, loadInstruments, takeLive, takeRoom, tell } from "./desk.js";
import { openHelp, startKeys } from "./help.js";
import { makeFirstRun } from "./first_run.js";
import { openInstruments } from "./instruments.js";
import { makePanels } from "./panels.js";
import { makePeople } from "./people.js";
import { addSomebody, openPerson } from "./person.js";
import { makePlan } from "./plan.js";
import { makeRoom, openJoin } from "./room.js";
import { makeSheet } from "./sheet.js";
import { makeSix } from "./six.js";
import { makeSong } from "./song.js";
import { chooseSpotlight } from "./spotlight.js";
import { makeAway, makeTop, makeWarnings } from "./status.js";
import { makeTakes } from "./takes.js";

const top = document.getElementById("top");
const main = document.getElementById("main");
const always = document.getElementById("always");
const away = makeAway();
let built = false;
let reading = false;
let unread = "";     // a language whose texts did not come

desk.connection = connect("/ws/desk", {
  room: show,
  live: (changed, all) => built && takeLive(changed, all),
  notice: (notice) => tell(notice.text, notice.level, notice.at),
  hello: ({ changed }) => changed && location.reload(),
  async away() {
    await words;
    if (built) put(away, { hidden: false, text: t("desk.away") });
    else showWaiting();
  },
  back() {
    if (!built) return;
    put(away, { hidden: true });
    announce(t("desk.back"));
  },
  async bye({ say, refused }) {
    await words;
    if (refused) showEnd(t("desk.end.old"), t("desk.end.old_more"), t("desk.end.how"));
    else showEnd(t("desk.end.gone"), say);
  },
});

const instruments = attempt(loadInstruments);
const words = read(navigator.language.slice(0, 2));

/** Get the words; the newest room is shown when they are there. */
async function read(language) {
  reading = true;
  if (await loadTexts(language) !== language) unread = language;
  reading = false;
  document.title = t("desk.title");
  if (desk.connection.room !== null) show();
}

function show() {
  const { room } = desk.connection;
  if (reading) return undefined;
  if (room.language !== shownLanguage() && room.language !== unread) {
    // All words stand in the page already, so it is made anew; its address says which part was seen.
    return built ? desk.connection.settled().then(() => location.reload()) : read(room.language);
  }
  if (built) takeRoom(room);
  else build(room);
  if (room.ended) showEnd(t("desk.end.ended"), t("desk.end.ended_more"), t("desk.end.how"));
  return undefined;
}

function build(room) {
  built = true;
  takeRoom(room);
  instruments.then(() => takeRoom(desk.room));
  const sheet = makeSheet();
  const panels = makePanels({
    people: makePeople({ openPerson, openInstruments, addSomebody, openJoin }),
    song: makeSong(), plan: makePlan(), takes: makeTakes(), room: makeRoom({ openHelp }),
  });
  top.replaceChildren();
  always.replaceChildren();
  makeTop(top, { openTakes: () => panels.open("takes"), openHelp });
  const act = makeSix(always, { chooseSpotlight });
  main.replaceChildren(panels.element);
  main.after(sheet);
  main.before(away, makeWarnings(), panels.tabs);
  guardButtons();
  startKeys(act);
  makeFirstRun();
  document.body.classList.add("ready");
  takeLive(desk.connection.live, desk.connection.live);
}

/** Nobody answers yet: the program starts, or it is gone. */
function showWaiting() {
  main.replaceChildren(el("div", { class: "whole-page" }, el("h1", { text: t("desk.waiting") }), el("p", { text: t("desk.waiting_more") })));
}

/** There is no room behind this page any more. */
function showEnd(title, ...sentences) {
  desk.connection.close();
  document.body.classList.remove("ready", "sheet-open", "first");
  for (const element of [...document.body.children]) {
    if (element !== main && element.tagName !== "SCRIPT") element.remove();
  }
  main.replaceChildren(el("div", { class: "whole-page" },
    el("h1", { text: title }), sentences.map((text) => el("p", { text })),
    el("button", { type: "button", class: "primary", on: { click: () => location.reload() } }, t("desk.end.again"))));
  main.focus();
}
