// Keys for people who work without a mouse: "/" goes to the box that takes numbers, "?" opens the list of keys, "g" and then a letter
// opens a page of the menu (its link has the letter in data-go-key).
//
// They do nothing while text is being typed and in the middle of a scan (the scan guard stops those keys before they come
// here, and a letter after "g" waits for a pause), and a terminal may switch them off (WCAG 2.1.4): then this file is not on the page.

import { afterAPause, isSingle } from "./single-keys.js";

const GO_WITHIN = 1500;
let goUntil = 0;

function goToTheBox() {
  const field = document.querySelector("form[data-scan-target='bar'] [data-scan-field]") ?? document.querySelector("[data-scan-field]");
  field?.focus();
  field?.select();
  return Boolean(field);
}

function openTheList() {
  const list = document.querySelector("dialog[data-shortcuts]");
  if (list && !document.querySelector("dialog[open]")) list.showModal();
  return Boolean(list);
}

document.querySelector("dialog[data-shortcuts] [data-close]")?.addEventListener("click", (event) => event.target.closest("dialog").close());

const ACTS = { "/": goToTheBox, "／": goToTheBox, "?": openTheList, "？": openTheList };

// While an input method is on, only the place of the key is known.
function letterOf(event) {
  if (event.key.length === 1) return event.key.toLowerCase();
  return event.key === "Process" ? (/^Key([A-Z])$/.exec(event.code)?.[1].toLowerCase() ?? "") : "";
}

addEventListener("madoguchi:quick-keys", () => (goUntil = 0)); // it was the beginning of a scan

document.addEventListener("keydown", (event) => {
  if (event.repeat || !isSingle(event)) return;
  const letter = letterOf(event);
  const link = event.timeStamp < goUntil && letter ? document.querySelector(`[data-go-key="${CSS.escape(letter)}"]`) : null;
  goUntil = letter === "g" ? event.timeStamp + GO_WITHIN : 0;
  const act = link ? () => (afterAPause(() => link.click()), true) : ACTS[event.key];
  if (act?.()) event.preventDefault();
});
