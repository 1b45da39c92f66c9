// Tones that tell without looking whether a scan was right: one short high tone = yes, two low ones = stop, one middle = look again.
//
// A page that answers a scan says so by its match band; other modules send the event "madoguchi:tone" with detail.tone. The
// volume (0–100) stands on <scan-guard data-volume>. Before the first touch of a key or button a browser plays nothing: the words
// and the colour say the same, so nothing is lost.

const TONES = {
  ok: [{ pitch: 1568, from: 0, for: 0.12 }],
  check: [{ pitch: 784, from: 0, for: 0.3 }],
  stop: [
    { pitch: 196, from: 0, for: 0.25 },
    { pitch: 165, from: 0.35, for: 0.35 },
  ],
};
const OF_A_BAND = { "match-match": "ok", "match-check": "check", "match-no-match": "stop" };
const FADE = 0.02;

let audio = null;

function volume() {
  return Number(document.querySelector("scan-guard")?.dataset.volume ?? 50) / 100;
}

// Play one of ok, check, stop at `loudness` (0–1).
export function play(name, loudness = volume()) {
  if (!(name in TONES) || !(loudness > 0) || typeof AudioContext === "undefined") return;
  audio ??= new AudioContext();
  if (audio.state === "suspended") audio.resume().catch(() => {}); // not allowed yet: stay silent
  for (const tone of TONES[name]) {
    const begin = audio.currentTime + tone.from;
    const source = audio.createOscillator();
    const gain = audio.createGain();
    source.type = name === "stop" ? "square" : "sine";
    source.frequency.value = tone.pitch;
    gain.gain.setValueAtTime(0, begin);
    gain.gain.linearRampToValueAtTime(loudness * (name === "stop" ? 0.4 : 0.8), begin + FADE);
    gain.gain.setValueAtTime(loudness * (name === "stop" ? 0.4 : 0.8), begin + tone.for - FADE);
    gain.gain.linearRampToValueAtTime(0, begin + tone.for);
    source.connect(gain).connect(audio.destination);
    source.start(begin);
    source.stop(begin + tone.for);
  }
}

addEventListener("madoguchi:tone", (event) => play(event.detail.tone, event.detail.loudness));

// <tone-test>: buttons with data-tone let people hear what each tone means; with a form around, at the volume chosen in it.
class ToneTest extends HTMLElement {
  connectedCallback() {
    this.hidden = false;
    this.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-tone]");
      if (!button) return;
      const chosen = document.querySelector("input[name=volume]:checked");
      play(button.dataset.tone, chosen ? Number(chosen.value) / 100 : volume());
    });
  }
}

customElements.define("tone-test", ToneTest);

// The answer of a page that was scanned on: its band, else its error summary, else the message above it.
function answerOfThePage() {
  const band = document.querySelector("main .match-band:not([hidden])");
  if (band) return OF_A_BAND[Object.keys(OF_A_BAND).find((name) => band.classList.contains(name))];
  const said = document.querySelector("main [data-tone-on-arrival]");
  if (said) return said.dataset.toneOnArrival;
  if (!document.querySelector("main form[data-scan-target]")) return "";
  if (document.querySelector("[data-error-summary]")) return "stop";
  const message = document.querySelector("main > [role=status] .banner");
  if (!message) return "";
  return message.classList.contains("banner-success") ? "ok" : message.classList.contains("banner-error") ? "stop" : "check";
}

play(answerOfThePage());
