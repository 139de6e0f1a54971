// Dragging a deal card to another stage by mouse, pen or finger (long press). The keyboard way is
// the card's "Move to" menu.

import { toast } from './dialogs.js'
import { refreshAll } from './live.js'
import { post } from './server.js'
import { t } from './texts.js'

const START_PX = 6
const PRESS_MS = 350
let drag = null

function columnAt(x, y) {
  return document.elementFromPoint(x, y)?.closest('.column[data-stage]') ?? null
}

function lift(event) {
  const box = drag.card.getBoundingClientRect()
  drag.ghost = drag.card.cloneNode(true)
  drag.ghost.removeAttribute('data-testid')
  drag.ghost.classList.add('drag-ghost')
  drag.ghost.style.width = `${box.width}px`
  drag.dx = event.clientX - box.left
  drag.dy = event.clientY - box.top
  document.body.append(drag.ghost)
  drag.card.classList.add('dragging')
  drag.card.setPointerCapture?.(drag.pointer)
  getSelection()?.removeAllRanges()
  follow(event)
}

function follow(event) {
  drag.ghost.style.left = `${event.clientX - drag.dx}px`
  drag.ghost.style.top = `${event.clientY - drag.dy}px`
  const over = columnAt(event.clientX, event.clientY)
  if (over !== drag.over) {
    drag.over?.classList.remove('over')
    over?.classList.add('over')
    drag.over = over
  }
  const board = drag.card.closest('.board')
  const edge = board.getBoundingClientRect()
  if (event.clientX > edge.right - 40) board.scrollLeft += 14
  if (event.clientX < edge.left + 40) board.scrollLeft -= 14
}

function end() {
  clearTimeout(drag?.timer)
  drag?.ghost?.remove()
  drag?.card.classList.remove('dragging')
  drag?.over?.classList.remove('over')
  drag = null
}

async function drop() {
  const { card, over } = drag
  const from = card.closest('.column').dataset.stage
  end()
  if (!over || over.dataset.stage === from) return
  over.querySelector('.column-cards').prepend(card)
  try {
    const { name } = await post(`/-/deal/${card.dataset.deal}/move`, { stage: over.dataset.stage })
    toast(t('Deal moved to “{stage}”.', { stage: name }))
  } catch (error) {
    toast(error.message, { bad: true })
  }
  await refreshAll()
}

document.addEventListener('pointerdown', (event) => {
  const card = event.target.closest('.deal-card')
  if (!card || event.button !== 0 || event.target.closest('button, .menu')) return
  drag = { card, pointer: event.pointerId, x: event.clientX, y: event.clientY, touch: event.pointerType === 'touch' }
  if (drag.touch) drag.timer = setTimeout(() => drag && lift(event), PRESS_MS)
})
document.addEventListener('pointermove', (event) => {
  if (!drag || event.pointerId !== drag.pointer) return
  if (drag.ghost) {
    follow(event)
    return
  }
  if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < START_PX) return
  if (drag.touch) end()
  else lift(event)
})
document.addEventListener('pointerup', () => {
  if (!drag) return
  if (drag.ghost) {
    // The click that follows must not open the deal.
    const stop = (click) => {
      click.preventDefault()
      click.stopPropagation()
    }
    addEventListener('click', stop, { capture: true, once: true })
    setTimeout(() => removeEventListener('click', stop, { capture: true }), 0)
    drop()
  } else end()
})
document.addEventListener('pointercancel', end)
document.addEventListener('touchmove', (event) => {
  if (drag?.ghost) event.preventDefault()
}, { passive: false })
document.addEventListener('dragstart', (event) => {
  if (event.target.closest?.('.deal-card')) event.preventDefault()
})
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && drag) end()
})
