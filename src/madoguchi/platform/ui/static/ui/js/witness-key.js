// <witness-key data-ask="address"> stands among the boxes of a second person: its button asks for a key of the one whose id was typed, and
// puts the answer into the form of the act in place of a password. The act's own button sends it.
import { askKey, wasCancelled, worksHere } from "./web-authn.js";

class WitnessKey extends HTMLElement {
  connectedCallback() {
    if (!worksHere()) return;
    this.hidden = false;
    this.querySelector("button").addEventListener("click", () => this.#confirm(this.closest("form")));
  }

  async #confirm(form) {
    const { witness_user_id: id, witness_password: password, witness_answer: answer } = form.elements;
    try {
      const words = new URLSearchParams({ witness_user_id: id.value, csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value });
      const asked = await fetch(this.dataset.ask, { method: "POST", body: words });
      const said = asked.headers.get("Content-Type")?.startsWith("application/json") ? await asked.json() : {};
      if (!asked.ok) return this.#say(said.message ?? this.dataset.cancelled);
      answer.value = await askKey(said);
      password.value = "";
      // The key answered for this id and no other.
      id.addEventListener("input", () => this.#takeBack(answer), { once: true });
      return this.#say(this.dataset.done);
    } catch (error) {
      if (!wasCancelled(error)) console.warn(error.name);
      return this.#say(this.dataset.cancelled);
    }
  }

  #takeBack(answer) {
    answer.value = "";
    this.#say("");
  }

  #say(words) {
    this.querySelector("[role=status]").textContent = words;
  }
}

customElements.define("witness-key", WitnessKey);
