// <privacy-screen> hides what stands on the page from whoever looks over the counter, by its button or Alt+P, in every tab of this session.
//
// The server keeps it in the session, so that the next page comes hidden as well; the page at hand is hidden at once, whatever the network
// does. Nothing is kept in the browser.

const HEADER = "X-Privacy";
const AGAIN_MS = 5000;

class PrivacyScreen extends HTMLElement {
  #focus = null; // what had the focus when the page was hidden
  #channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("madoguchi-privacy");

  connectedCallback() {
    if (this.dataset.ready) return;
    this.dataset.ready = "yes";
    this.form = this.querySelector("form");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#turn();
    });
    if (this.hasAttribute("data-shortcut")) addEventListener("keydown", (event) => this.#onKey(event), { capture: true });
    this.#channel?.addEventListener("message", (event) => this.#put(event.data === "hidden"));
  }

  get #isHidden() {
    return document.body.classList.contains("is-private");
  }

  #onKey(event) {
    if (event.code !== "KeyP" || !event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.repeat || !this.isConnected) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.#turn();
  }

  #turn() {
    this.#put(!this.#isHidden);
    this.#channel?.postMessage(this.#isHidden ? "hidden" : "shown");
    this.#tell(this.#isHidden);
  }

  #put(hide) {
    if (hide === this.#isHidden) return;
    if (hide) {
      this.#focus = document.querySelector("main")?.contains(document.activeElement) ? document.activeElement : null;
      document.querySelectorAll("dialog:modal").forEach((one) => one.close()); // they stand above the page
    }
    document.body.classList.toggle("is-private", hide);
    this.form.elements.namedItem("hide").value = hide ? "0" : "1";
    this.querySelector("button").textContent = hide ? this.dataset.show : this.dataset.hide;
    if (!hide) this.#focus?.focus({ preventScroll: true });
  }

  // The server is told until it has heard: the next page would stand open otherwise.
  async #tell(hide) {
    const body = new FormData(this.form);
    body.set("hide", hide ? "1" : "0");
    let answer = null;
    try {
      answer = await fetch(this.form.getAttribute("action"), { method: "POST", body, headers: { [HEADER]: "ask" }, credentials: "same-origin", keepalive: true });
    } catch {
      answer = null; // no network
    }
    if (answer?.status === 423) document.dispatchEvent(new CustomEvent("madoguchi:locked"));
    else if (!answer?.ok) setTimeout(() => this.#isHidden === hide && this.#tell(hide), AGAIN_MS);
  }
}

customElements.define("privacy-screen", PrivacyScreen);
