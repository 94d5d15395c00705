/** Coming in: the code of the room, by the picture on the wall or typed, and one button. */
import { getJson, postJson } from "../lib/dom.js";
import { loadTexts, t, translate } from "../lib/texts.js";

if (new URLSearchParams(location.search).get("scan") === "1") import("../lib/scan.js");

const form = document.getElementById("form");
const code = document.getElementById("code");
const go = document.getElementById("go");
const problem = document.getElementById("problem");

function show(text) {
  problem.textContent = text;
  code.setAttribute("aria-invalid", String(text !== ""));
}

function busy(on) {
  go.setAttribute("aria-disabled", String(on));
  go.textContent = t(on ? "player.join.going" : "player.join.go");
}

/** The person who leads needs no code on this computer. */
let leads = false;

async function comeIn() {
  if (go.getAttribute("aria-disabled") === "true") return;
  show("");
  if (code.value.trim() === "" && !leads) {
    show(t("player.join.no_code"));
    code.focus();
    return;
  }
  busy(true);
  try {
    await postJson("/api/join", { code: code.value.trim() });
    location.replace("/play");
  } catch (error) {
    // fetch itself fails with a TypeError: nobody answered.  Else the room said in a sentence what is wrong.
    busy(false);
    show(error instanceof TypeError ? t("player.join.failed") : error.message);
    code.focus();
    code.select();
  }
}

await loadTexts();
translate();
document.title = t("player.join.title");
form.addEventListener("submit", (event) => {
  event.preventDefault();
  comeIn();
});
// A page that comes back out of the browser's memory must not wait for an answer of then.
addEventListener("pageshow", (event) => event.persisted && busy(false));

const given = new URLSearchParams(location.search).get("code") ?? "";
if (given) {
  // The code is good for some minutes only: it has no business in the address, the history or a bookmark.
  history.replaceState(null, "", "/join");
  code.value = given;
  comeIn();
} else {
  code.focus();
  const me = await getJson("/api/me").catch(() => ({}));
  document.getElementById("go-on").hidden = !me.roles?.includes("player");
  leads = me.roles?.includes("facilitator") ?? false;
}
