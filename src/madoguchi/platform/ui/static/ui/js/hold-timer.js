// <hold-timer data-seconds-left="600"> watches the deadline of a held place. Its words stand in the page:
//   [data-say="3"], [data-say="1"]  said once in the live region [data-live] when so many minutes are left
//   dialog[data-warning]            opened once when 60 seconds are left; holds the form that extends the hold
//   [data-over]                     shown when the time has run out
// The remaining time comes from the server as a duration, so that a wrong clock in the reader's device does no harm.

class HoldTimer extends HTMLElement {
  #end = 0;
  #said = new Set();
  #timer = 0;

  connectedCallback() {
    this.#end = Date.now() + Number(this.dataset.secondsLeft) * 1000;
    this.#timer = setInterval(() => this.#look(), 1000);
    this.querySelector("[data-close]")?.addEventListener("click", () => this.querySelector("dialog")?.close());
    this.#look();
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }

  #look() {
    const left = (this.#end - Date.now()) / 1000;
    if (left <= 0) {
      clearInterval(this.#timer);
      this.querySelector("dialog")?.close();
      this.querySelectorAll("[data-running]").forEach((part) => (part.hidden = true));
      const over = this.querySelector("[data-over]");
      if (over) {
        over.hidden = false;
        this.#say(over.textContent);
      }
      return;
    }
    for (const minutes of [1, 3]) {
      const words = this.querySelector(`[data-say="${minutes}"]`);
      if (left <= minutes * 60 && words && !this.#said.has(minutes)) {
        [1, 3].filter((m) => m >= minutes).forEach((m) => this.#said.add(m));
        this.classList.add("is-soon");
        this.querySelector(".deadline")?.classList.add("deadline-soon");
        this.#say(words.textContent);
        if (minutes === 1) this.querySelector("dialog[data-warning]")?.showModal();
        break;
      }
    }
  }

  #say(words) {
    const live = this.querySelector("[data-live]");
    if (live) live.textContent = words.trim();
  }
}

customElements.define("hold-timer", HoldTimer);
