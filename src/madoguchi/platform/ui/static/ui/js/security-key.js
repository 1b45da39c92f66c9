// <security-key data-kind="get|create" data-options="…"> sends its form only with the answer of an authenticator in it: it takes the
// server's question from data-options, lets the browser put it to the authenticator, and fills the form's hidden box. What went wrong
// is said in the element's own words; nothing is sent then.
import { askKey, makeKey, wasCancelled, worksHere } from "./web-authn.js";

class SecurityKey extends HTMLElement {
  #busy = false;

  connectedCallback() {
    this.addEventListener("submit", (event) => this.#onSubmit(event));
    if (!worksHere()) this.#say(this.dataset.missing);
  }

  #onSubmit(event) {
    const form = event.target;
    if (form.elements.answer.value) return;
    event.preventDefault();
    if (!this.#busy) this.#speakWithKey(form, event.submitter);
  }

  async #speakWithKey(form, button) {
    if (!worksHere()) return;
    this.#busy = true;
    this.#say("");
    try {
      const options = JSON.parse(this.dataset.options);
      form.elements.answer.value = await (this.dataset.kind === "create" ? makeKey(options) : askKey(options));
      form.requestSubmit(button);
    } catch (error) {
      this.#say(wasCancelled(error) ? this.dataset.cancelled : this.dataset.unsuited);
    } finally {
      this.#busy = false;
    }
  }

  #say(words) {
    const line = this.querySelector("[role=alert]");
    line.textContent = words;
    line.hidden = !words;
  }
}

customElements.define("security-key", SecurityKey);
