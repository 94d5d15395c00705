/** The shelf: all songs, to find one by title, place, kind or language. */
import { el, getJson, keyed, put } from "../lib/dom.js";
import { has, t } from "../lib/texts.js";
import { attempt } from "./desk.js";
import { icon } from "./drawings.js";
import { openSheet, closeSheet } from "./sheet.js";

/** Search without regard to case and accents: "aloha oe" finds "Aloha ʻOe". */
const plain = (text) => text.normalize("NFKD").replaceAll(/[^\p{L}\p{N} ]/gu, "").toLowerCase();
const kindName = (kind) => (has(`desk.kind.${kind}`) ? t(`desk.kind.${kind}`) : kind);

/** `choose(card)`; `none`: also offer to play without a song, which gives null. */
export function openSongs({ choose, none = false, title = t("desk.songs.title") }) {
  openSheet({
    key: "songs", title,
    build(body) {
      let cards = [];
      const field = el("input", { type: "search", id: "song-search", autocomplete: "off", placeholder: t("desk.songs.search_hint") });
      const found = el("p", { class: "soft", role: "status" });
      const list = el("ul", { role: "list", class: "stack tight", data: { scan: "" } });
      const file = el("input", { type: "file", id: "song-file", class: "visually-hidden", tabindex: "-1", "aria-hidden": "true" });
      const bring = el("button", { type: "button", on: { click: () => file.click() } }, icon("plus"), t("desk.songs.bring"));
      const take = (card) => {
        closeSheet();
        choose(card);
      };
      const show = () => {
        const words = plain(field.value).split(" ").filter(Boolean);
        const matching = cards.filter((card) => words.every((word) => card.searched.includes(word)));
        put(found, { text: cards.length === 0 ? "" : t("desk.songs.found", { n: matching.length }) });
        keyed(list, matching, (card) => card.name, (card) => el("li", {}, el("button", { type: "button", class: "way", on: { click: () => take(card) } },
          el("span", { class: "two-lines" }, el("span", { text: card.title }), el("span", { class: "soft small", text: about(card) })))));
      };
      const load = async () => {
        const got = await attempt(() => getJson("/api/songs"));
        cards = (got ?? []).map((card) => ({ ...card, searched: plain([card.title, about(card), card.name].join(" ")) }))
          .sort((a, b) => a.title.localeCompare(b.title));
        show();
      };
      field.addEventListener("input", show);
      file.addEventListener("change", async () => {
        const [chosen] = file.files;
        if (chosen === undefined) return;
        await attempt(() => getJson(`/api/songs/${encodeURIComponent(chosen.name)}`, { method: "PUT", body: chosen }));
        file.value = "";
        await load();
      });
      body.append(
        el("div", { class: "field" }, el("label", { for: "song-search", text: t("desk.songs.search") }), field), found, list,
        el("div", { class: "row", data: { scan: "" } }, bring, file,
          none ? el("button", { type: "button", on: { click: () => take(null) } }, t("desk.songs.none")) : null),
        el("p", { class: "soft small", text: t("desk.songs.bring_what") }));
      load();
      return () => {};
    },
  });
}

function about(card) {
  return [card.kind && kindName(card.kind), card.origin, card.year].filter(Boolean).join(" · ");
}
