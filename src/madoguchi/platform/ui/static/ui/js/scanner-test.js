// <scanner-test> tries the scanner of this terminal: what is scanned on its page goes nowhere; the page says how long the pauses between the
// signs were, and whether the scan guard can tell this scanner from a person's hands. It shows no sign of what was scanned.

const PERSON_MS = 200; // longer pauses are a person's

class ScannerTest extends HTMLElement {
  #signs = 0;
  #last = 0;
  #slowest = 0;

  connectedCallback() {
    this.hidden = false;
    addEventListener("madoguchi:scan", (event) => {
      event.preventDefault();
      this.#signs = 0;
      this.#say("good", event.detail.code.length, event.detail.slowest);
    });
    // The scan guard lets through what is too slow for a scan.
    addEventListener("keydown", (event) => this.#onKey(event), { capture: true });
  }

  #onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const pause = event.timeStamp - this.#last;
    if (event.key === "Enter") {
      if (this.#signs >= 5 && pause <= PERSON_MS) {
        event.preventDefault();
        this.#say("slow", this.#signs, Math.max(this.#slowest, pause));
      }
      this.#signs = 0;
      return;
    }
    if (event.key.length !== 1) return;
    const goesOn = this.#signs > 0 && pause <= PERSON_MS;
    this.#signs = goesOn ? this.#signs + 1 : 1;
    this.#slowest = goesOn ? Math.max(this.#slowest, pause) : 0;
    this.#last = event.timeStamp;
  }

  #say(kind, signs, slowest) {
    this.querySelector("[role=status]").textContent = this.dataset[kind].replace("#signs#", signs).replace("#ms#", Math.round(slowest));
  }
}

customElements.define("scanner-test", ScannerTest);
