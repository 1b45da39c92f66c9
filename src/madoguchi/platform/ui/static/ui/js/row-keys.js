// Keys for the rows of a list (table[data-rows]): ↑ ↓ go from row to row, Space or x ticks the row, Enter opens it, Esc clears.
//
// The focus goes to the row's own link (data-row-open), so Enter is the browser's own Enter, and the scan guard takes the Enter of a
// scan away from it as from every button. Where the page has a pane ([data-pane]) it shows the row that is marked: the address in
// data-row-look gives the part; without this script the same link opens the list with the pane in it.

import { afterAPause, isSingle } from "./single-keys.js";

const STILL = 200; // nobody reads the rows that are passed on the way

const table = document.querySelector("table[data-rows]");
const pane = document.querySelector("[data-pane]");
const said = document.querySelector("[data-chosen]");
let asking = null;
let pause = 0;

const rows = () => [...table.tBodies[0].rows];
const tickOf = (row) => row?.querySelector("input[type=checkbox]");
const marked = () => document.activeElement.closest?.("table[data-rows] tbody tr") ?? table.querySelector("tr[aria-current]");

function mark(row) {
  for (const one of table.querySelectorAll("tr[aria-current]")) if (one !== row) one.removeAttribute("aria-current");
  row?.setAttribute("aria-current", "true");
}

async function show(row, address, scroll = false) {
  asking?.abort();
  asking = new AbortController();
  const query = new URLSearchParams(location.search);
  query.delete("look");
  try {
    const answer = await fetch(`${address}?${query}`, { credentials: "same-origin", signal: asking.signal });
    if (answer.redirected) return; // the session is over: the next press says so
    if (answer.status === 423) document.dispatchEvent(new CustomEvent("madoguchi:locked"));
    if (!answer.ok) return;
    const text = await answer.text();
    if (row.getAttribute("aria-current") !== "true" || pane.contains(document.activeElement)) return;
    pane.replaceChildren(...new DOMParser().parseFromString(text, "text/html").body.childNodes);
    pane.hidden = false;
    if (scroll) pane.scrollIntoView({ block: "nearest" }); // on a small screen it stands below the list
  } catch {
    // No network, or another row by now: the pane keeps what it has, the row its link.
  }
}

function showSoon(row) {
  const link = row.querySelector("[data-row-look]");
  clearTimeout(pause);
  if (pane && link) pause = setTimeout(() => show(row, link.dataset.rowLook), STILL);
}

function go(step) {
  const all = rows();
  const at = all.indexOf(marked());
  const row = all[at < 0 ? 0 : Math.min(Math.max(at + step, 0), all.length - 1)];
  row.querySelector("[data-row-open]").focus();
  row.scrollIntoView({ block: "nearest" });
  showSoon(row);
}

function count() {
  if (said) said.textContent = said.dataset.words.replace("{n}", rows().filter((row) => tickOf(row)?.checked).length);
}

function turn(row) {
  const box = tickOf(row);
  if (!box) return;
  box.checked = !box.checked;
  box.dispatchEvent(new Event("change", { bubbles: true }));
}

function clear() {
  clearTimeout(pause);
  asking?.abort();
  if (pane && !pane.hidden) {
    pane.hidden = true;
    pane.replaceChildren();
    return;
  }
  for (const row of rows()) if (tickOf(row)?.checked) turn(row);
  mark(null);
}

// Keys are the table's while the focus is in it or nowhere: a menu or a button elsewhere keeps its own.
function isHere() {
  const focused = document.activeElement;
  return !focused || focused === document.body || focused.id === "main" || Boolean(focused.closest("[data-pane-beside]")?.contains(table));
}

if (table?.tBodies[0]?.rows.length) {
  table.addEventListener("focusin", (event) => mark(event.target.closest("tbody tr")));
  table.addEventListener("change", count);
  table.addEventListener("click", (event) => {
    const link = event.target.closest("[data-row-look]");
    if (!link || !pane || event.ctrlKey || event.shiftKey || event.metaKey) return;
    event.preventDefault();
    mark(link.closest("tr"));
    show(link.closest("tr"), link.dataset.rowLook, true);
  });
  document.addEventListener("keydown", (event) => {
    if (event.shiftKey || !isSingle(event) || !isHere()) return;
    const row = marked();
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      go(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.repeat) {
      return;
    } else if (event.key === "Escape") {
      clear();
    } else if (row && event.key === " " && !document.activeElement.matches("input, button, summary")) {
      afterAPause(() => turn(row));
    } else if (row && event.key.toLowerCase() === "x") {
      afterAPause(() => turn(row));
    } else {
      return;
    }
    event.preventDefault();
  });
  count();
}
