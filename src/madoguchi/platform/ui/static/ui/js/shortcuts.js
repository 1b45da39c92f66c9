// Keys for people who work without a mouse: "/" goes to the box that takes numbers, "?" opens the list of keys.
//
// They do nothing while text is being typed and in the middle of a scan (the scan guard stops those keys before they come
// here), and a terminal may switch them off (WCAG 2.1.4): then this file is not on the page.

function isTyping(element) {
  return (
    element instanceof HTMLTextAreaElement ||
    element instanceof HTMLSelectElement ||
    (element instanceof HTMLInputElement && !["radio", "checkbox", "button", "submit"].includes(element.type))
  );
}

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

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || isTyping(document.activeElement)) return;
  if (document.querySelector("dialog[open]")) return;
  const act = ACTS[event.key];
  if (act?.()) event.preventDefault(); // the key itself is not typed into the box
});
