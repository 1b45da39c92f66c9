// A button marked data-hot-key="3" is pressed by that key alone, wherever no text is being typed.
//
// A scanner types quickly and a person slowly: the key counts only when no other key follows within SETTLED milliseconds,
// so that no scan can ever press a button.

const SETTLED = 120;
let waiting = 0;

function isTyping(element) {
  return element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement || (element instanceof HTMLInputElement && !["radio", "checkbox", "button", "submit"].includes(element.type));
}

addEventListener(
  "keydown",
  (event) => {
    clearTimeout(waiting);
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || isTyping(document.activeElement)) return;
    const key = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1] ?? event.key;
    const button = document.querySelector(`button[data-hot-key="${CSS.escape(key)}"]`);
    if (button) waiting = setTimeout(() => button.click(), SETTLED);
  },
  { capture: true },
);
