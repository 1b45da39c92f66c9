// <reveal-field data-seconds> opens masked values in place: one value a press, each of which the server records before it sends it.
//
// An opened value is put back under its mask after data-seconds by the clock of the page, by its button, and when the page is left (the
// back button finds it masked). It stands in no storage. Whatever the server answers other than with the value is left to the form: it
// then answers with the page, as it does where this file does not run.

const HEADER = "X-Reveal";
const TICK_MS = 1000;

class RevealField extends HTMLElement {
  #open = new Map(); // the button of each opened value: its mask, its words and when it is masked again
  #isPassedOn = false;
  #clock = 0;

  connectedCallback() {
    if (this.dataset.ready) return;
    this.dataset.ready = "yes";
    this.form = this.querySelector("form");
    this.form.addEventListener("submit", (event) => this.#onSubmit(event));
    addEventListener("pagehide", () => this.#maskAll());
    document.addEventListener("visibilitychange", () => this.#look()); // timers stand still while a computer sleeps
  }

  #onSubmit(event) {
    const button = event.submitter;
    if (this.#isPassedOn || !button?.name || event.defaultPrevented) return;
    const reason = this.form.elements.namedItem("reason");
    if (reason && !reason.value.trim()) return; // the server says what is missing
    event.preventDefault();
    if (this.#open.has(button)) this.#mask(button);
    else if (!button.dataset.asked) this.#ask(button);
  }

  async #ask(button) {
    button.dataset.asked = "yes";
    let answer = null;
    try {
      const body = new FormData(this.form, button);
      answer = await fetch(this.form.getAttribute("action"), { method: "POST", body, headers: { [HEADER]: "ask" }, credentials: "same-origin" });
    } catch {
      answer = null; // no network: the form says so in the browser's own words
    }
    delete button.dataset.asked;
    if (answer?.status === 423) {
      document.dispatchEvent(new CustomEvent("madoguchi:locked"));
      return;
    }
    const found = answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-masked]") : null;
    if (found?.dataset.masked === button.value) this.#show(button, found);
    else this.#passOn(button);
  }

  #passOn(button) {
    this.#isPassedOn = true;
    this.form.requestSubmit(button);
    this.#isPassedOn = false;
  }

  #show(button, found) {
    const value = button.parentElement.querySelector("[data-value]");
    const until = Date.now() + Number(this.dataset.seconds) * 1000;
    this.#open.set(button, { value, mask: value.textContent, words: button.textContent, label: button.ariaLabel, until });
    value.textContent = found.querySelector("[data-value]").textContent;
    button.textContent = this.dataset.hide;
    button.ariaLabel = button.dataset.hide;
    this.#say(this.dataset.shown);
    this.#count(found.dataset.reveals);
    this.#clock ||= setInterval(() => this.#look(), TICK_MS);
  }

  #mask(button) {
    const { value, mask, words, label } = this.#open.get(button);
    this.#open.delete(button);
    value.textContent = mask;
    button.textContent = words;
    button.ariaLabel = label;
    if (this.#open.size === 0) {
      clearInterval(this.#clock);
      this.#clock = 0;
    }
    this.#say(this.dataset.hidden);
  }

  #look() {
    for (const [button, { until }] of [...this.#open]) if (Date.now() >= until) this.#mask(button);
  }

  #maskAll() {
    for (const button of [...this.#open.keys()]) this.#mask(button);
  }

  #say(words) {
    this.querySelector("[role=status]").textContent = words;
  }

  #count(number) {
    const count = document.querySelector("[data-reveal-count]");
    if (!count || !number) return;
    count.querySelector("[data-number]").textContent = number;
    count.hidden = false;
  }
}

customElements.define("reveal-field", RevealField);
