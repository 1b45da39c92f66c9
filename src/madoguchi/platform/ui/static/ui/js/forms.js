// Conduct of every form: one submission per press, and the error summary takes the focus.
// Without this module pages work the same; the server refuses the second submission by its idempotency key.

const RELEASE_AFTER_MS = 10000; // a download leaves the page standing: the button must come back

function release(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[aria-disabled][data-busy]")) {
    button.removeAttribute("aria-disabled");
    delete button.dataset.busy;
    if (button.dataset.idleText) {
      button.textContent = button.dataset.idleText;
      delete button.dataset.idleText;
    }
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method.toLowerCase() !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  const button = event.submitter;
  if (button instanceof HTMLButtonElement) {
    button.setAttribute("aria-disabled", "true");
    button.dataset.busy = "yes";
    if (button.dataset.busyText) {
      button.dataset.idleText = button.textContent;
      button.textContent = button.dataset.busyText;
    }
  }
  setTimeout(release, RELEASE_AFTER_MS, form);
});

// The back button may bring this page back as it was left.
addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form[data-sent]").forEach(release);
});

// htmx answers into the standing page.
document.addEventListener("htmx:after:request", (event) => {
  const form = event.target instanceof Element ? event.target.closest("form") : null;
  if (form) release(form);
});

const summary = document.querySelector("[data-error-summary]");
if (summary) {
  summary.focus();
  summary.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[href^='#']") : null;
    const field = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!field) return;
    event.preventDefault();
    (field.closest(".field") ?? field).scrollIntoView();
    field.focus({ preventScroll: true });
  });
}
