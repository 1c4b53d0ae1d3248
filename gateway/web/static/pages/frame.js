// What every page is drawn in: the bar, and one screen below it, in one of two languages.

import { other, preferred, speaking, tag } from "./language.js";
import { deafToScanners } from "./scanner.js";
import { bar } from "./views.js";

const TYPED = "#page input[id]:not([type=radio], [type=checkbox])"; // outlives a change of the language

/** @typedef {{ element: Node | Node[], draw?: () => void, close?: () => void }} View what has to know that it is shown */

export class Frame {
  #words;
  #save;
  #top;
  #make = () => [];
  #open; // the view that is shown

  /** The words of the page, in the language of now. @type {ReturnType<typeof speaking>} */
  t;

  /**
   * @param {object} given
   * @param {Record<"en" | "zh", Record<string, string>>} given.words
   * @param {(name: "language", value: string) => Promise<void>} given.save
   * @param {() => object} [given.top] what the bar has besides, as it is now
   */
  constructor({ words, save, top = () => ({}) }) {
    this.#words = words;
    this.#save = save;
    this.#top = top;
    this.t = speaking(words, preferred(navigator.languages));
    deafToScanners(document.body);
  }

  /** @returns {"en" | "zh"} */
  get language() {
    return this.t.language;
  }

  /** @param {"en" | "zh" | undefined} language the one that was chosen before, if any */
  speak(language) {
    if (language !== undefined) this.t = speaking(this.#words, language);
  }

  /** Show another screen. @param {() => Node | Node[] | View} make it, in whatever language; called again where that changes */
  show(make) {
    this.#make = make;
    this.draw();
  }

  /** Draw the screen anew. */
  draw() {
    this.#open?.close?.();
    this.#open = undefined;
    const made = this.#make();
    document.getElementById("page").replaceChildren(this.#bar(), ...[made.element ?? made].flat());
    document.documentElement.lang = tag(this.language);
    document.title = `Laurel · ${this.t("title")}`;
    if (made.element) this.#open = made;
    this.#open?.draw?.();
  }

  /** @param {View | undefined} view @returns {boolean} whether that is what is shown */
  shows(view) {
    return view !== undefined && this.#open === view;
  }

  #bar() {
    return bar(this.t, { ...this.#top(), switchLanguage: () => this.#switch() });
  }

  async #switch() {
    const typed = [...document.querySelectorAll(TYPED)].map(({ id, value }) => [id, value]);
    this.speak(other(this.language));
    this.draw();
    for (const [id, value] of typed) {
      const field = document.getElementById(id);
      if (!value || !field || field.value === value) continue;
      field.value = value;
      field.dispatchEvent(new Event("input"));
    }
    document.querySelector("[data-act=language]").focus();
    await this.#save("language", this.language);
  }
}
