// Sliders from the right, small boxes and toasts: everything that opens above a page.
// Native <dialog> gives the focus trap, Escape and the inert page behind.

import { t } from './texts.js'

/** Return an element: tag, attributes (text, on*, dataset by data-*), children. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue
    if (name === 'text') node.textContent = value
    else if (name.startsWith('on')) node.addEventListener(name.slice(2), value)
    else node.setAttribute(name, value === true ? '' : value)
  }
  node.append(...children.filter((child) => child !== null && child !== undefined))
  return node
}

export function icon(name, small = false) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('class', small ? 'icon small' : 'icon')
  svg.setAttribute('aria-hidden', 'true')
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use')
  use.setAttribute('href', `${document.body.dataset.icons}#${name}`)
  svg.append(use)
  return svg
}

/** Say something in passing. A popover, so that it stays above open dialogs. */
export function toast(text, { bad = false } = {}) {
  let area = document.querySelector('.toasts')
  if (!area) {
    area = el('div', { class: 'toasts', role: 'status', popover: 'manual', 'data-testid': 'toasts' })
    document.body.append(area)
  }
  if (area.matches(':popover-open')) area.hidePopover()
  area.showPopover()
  const line = el('div', { class: bad ? 'toast bad' : 'toast', text })
  area.append(line)
  setTimeout(() => {
    line.remove()
    if (!area.children.length && area.matches(':popover-open')) area.hidePopover()
  }, bad ? 8000 : 4000)
}

const openSliders = []

/** The slider on top, or null. */
export function topSlider() {
  return openSliders.at(-1) ?? null
}

/**
 * Open a slider and return {body, foot, close, closed, setTitle}.
 * `closed` resolves with what close() was given, once it is gone.
 */
export function openSlider({ title = '', width = 1080, leftBoundary = 0, testid = 'slider' } = {}) {
  const heading = el('h2', { text: title, 'data-testid': 'slider-title' })
  const body = el('div', { class: 'slider-body' })
  const foot = el('div', { class: 'slider-foot', hidden: true })
  const button = el('button', {
    class: 'slider-close', type: 'button', 'aria-label': t('Close'), title: t('Close'),
    'data-testid': 'slider-close', onclick: () => slider.close(),
  }, icon('close'))
  const panel = el('div', { class: 'slider-panel' }, el('header', { class: 'slider-head' }, heading), body, foot)
  const dialog = el('dialog', { class: 'slider', 'aria-label': title || t('Panel'), 'data-testid': testid }, button, panel)
  const wide = leftBoundary ? `calc(100vw - ${Number(leftBoundary)}px)` : `${Number(width) || 1080}px`
  dialog.style.setProperty('--slider-width', wide)

  let finish
  const closed = new Promise((resolve) => { finish = resolve })
  const slider = {
    dialog, body, foot, closed,
    setTitle(text) {
      heading.textContent = text
      dialog.setAttribute('aria-label', text)
    },
    close(value) {
      const place = openSliders.indexOf(slider)
      if (place < 0) return
      openSliders.splice(place, 1)
      dialog.close()
      dialog.remove()
      finish(value)
    },
  }
  dialog.addEventListener('cancel', (event) => {
    event.preventDefault()
    slider.close()
  })
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) slider.close()
  })
  document.body.append(dialog)
  openSliders.push(slider)
  dialog.showModal()
  return slider
}

/** Show a path of this portal in a slider, without its menu; resolves when it is closed. */
export function openPathSlider(path, { title = '' } = {}) {
  const url = new URL(path, location.origin)
  url.searchParams.set('IFRAME', 'Y')
  const slider = openSlider({ title, width: 1240 })
  const frame = el('iframe', { class: 'path', src: url.pathname + url.search, title: title || url.pathname })
  frame.addEventListener('load', () => {
    try {
      if (!title) slider.setTitle(frame.contentDocument.title)
    } catch { /* a page of another origin keeps its own title */ }
  })
  slider.body.append(frame)
  return slider
}

/** Ask in a small box; resolves with the chosen action's value, or null when left. */
export function ask({ title, content = [], actions, testid = 'box' }) {
  return new Promise((resolve) => {
    const dialog = el('dialog', { class: 'box', 'aria-label': title, 'data-testid': testid })
    const done = (value) => {
      dialog.close()
      dialog.remove()
      resolve(value)
    }
    const body = el('div', { class: 'box-body' }, el('h2', { text: title }), ...content)
    const buttons = actions.map((action) => el('button', {
      class: `btn ${action.look ?? ''}`, type: 'button', text: action.text, 'data-testid': action.testid,
      onclick: () => done(action.value instanceof Function ? action.value() : action.value),
    }))
    dialog.append(body, el('div', { class: 'box-foot' }, ...buttons))
    dialog.addEventListener('cancel', (event) => {
      event.preventDefault()
      done(null)
    })
    document.body.append(dialog)
    dialog.showModal()
  })
}

/**
 * Let a person pick from `rows` ({value, text, hint, group}); resolves with the chosen rows,
 * or null when left.
 */
export function pick({ title, rows, multiple = false, chosen = [] }) {
  const marks = new Set(chosen)
  return new Promise((resolve) => {
    const dialog = el('dialog', { class: 'box', 'aria-label': title, 'data-testid': 'picker' })
    const done = (values) => {
      dialog.close()
      dialog.remove()
      resolve(values)
    }
    const search = el('input', { class: 'input', type: 'search', placeholder: t('Search'), 'aria-label': t('Search') })
    const list = el('div', { class: 'pick-list' })
    const draw = () => {
      const words = search.value.trim().toLowerCase()
      const seen = rows.filter((row) => `${row.text} ${row.hint ?? ''}`.toLowerCase().includes(words))
      list.replaceChildren(...seen.map((row) => {
        const label = el('span', {}, row.text, el('span', { class: 'hint', text: row.hint ?? '' }))
        return el('button', {
          class: 'menu-item', type: 'button', 'aria-pressed': multiple ? String(marks.has(row.value)) : null,
          'data-testid': `pick-${row.value}`,
          onclick: () => {
            if (!multiple) return done([row])
            if (!marks.delete(row.value)) marks.add(row.value)
            return draw()
          },
        }, label, multiple && marks.has(row.value) ? icon('check', true) : null)
      }))
      if (!seen.length) list.append(el('p', { class: 'menu-note', text: t('Nothing found.') }))
    }
    search.addEventListener('input', draw)
    const foot = el('div', { class: 'box-foot' },
      el('button', { class: 'btn quiet', type: 'button', text: t('Cancel'), onclick: () => done(null) }))
    if (multiple) {
      foot.append(el('button', {
        class: 'btn primary', type: 'button', text: t('Choose'), 'data-testid': 'picker-choose',
        onclick: () => done(rows.filter((row) => marks.has(row.value))),
      }))
    }
    dialog.append(el('div', { class: 'box-body' }, el('h2', { text: title }), search, list), foot)
    dialog.addEventListener('cancel', (event) => {
      event.preventDefault()
      done(null)
    })
    document.body.append(dialog)
    draw()
    dialog.showModal()
  })
}
