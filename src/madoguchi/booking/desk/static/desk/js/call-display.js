// Calls what newly stands on the screen: a chime, and the words spoken by a Japanese voice of this terminal, if it has one. Nothing is sent
// anywhere: only voices that work without a network are used. A browser lets a page make sounds only after somebody has pressed something.

const list = document.querySelector('[data-calls]')
const button = document.querySelector('[data-sound]')
const state = document.querySelector('[data-sound-state]')
const speaks = list?.dataset.speaks === 'yes'
const known = new Set()
const waiting = []
let sound = null
let isCalling = false

const callsOnScreen = () => [...list.querySelectorAll('[data-call]')]

function voice() {
  const voices = globalThis.speechSynthesis?.getVoices() ?? []
  return voices.find((one) => one.localService && one.lang.replace('_', '-').toLowerCase().startsWith('ja')) ?? null
}

function say(words) {
  state.textContent = button.dataset[words]
}

function chime() {
  return new Promise((resolve) => {
    const begin = sound.currentTime
    for (const [delay, pitch] of [[0, 784], [0.35, 622]]) {
      const tone = sound.createOscillator()
      const volume = sound.createGain()
      tone.frequency.value = pitch
      volume.gain.setValueAtTime(0.25, begin + delay)
      volume.gain.exponentialRampToValueAtTime(0.001, begin + delay + 0.6)
      tone.connect(volume).connect(sound.destination)
      tone.start(begin + delay)
      tone.stop(begin + delay + 0.6)
    }
    setTimeout(resolve, 1000)
  })
}

function speak(words) {
  return new Promise((resolve) => {
    const chosen = voice()
    if (!speaks || !chosen) {
      resolve()
      return
    }
    const spoken = new SpeechSynthesisUtterance(words)
    spoken.voice = chosen
    spoken.lang = 'ja-JP'
    spoken.rate = 0.9
    spoken.onend = resolve
    spoken.onerror = resolve
    speechSynthesis.speak(spoken)
    setTimeout(resolve, 15_000)
  })
}

async function callAll() {
  if (isCalling) return
  isCalling = true
  while (waiting.length > 0) {
    const words = waiting.shift()
    await chime()
    await speak(words)
    await speak(words)
  }
  isCalling = false
}

function look() {
  for (const call of callsOnScreen()) {
    if (known.has(call.dataset.call)) continue
    known.add(call.dataset.call)
    if (sound) waiting.push(call.dataset.words)
  }
  if (sound) callAll()
}

if (list && button) {
  for (const call of callsOnScreen()) known.add(call.dataset.call)
  new MutationObserver(look).observe(list, { childList: true, subtree: true, attributes: true, attributeFilter: ['data-call'] })
  button.hidden = false
  say('off')
  button.addEventListener('click', async () => {
    sound = new AudioContext()
    button.hidden = true
    await chime()
    const tell = () => say(speaks && !voice() ? 'novoice' : 'on')
    tell()
    globalThis.speechSynthesis?.addEventListener('voiceschanged', tell)
  })
}
