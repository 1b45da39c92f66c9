// What single keys have in common: they do nothing while text is being typed, and a letter acts only after a pause.
//
// A scanner types quickly and a person slowly. The first character of a scan looks like a key that was pressed; so a key that a code
// may begin with counts only when no other key follows within SETTLED milliseconds. The scan guard swallows the others and says so.

const SETTLED = 120;
let waiting = 0;

function forget() {
  clearTimeout(waiting);
}

addEventListener("keydown", forget, { capture: true });
addEventListener("madoguchi:quick-keys", forget);

export function afterAPause(act) {
  forget();
  waiting = setTimeout(act, SETTLED);
}

export function isTyping(element) {
  return (
    element instanceof HTMLTextAreaElement ||
    element instanceof HTMLSelectElement ||
    element?.isContentEditable ||
    (element instanceof HTMLInputElement && !["radio", "checkbox", "button", "submit"].includes(element.type))
  );
}

// Tell whether a key is meant as a key: alone, pressed once, not typed into a field, no dialog in front.
export function isSingle(event) {
  return !(event.ctrlKey || event.altKey || event.metaKey || event.isComposing || isTyping(document.activeElement) || document.querySelector("dialog[open]"));
}
