// The QR code of a letter leads here with "#number.code" behind the address. What stands behind the # never leaves this device by itself:
// it is written into the boxes, taken out of the address bar and the history, and sent only when the person presses the button.

const [number = "", code = ""] = decodeURIComponent(location.hash.slice(1)).split(".");
history.replaceState(null, "", location.pathname);

const box = (name) => document.querySelector(`input[name="${name}"]`);
if (/^[0-9A-Za-z-]{9,12}$/.test(number) && box("booking_id")) {
  box("booking_id").value = number;
  if (/^[0-9]{8}$/.test(code) && box("code")) box("code").value = code;
  document.querySelector("[data-filled]")?.removeAttribute("hidden");
  box("birthday")?.focus();
}
