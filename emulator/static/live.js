// Parts of a page that follow the server: [data-live="/path"] is fetched every two seconds; its
// children carry data-key and data-rev, and only those whose rev differs are replaced.

import { hasOpenMenu } from './menus.js'

const EVERY_MS = 2000
const tags = new WeakMap()

function isBusy(node) {
  return hasOpenMenu(node) || (node.contains(document.activeElement) && node.querySelector('input:focus, textarea:focus'))
}

function keep(area, fresh, first) {
  const old = new Map([...area.children].filter((n) => n.dataset.key).map((n) => [n.dataset.key, n]))
  let late = false
  const wanted = [...fresh.children].map((node) => {
    const known = old.get(node.dataset.key)
    if (!known) {
      if (!first && node.dataset.key) node.classList.add('fresh')
      return node
    }
    if (known.dataset.rev === node.dataset.rev) return known
    if (isBusy(known)) {
      late = true
      return known
    }
    const focused = known.contains(document.activeElement) && document.activeElement.dataset.testid
    if (focused) queueMicrotask(() => node.querySelector(`[data-testid="${focused}"]`)?.focus({ preventScroll: true }))
    if (!first) node.classList.add('fresh')
    return node
  })
  wanted.forEach((node, at) => {
    if (area.children[at] !== node) area.insertBefore(node, area.children[at] ?? null)
  })
  while (area.children.length > wanted.length) area.lastElementChild.remove()
  return late
}

/** Bring one live area up to date now. */
export async function refresh(area, { first = false } = {}) {
  const headers = { Accept: 'text/html' }
  if (tags.has(area)) headers['If-None-Match'] = tags.get(area)
  const response = await fetch(area.dataset.live, { headers })
  if (response.status === 304) return
  if (!response.ok) return
  tags.set(area, response.headers.get('ETag') ?? '')
  const page = new DOMParser().parseFromString(await response.text(), 'text/html')
  const late = keep(area, page.body, first)
  if (late) tags.delete(area)
  area.dispatchEvent(new CustomEvent('live:changed', { bubbles: true }))
}

export function refreshAll() {
  return Promise.all([...document.querySelectorAll('[data-live]')].map((area) => refresh(area).catch(() => {})))
}

async function tick() {
  if (!document.hidden) await refreshAll()
  setTimeout(tick, EVERY_MS)
}
if (document.querySelector('[data-live]')) setTimeout(tick, EVERY_MS)
