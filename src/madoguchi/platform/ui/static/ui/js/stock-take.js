// <stock-take url="…">: readings without a pause. Each goes to the server by itself, a few bytes; the next may be read meanwhile.
//
// Nothing is lost: readings wait here in a row, are sent one after the other, and stay when the line is down, with a button to send
// them again. Each has a key of its own, so that one whose answer was lost counts once. Numbers are kept by the server: a page that
// is opened again goes on where it was left.

const TONE = { found: "ok", elsewhere: "check", double: "check", unknown: "stop", ended: "stop" };
const RETRY_MS = 5000;

class StockTake extends HTMLElement {
  #waiting = [];
  #busy = false;
  #counts = { read: 0, found: 0, elsewhere: 0, double: 0, unknown: 0 };
  #controller = new AbortController();

  connectedCallback() {
    const { signal } = this.#controller;
    this.form = this.querySelector("form");
    this.#counts.read = Number(this.dataset.read ?? 0);
    this.#counts.found = Number(this.dataset.found ?? 0);
    addEventListener("madoguchi:scan", (event) => {
      event.preventDefault();
      this.#take(event.detail.code);
    }, { signal });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      const input = this.form.querySelector("[data-scan-field]");
      if (input.value.trim()) this.#take(input.value.trim());
      input.value = "";
    }, { signal, capture: true });
    addEventListener("beforeunload", (event) => {
      if (this.#waiting.length) event.preventDefault();
    }, { signal });
    this.querySelector("[data-again]")?.addEventListener("click", () => this.#send(), { signal });
  }

  disconnectedCallback() {
    this.#controller.abort();
  }

  #take(code) {
    this.#waiting.push({ code, key: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}` });
    this.#show();
    this.#send();
  }

  async #send() {
    if (this.#busy) return;
    this.#busy = true;
    while (this.#waiting.length) {
      const { code, key } = this.#waiting[0];
      const body = new FormData(this.form);
      body.set("sleeve", code);
      body.set("key", key);
      let answer;
      try {
        const sent = await fetch(this.form.action, { method: "POST", body, headers: { Accept: "application/json" } });
        answer = sent.headers.get("content-type")?.startsWith("application/json") ? await sent.json() : null;
      } catch {
        answer = null;
      }
      if (!answer) {
        this.#say("offline", "");
        setTimeout(() => this.#send(), RETRY_MS);
        break;
      }
      this.#waiting.shift();
      this.#count(answer.verdict);
      this.#say(answer.verdict, code);
      this.dispatchEvent(new CustomEvent("madoguchi:tone", { detail: { tone: TONE[answer.verdict] ?? "stop" }, bubbles: true }));
    }
    this.#busy = false;
    this.#show();
  }

  #count(verdict) {
    if (!(verdict in this.#counts)) return;
    this.#counts[verdict] += 1;
    if (verdict !== "double") this.#counts.read += 1;
  }

  #say(verdict, code) {
    for (const words of this.querySelectorAll("[data-verdict]")) {
      words.hidden = words.dataset.verdict !== verdict;
      const last = words.querySelector("[data-code]");
      if (last && !words.hidden) last.textContent = code;
    }
    this.#show();
  }

  #show() {
    for (const [name, number] of Object.entries({ ...this.#counts, waiting: this.#waiting.length })) {
      const shown = this.querySelector(`[data-count="${name}"]`);
      if (shown) shown.textContent = String(number);
    }
  }
}

customElements.define("stock-take", StockTake);
