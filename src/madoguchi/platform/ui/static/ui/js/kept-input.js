// What was typed and not sent when the screen was locked, for its owner alone.
//
// gatherTyped() is called by the lock. <kept-input> stands on the page where something was typed and puts it back into the boxes
// when its owner wants it; nothing is sent by it.

const MOST_BYTES = 48_000; // what a request that outlives its page may carry
const NEVER = ["password", "file", "hidden", "submit", "button", "image", "reset"];

function formsOfMain() {
  return [...document.querySelectorAll("main form[method='post' i]")].filter((form) => !form.closest("[data-lock-panel], screen-lock, kept-input"));
}

function boxesOf(form) {
  return [...form.elements].filter((box) => box.name && "value" in box && box.tagName !== "BUTTON" && !NEVER.includes(box.type));
}

function isTick(box) {
  return box.type === "checkbox" || box.type === "radio";
}

function isChanged(box) {
  if (isTick(box)) return box.checked !== box.defaultChecked;
  if (box instanceof HTMLSelectElement) {
    const first = [...box.options].findIndex((option) => option.defaultSelected);
    return box.selectedIndex !== (first < 0 && !box.multiple ? 0 : first);
  }
  return box.value !== box.defaultValue;
}

// Call back for each box with where it stands: the address of its form, which form of that address, and which box of its name.
function eachBox(callback) {
  const seen = new Map();
  for (const form of formsOfMain()) {
    const action = new URL(form.getAttribute("action") || location.href, location.href).pathname;
    const number = seen.get(action) ?? 0;
    seen.set(action, number + 1);
    const names = new Map();
    for (const box of boxesOf(form)) {
      const nth = names.get(box.name) ?? 0;
      names.set(box.name, nth + 1);
      callback(box, { action, form: number, name: box.name, nth });
    }
  }
}

// Return what was typed on this page and differs from how the page came, as text; empty when there is nothing or it is too much.
export function gatherTyped() {
  const boxes = [];
  eachBox((box, place) => {
    if (isChanged(box)) boxes.push({ ...place, value: box.value, chosen: isTick(box) ? box.checked : null });
  });
  if (!boxes.length) return "";
  const text = JSON.stringify({ path: location.pathname + location.search, boxes });
  return new Blob([text]).size <= MOST_BYTES ? text : "";
}

function putBack(kept) {
  const left = [...kept];
  eachBox((box, place) => {
    const at = left.findIndex(
      (one) =>
        one.action === place.action && one.form === place.form && one.name === place.name && one.nth === place.nth && (one.chosen !== null) === isTick(box),
    );
    if (at < 0) return;
    const [one] = left.splice(at, 1);
    if (isTick(box)) box.checked = one.chosen;
    else box.value = one.value;
    for (const kind of ["input", "change"]) box.dispatchEvent(new Event(kind, { bubbles: true }));
  });
  return kept.length - left.length;
}

class KeptInput extends HTMLElement {
  connectedCallback() {
    const form = this.querySelector("form[data-take-back]");
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#takeBack(form);
    });
  }

  async #takeBack(form) {
    const said = this.querySelector("[data-said]");
    try {
      const answer = await this.#ask(form, "open");
      if (!answer.ok) throw new Error();
      const { boxes } = await answer.json();
      const number = putBack(boxes);
      said.textContent = number ? said.dataset.done.replace("{n}", number) : said.dataset.nothing;
      if (!number) return;
      await this.#ask(form, "taken-back");
      for (const one of this.querySelectorAll("form")) one.hidden = true;
    } catch {
      said.textContent = said.dataset.failed;
    }
  }

  #ask(form, act) {
    const body = new FormData(form);
    body.set("act", act);
    return fetch(form.getAttribute("action"), { method: "POST", body, credentials: "same-origin" });
  }
}

customElements.define("kept-input", KeptInput);
