// <scan-guard> tells a barcode scanner (a keyboard wedge) from a person's hands, for the whole page.
//
// A scan is five or more characters, each within data-gap milliseconds (40) of the one before, closed by Enter.
// Its Enter is swallowed, so a scan can never press the button that happens to have the focus, and what it typed is
// taken out of the field that happened to have the focus. The code then goes to the form marked data-scan-target
// (its field marked data-scan-field), the one in an open dialog first, the page's own next, the bar's (="bar") last.
// A field marked data-accepts-scan keeps what is scanned into it; marked data-scan-submits as well, its form goes off with it. An event "madoguchi:scan" goes out first; a script that
// handles the code itself cancels it.
//
// The QR on the back of a My Number Card is the individual number and must never be read. Every valid 12-digit
// individual number is dropped here, scanned, pasted or typed, before form, log or network, and the page says why;
// only a field marked data-expects-number (a tracking number, say) may take one. Check digit: the ordinance on
// individual numbers, article 5 (weights 2…7, 2…6 from the right, modulus 11).

const LEAST_LENGTH = 5;

export function isIndividualNumber(text) {
  const figures = text.normalize("NFKC").replace(/[\s\-‐‑‒–—―−ー・.]/gu, "");
  if (!/^\d{12}$/.test(figures)) return false;
  const digits = [...figures].map(Number);
  let sum = 0;
  for (let n = 1; n <= 11; n += 1) sum += digits[11 - n] * (n <= 6 ? n + 1 : n - 5);
  const rest = sum % 11;
  return digits[11] === (rest <= 1 ? 0 : 11 - rest);
}

function holdsIndividualNumber(text) {
  const runs = text.normalize("NFKC").match(/\d(?:[\s\-‐‑‒–—―−ー・.]*\d){11,}/gu) ?? [];
  return runs.some((run) => isIndividualNumber(run));
}

function isTextField(element) {
  if (element instanceof HTMLTextAreaElement) return true;
  return element instanceof HTMLInputElement && !["radio", "checkbox", "button", "submit", "reset", "file", "image"].includes(element.type);
}

// The signs that addresses and codes have, by the place of their key; the colon's place is the Japanese keyboard's.
const SIGNS = { Minus: "-", NumpadSubtract: "-", Period: ".", NumpadDecimal: ".", Slash: "/", NumpadDivide: "/", Quote: ":" };

// While an input method is on, key says "Process" and only the place of the key on the keyboard is known.
function characterOf(event) {
  if (event.key.length === 1) return event.key;
  if (event.key !== "Process" && event.key !== "Unidentified" && !event.isComposing) return "";
  const place = /^(?:Key([A-Z])|Digit(\d)|Numpad(\d))$/.exec(event.code);
  if (event.shiftKey && event.code === "Digit3") return "#"; // on Japanese and American keyboards alike
  if (place) return place[1] ? (event.shiftKey ? place[1] : place[1].toLowerCase()) : (place[2] ?? place[3]);
  return SIGNS[event.code] ?? "";
}

function isEnter(event) {
  return event.key === "Enter" || event.code === "Enter" || event.code === "NumpadEnter";
}

class ScanGuard extends HTMLElement {
  #keys = "";
  #last = 0;
  #slowest = 0; // the longest pause within the scan, in milliseconds: what the page that tries a scanner shows
  #field = null;
  #before = "";
  #controller = new AbortController();

  connectedCallback() {
    const listen = { capture: true, signal: this.#controller.signal };
    addEventListener("keydown", (event) => this.#onKey(event), listen);
    addEventListener("paste", (event) => this.#onPaste(event), listen);
    addEventListener("submit", (event) => this.#onSubmit(event), listen);
  }

  disconnectedCallback() {
    this.#controller.abort();
  }

  #onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const gap = Number(this.dataset.gap ?? 40);
    const pause = event.timeStamp - this.#last;
    const quick = pause < gap;
    if (quick) this.#slowest = Math.max(this.#slowest, pause);
    if (isEnter(event)) {
      const code = this.#keys;
      this.#keys = "";
      if (quick && code.length >= LEAST_LENGTH) {
        event.preventDefault();
        event.stopImmediatePropagation();
        this.#onScan(code);
      }
      return;
    }
    const character = characterOf(event);
    if (!character) return;
    const focused = document.activeElement;
    if (!quick || !this.#keys) {
      this.#keys = "";
      this.#slowest = 0;
      this.#field = isTextField(focused) || focused instanceof HTMLSelectElement ? focused : null;
      this.#before = this.#field ? this.#field.value : "";
    } else if (!isTextField(focused)) {
      event.preventDefault(); // no shortcut and no space bar out of the middle of a scan
      event.stopImmediatePropagation();
      this.dispatchEvent(new CustomEvent("madoguchi:quick-keys", { bubbles: true })); // what waits for a pause must not act
    }
    this.#keys += character;
    this.#last = event.timeStamp;
  }

  #onScan(code) {
    const field = this.#field;
    const forbidden = isIndividualNumber(code);
    if (field?.matches("[data-expects-number]") || (!forbidden && field?.matches("[data-accepts-scan]"))) {
      this.#say("");
      if (field.matches("[data-scan-submits]")) field.form?.requestSubmit();
      return;
    }
    this.#restore(field);
    if (forbidden) {
      this.#say("individual-number");
      return;
    }
    const news = new CustomEvent("madoguchi:scan", { detail: { code, slowest: Math.round(this.#slowest) }, cancelable: true, bubbles: true });
    if (!this.dispatchEvent(news)) return;
    const form = this.#target();
    const input = form?.querySelector("[data-scan-field]");
    if (!input) {
      this.#say("no-target");
      return;
    }
    if (form.dataset.sent) return; // the first scan is still on its way
    this.#say("");
    input.value = code;
    form.requestSubmit();
  }

  #restore(field) {
    if (!field) return;
    field.blur(); // ends a composition of the input method
    field.value = this.#before;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  }

  #target() {
    const forms = [...document.querySelectorAll("form[data-scan-target]")];
    return (
      forms.find((form) => form.closest("dialog[open]")) ??
      forms.find((form) => form.dataset.scanTarget !== "bar" && !form.closest("dialog")) ??
      forms.find((form) => form.dataset.scanTarget === "bar")
    );
  }

  #onPaste(event) {
    const field = event.target;
    if (!isTextField(field) || field.matches("[data-expects-number]")) return;
    if (holdsIndividualNumber(event.clipboardData?.getData("text") ?? "")) {
      event.preventDefault();
      event.stopImmediatePropagation();
      this.#say("individual-number");
    }
  }

  #onSubmit(event) {
    for (const field of event.target.elements) {
      if (!isTextField(field) || field.type === "hidden" || field.type === "password" || field.matches("[data-expects-number]")) continue;
      if (!holdsIndividualNumber(field.value)) continue;
      event.preventDefault();
      event.stopImmediatePropagation();
      field.value = "";
      field.focus();
      this.#say("individual-number");
      return;
    }
  }

  #say(kind) {
    if (kind) this.dispatchEvent(new CustomEvent("madoguchi:tone", { detail: { tone: "stop" }, bubbles: true }));
    for (const words of this.querySelectorAll("[data-message]")) words.hidden = words.dataset.message !== kind;
  }
}

customElements.define("scan-guard", ScanGuard);
