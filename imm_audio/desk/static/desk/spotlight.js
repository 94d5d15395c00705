/** Whom everybody hears now. */
import { peoplePage } from "./person.js";
import { ask } from "./desk.js";
import { closeSheet, openSheet } from "./sheet.js";
import { t } from "../lib/texts.js";

export function chooseSpotlight() {
  openSheet(peoplePage({
    key: "spotlight", title: t("desk.spotlight.who"), text: t("desk.spotlight.what"),
    choose: async (one) => {
      closeSheet();
      await ask({ do: "spotlight", person: one.id });
    },
  }));
}
