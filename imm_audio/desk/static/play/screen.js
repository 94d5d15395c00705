/** The device itself: its screen stays on while somebody plays, and can be filled. */
import { t } from "../lib/texts.js";

/** Keep the screen on as long as the page is seen; where the browser can't, it goes dark as always. */
export function stayAwake() {
  let lock = null;
  const ask = async () => {
    if (document.visibilityState !== "visible" || (lock !== null && !lock.released)) return;
    lock = await navigator.wakeLock?.request("screen").catch(() => null) ?? null;
  };
  document.addEventListener("visibilitychange", ask);
  addEventListener("pointerdown", ask); // some browsers want a touch first
  ask();
}

/** A button that fills the screen; it is gone where that is not possible, or done. */
export function offerFullScreen(button) {
  const page = document.documentElement;
  const alone = matchMedia("(display-mode: fullscreen), (display-mode: standalone)");
  const show = () => {
    button.hidden = !page.requestFullscreen || document.fullscreenElement !== null || alone.matches;
  };
  button.addEventListener("click", () => page.requestFullscreen({ navigationUI: "hide" }).catch(() => { button.hidden = true; }));
  document.addEventListener("fullscreenchange", show);
  show();
  return () => button.setAttribute("aria-label", t("player.full_screen"));
}
