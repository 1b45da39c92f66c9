// The board refreshes itself: every fifteen seconds, slower after failures, not while nobody sees it, not while somebody types in it. The swap
// morphs, so that focus and what is unfolded stay as they are. When the session has ended, htmx takes the window to the sign-in.

const board = document.querySelector('[data-board]')
const USUAL = 15_000
const LONGEST = 120_000
let pause = USUAL
let unfolded = []

function isTyping() {
  const active = document.activeElement
  return board.contains(active) && active.matches('input:not([type="hidden"])')
}

function refresh() {
  if (!document.hidden && !isTyping()) board.dispatchEvent(new CustomEvent('board:refresh'))
  setTimeout(refresh, pause)
}

if (board) {
  board.addEventListener('htmx:before:swap', (event) => {
    const status = event.detail.ctx.response?.status ?? 0
    if (status !== 200) {
      pause = Math.min(pause * 2, LONGEST)
      event.preventDefault()
      return
    }
    pause = USUAL
    unfolded = [...board.querySelectorAll('details[open]')].map((part) => part.id)
  })
  board.addEventListener('htmx:after:swap', () => {
    for (const id of unfolded) document.getElementById(id)?.setAttribute('open', '')
  })
  board.addEventListener('htmx:error', () => {
    pause = Math.min(pause * 2, LONGEST)
  })
  setTimeout(refresh, pause)
}
