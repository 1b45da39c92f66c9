// <screen-lock> locks the page: at once by its button or Ctrl+Alt+L, and after data-minutes without a key, a touch or a move of the mouse
// (0: never by itself), in every tab of this site.
//
// The lock itself stands on the server, which answers nothing any more; here the page is taken out of the document and kept in memory of
// this tab alone, with what was typed, so that the same page stands there again after the password. A tab that is loaded anew while the
// screen is locked gets the lock from the server. The scan guard stays: a code must not end up in the box for the password.

import { gatherTyped } from "./kept-input.js";

const TICK_MS = 5000;
const WARN_MS = 60_000;
const TELL_MS = 60_000; // how often the server hears that somebody is still there, at most
const HEADER = "X-Screen-Locked";
const SIGNS_OF_LIFE = ["keydown", "pointerdown", "pointermove", "wheel", "touchstart"];

class ScreenLock extends HTMLElement {
  #seen = Date.now(); // the last sign of life, by the clock: timers stand still while a computer sleeps
  #told = Date.now();
  #kept = null; // what was taken out of the document
  #channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("madoguchi-screen-lock");

  connectedCallback() {
    if (this.dataset.ready) return;
    this.dataset.ready = "yes";
    for (const kind of SIGNS_OF_LIFE) addEventListener(kind, () => this.#live(), { capture: true, passive: true });
    addEventListener("keydown", (event) => this.#onKey(event), { capture: true });
    document.addEventListener("submit", (event) => this.#onSubmit(event), { capture: true });
    document.addEventListener("visibilitychange", () => this.#look());
    // A page part that was refused because the screen is locked: by another tab, or by the server's own clock.
    document.addEventListener("htmx:after:request", (event) => {
      if (event.detail?.ctx?.response?.status === 423) this.#follow();
    });
    document.addEventListener("madoguchi:locked", () => this.#follow());
    this.#channel?.addEventListener("message", (event) => (event.data === "locked" ? this.#follow() : this.#openIfOpen()));
    this.#say("open");
    setInterval(() => this.#look(), TICK_MS);
  }

  get #limit() {
    return Number(this.dataset.minutes) * 60_000;
  }

  #say(word) {
    this.#channel?.postMessage(word);
  }

  #live() {
    if (this.#kept) return;
    this.#seen = Date.now();
    this.#warn(0);
    if (this.#limit && this.#seen - this.#told > TELL_MS) {
      this.#told = this.#seen;
      this.#ask(this.dataset.stillThere).then((answer) => {
        if (answer?.status === 423) this.#follow();
      });
    }
  }

  #look() {
    if (this.#kept || !this.#limit) return;
    const left = this.#limit - (Date.now() - this.#seen);
    if (left <= 0) this.#lock("rest");
    else this.#warn(left <= WARN_MS ? left : 0);
  }

  #warn(left) {
    const warning = this.querySelector("[data-warning]");
    const words = left > 0 ? warning.dataset.warning : "";
    if (warning.textContent !== words) warning.textContent = words; // said once, not at every look
  }

  #onKey(event) {
    if (event.ctrlKey && event.altKey && (event.code === "KeyL" || event.key.toLowerCase() === "l") && !this.#kept) {
      event.preventDefault();
      event.stopImmediatePropagation();
      this.#lock("person");
    }
  }

  #onSubmit(event) {
    const form = event.target;
    if (form === this.querySelector("[data-lock-now]")) {
      event.preventDefault();
      event.stopImmediatePropagation();
      this.#lock("person");
    } else if (this.#kept && form.matches("[data-open-screen]")) {
      event.preventDefault();
      event.stopImmediatePropagation();
      this.#open(form);
    }
  }

  // Hidden first: what the network does afterwards shows nothing to anybody. The server is told until it has heard.
  async #lock(by) {
    const typed = this.#kept ? this.#kept.typed : gatherTyped();
    this.#hide();
    this.#kept.typed = typed;
    const body = new FormData(this.querySelector("[data-lock-now]"));
    body.set("by", by);
    if (typed) body.set("typed", typed); // sealed by the server, for half an hour: another person may take this terminal
    const isTold = await this.#panel(this.querySelector("[data-lock-now]").getAttribute("action"), body);
    if (isTold) this.#say("locked");
    else setTimeout(() => this.#kept && this.#lock(by), TICK_MS);
  }

  // Take the box for the password out of the server's answer; false when there is no answer.
  async #panel(address, body) {
    const answer = await this.#ask(address, body);
    if (!this.#kept) return true;
    if (!answer) {
      document.querySelector("[data-waiting]").textContent = this.dataset.offline;
      return false;
    }
    if (answer.status === 423) await this.#put(answer);
    else if (answer.status === 204) this.#show(); // opened meanwhile in another tab
    else location.assign(answer.redirected ? answer.url : location.href); // the session is over: the page for signing in says so
    return true;
  }

  async #put(answer) {
    const panel = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-lock-panel]");
    document.querySelector("main").replaceChildren(panel);
    panel.querySelector("input[type=password]").focus();
  }

  async #follow() {
    if (this.#kept) return;
    this.#hide();
    if (!(await this.#panel(this.dataset.stillThere))) setTimeout(() => this.#kept && this.#lock("person"), TICK_MS);
  }

  async #open(form) {
    const answer = await this.#ask(form.getAttribute("action"), new FormData(form));
    if (answer?.status === 204) {
      this.#show();
      this.#say("open");
      return;
    }
    if (answer?.status === 423) {
      await this.#put(answer);
      return;
    }
    if (answer) location.assign(answer.redirected ? answer.url : location.href); // the session is over: the page for signing in says so
    else document.querySelector("[data-lock-panel] [data-offline]").hidden = false;
  }

  async #openIfOpen() {
    if (!this.#kept) return;
    const answer = await this.#ask(this.dataset.stillThere);
    if (answer?.status === 204 && this.#kept) this.#show();
  }

  async #ask(address, body = new FormData(this.querySelector("[data-lock-now]"))) {
    try {
      // It arrives also when the page is loaded anew or left at the same moment.
      return await fetch(address, { method: "POST", body, headers: { [HEADER]: "ask" }, credentials: "same-origin", keepalive: true });
    } catch {
      return null; // no network
    }
  }

  #hide() {
    if (this.#kept) return;
    const guard = document.querySelector("body > scan-guard");
    const parts = [...document.body.childNodes].filter((part) => part !== guard);
    this.#kept = {
      guard,
      before: parts.filter((part) => guard && part.compareDocumentPosition(guard) & Node.DOCUMENT_POSITION_FOLLOWING),
      after: parts.filter((part) => !guard || part.compareDocumentPosition(guard) & Node.DOCUMENT_POSITION_PRECEDING),
      focus: document.activeElement,
      dialogs: [...document.querySelectorAll("dialog:modal")],
      title: document.title,
      top: scrollY,
    };
    for (const part of parts) part.remove();
    document.title = this.dataset.title;
    const [main, heading, waiting] = ["main", "h1", "p"].map((name) => document.createElement(name));
    main.className = "staff-main staff-alone";
    heading.textContent = this.dataset.title;
    waiting.dataset.waiting = "";
    waiting.setAttribute("role", "status");
    main.append(heading, waiting);
    document.body.append(main);
  }

  #show() {
    const { guard, before, after, focus, dialogs, title, top } = this.#kept;
    this.#kept = null;
    for (const part of [...document.body.childNodes]) if (part !== guard) part.remove();
    guard?.before(...before);
    document.body.append(...after);
    document.title = title;
    for (const dialog of dialogs) {
      dialog.removeAttribute("open");
      dialog.showModal();
    }
    scrollTo(0, top);
    focus?.focus({ preventScroll: true });
    this.#seen = this.#told = Date.now();
  }
}

customElements.define("screen-lock", ScreenLock);
