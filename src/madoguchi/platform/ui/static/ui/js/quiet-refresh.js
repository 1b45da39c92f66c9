// <quiet-refresh> brings numbers up to date by itself: every data-seconds, not while nobody sees the page, slower after failures.
//
// The server answers 304 while nothing can have changed. Otherwise only numbers that differ are written anew (elements with data-count, by
// its value), so that the focus and what is being read stay where they are; other tiles than before take the place of the old ones when
// none of them has the focus. Who listens hears the numbers that changed (data-name says what they count), and nothing while none did.

const LONGEST_S = 960;

class QuietRefresh extends HTMLElement {
  #tag = "";
  #pause = 0;
  #asked = Date.now();
  #timer = 0;

  connectedCallback() {
    if (this.dataset.ready) return;
    this.dataset.ready = "yes";
    this.#pause = Number(this.dataset.seconds);
    document.addEventListener("visibilitychange", () => this.#wait());
    this.#wait();
  }

  #wait() {
    clearTimeout(this.#timer);
    if (document.hidden) return;
    this.#timer = setTimeout(() => this.#refresh(), Math.max(0, this.#asked + this.#pause * 1000 - Date.now()));
  }

  async #refresh() {
    this.#asked = Date.now();
    // While the screen is locked this part is not in the document.
    const answer = this.isConnected ? await this.#ask() : null;
    if (answer?.redirected) return; // the session is over: the next press says so
    if (answer?.status === 423) document.dispatchEvent(new CustomEvent("madoguchi:locked"));
    const usual = Number(this.dataset.seconds);
    this.#pause = !this.isConnected || answer?.ok || answer?.status === 304 ? usual : Math.min(this.#pause * 2, LONGEST_S);
    if (answer?.ok) {
      this.#tag = answer.headers.get("ETag") ?? "";
      this.#show(new DOMParser().parseFromString(await answer.text(), "text/html").body);
    }
    this.#wait();
  }

  async #ask() {
    try {
      return await fetch(this.dataset.from, { headers: this.#tag ? { "If-None-Match": this.#tag } : {}, credentials: "same-origin" });
    } catch {
      return null; // no network
    }
  }

  #show(fresh) {
    const part = this.querySelector("[data-part]");
    const counts = (root) => [...root.querySelectorAll("[data-count]")];
    const [old, now] = [counts(part), counts(fresh)];
    const news = [];
    const before = new Map(old.map((one) => [one.dataset.count, one.textContent]));
    for (const one of now) {
      if (one.dataset.name && before.get(one.dataset.count) !== one.textContent) news.push(`${one.dataset.name} ${one.textContent}`);
    }
    if (old.length === now.length && old.every((one, place) => one.dataset.count === now[place].dataset.count)) {
      old.forEach((one, place) => {
        if (one.textContent === now[place].textContent) return;
        one.textContent = now[place].textContent;
        const link = one.closest("a"); // a tile that presses looks otherwise
        if (link) link.className = now[place].closest("a").className;
      });
    } else if (!part.contains(document.activeElement)) {
      part.replaceChildren(...fresh.childNodes);
    } else {
      this.#tag = ""; // again next time
      return;
    }
    if (news.length) this.querySelector("[role=status]").textContent = this.dataset.said + news.join("、");
  }
}

customElements.define("quiet-refresh", QuietRefresh);
