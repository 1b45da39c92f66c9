// A button or link marked data-hot-key="3" is pressed by that key alone, wherever no text is being typed, and by no scan.

import { afterAPause, isSingle } from "./single-keys.js";

addEventListener(
  "keydown",
  (event) => {
    if (event.repeat || !isSingle(event)) return;
    const key = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1] ?? event.key;
    const button = document.querySelector(`:is(button, a)[data-hot-key="${CSS.escape(key)}"]`);
    if (button) afterAPause(() => button.click());
  },
  { capture: true },
);
