/**
 * Who is here, as signs: whoever sounds now is raised and framed, whoever everybody listens to stands in the middle of light.
 *
 *   const people = new People(list);   // <ul>
 *   people.show(room.people);          // [{sign, nickname?, seat, microphone, spotlight}]
 *   people.sound(live.sounding);       // seats, and 100 + microphone
 */
import { el, keyed, put } from "../lib/dom.js";
import { personName, signElement } from "../lib/signs.js";
import { t } from "../lib/texts.js";

/** Whoever sounded is shown for so long at least [ms]: short notes are seen, and nothing flickers. */
const SHOWN_MS = 450;
const FIRST_MICROPHONE = 100;

export class People {
  #list;
  #people = [];
  #timers = new Map();

  constructor(list) {
    this.#list = list;
  }

  show(people) {
    this.#people = people;
    put(this.#list, { "aria-label": t("wall.here"), hidden: people.length === 0 });
    const names = people.some((person) => person.nickname);
    keyed(this.#list, people, (person) => `${person.seat} ${person.microphone} ${person.sign}`, makePerson, (element, person) => {
      element.classList.toggle("spotlight", Boolean(person.spotlight));
      put(element.querySelector(".name"), { text: person.nickname ?? "", hidden: !names });
      put(element.querySelector(".star"), { hidden: !person.spotlight });
      put(element.querySelector(".who"), { text: t(person.spotlight ? "wall.in_spotlight" : "wall.person", { name: personName(person) }) });
    });
    this.#list.style.setProperty("--count", String(Math.max(people.length, 1)));
  }

  sound(sounding) {
    const now = new Set(sounding);
    [...this.#list.children].forEach((element, number) => {
      const { seat, microphone } = this.#people[number] ?? {};
      const sounds = now.has(seat) || (typeof microphone === "number" && now.has(FIRST_MICROPHONE + microphone));
      if (sounds) this.#raise(element);
      else if (element.classList.contains("plays") && !this.#timers.has(element)) {
        this.#timers.set(element, setTimeout(() => this.#lower(element), SHOWN_MS));
      }
    });
  }

  #raise(element) {
    clearTimeout(this.#timers.get(element));
    this.#timers.delete(element);
    element.classList.add("plays");
  }

  #lower(element) {
    this.#timers.delete(element);
    element.classList.remove("plays");
  }
}

function makePerson(person) {
  return el("li", { class: "person" },
    el("span", { class: "star", "aria-hidden": "true", hidden: true }, "★"),
    signElement(person.sign),
    el("span", { class: "name", "aria-hidden": "true" }),
    el("span", { class: "who visually-hidden" }));
}
