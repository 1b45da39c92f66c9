// Lets the device prove some work before a form is sent, where the page asks for it. Without this module the page says how long to wait.

const panel = document.querySelector("[data-proof]");
const form = panel?.closest("form");
if (panel && form && "Worker" in window) {
  const status = panel.querySelector("[data-proof-status]");
  const worker = new Worker(panel.dataset.worker, { type: "module" });
  let pressed = null;
  let computing = true;

  const end = () => {
    computing = false;
    worker.terminate();
    if (pressed) form.requestSubmit(pressed);
  };
  status.hidden = false;
  worker.addEventListener("message", ({ data }) => {
    form.elements.solution.value = data;
    panel.querySelector("[data-proof-wait]").hidden = true;
    status.textContent = panel.dataset.done;
    end();
  });
  // A device that cannot compute goes the other way: it sends the form as it is, and the server says how long to wait.
  worker.addEventListener("error", () => {
    status.hidden = true;
    end();
  });
  worker.postMessage({ challenge: panel.dataset.challenge, bits: Number(panel.dataset.bits) });

  // Pressed too early the button is remembered, and the form goes when the work is done.
  form.addEventListener(
    "submit",
    (event) => {
      if (!computing) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      pressed = event.submitter;
      status.scrollIntoView({ block: "center" });
    },
    { capture: true },
  );
}
