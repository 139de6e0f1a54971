// What the pages do: one script for all of them, acting through data attributes.

import { ask, el, openPathSlider, toast } from './dialogs.js'
import { mountFrame, openApp } from './frame-host.js'
import { refreshAll } from './live.js'
import './automation.js'
import './board.js'
import './menus.js'
import { post } from './server.js'
import { t } from './texts.js'

const cardCommands = { reloadData: () => refreshAll().then(() => true) }

/** Commands of a place, as getInterface names them (contract 4.4). */
function commandsOf(code) {
  return /_DETAIL_(TAB|ACTIVITY)$|_LIST_MENU$/.test(code) ? cardCommands : {}
}

function placementLaunch(node) {
  return {
    kind: 'placement', code: node.dataset.widget, handler: node.dataset.handler,
    client_id: node.dataset.client, options: JSON.parse(node.dataset.options || '{}'),
  }
}

/** Do it; say the server's sentence when it refuses. */
async function attempt(work) {
  try {
    await work()
  } catch (error) {
    toast(t(error.message), { bad: true })
  }
}

const clicks = {
  widget(node) {
    openApp(placementLaunch(node), { title: node.dataset.title, commands: commandsOf(node.dataset.widget) })
  },
  async move(node) {
    const { name } = await post(`/-/deal/${node.dataset.move}/move`, { stage: node.dataset.to })
    toast(t('Deal moved to “{stage}”.', { stage: name }))
    await refreshAll()
  },
  async template(node) {
    const deal = location.pathname.split('/').filter(Boolean).at(-1)
    await post(`/-/deal/${deal}/document`, { template_id: Number(node.dataset.template) })
    toast(t('Document is being prepared.'))
    await refreshAll()
  },
  async deleteEntry(node) {
    await post(`/-/timeline/${node.dataset.deleteEntry}/delete`)
    await refreshAll()
  },
  async complete(node) {
    await post(`/-/activity/${node.dataset.complete}/complete`)
    await refreshAll()
  },
  open(node) {
    window.open(node.dataset.open, '_blank', 'noopener')
  },
  path(node) {
    openPathSlider(node.dataset.path).closed.then(refreshAll)
  },
  act: (node) => layoutAction(node),
  install: (node) => install(node),
  uninstall: (node) => uninstall(node),
}

document.addEventListener('click', (event) => {
  for (const [name, handler] of Object.entries(clicks)) {
    const attribute = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    const node = event.target.closest(`[data-${attribute}]`)
    if (!node || node.matches('[data-frame]') || node.disabled) continue
    event.preventDefault()
    attempt(() => handler(node))
    return
  }
})

// -- actions of configurable activities (openRestApp, restEvent) ----------------------------------

async function layoutAction(node) {
  const action = JSON.parse(node.dataset.action)
  const activity = Number(node.dataset.activity)
  if (node.dataset.act === 'app') {
    const record = node.closest('.record')
    const shape = action.sliderParams ?? {}
    openApp(
      { kind: 'activity', activity_id: activity, options: action.actionParams ?? {} },
      { title: shape.title || record?.querySelector('.title')?.textContent, width: shape.width, leftBoundary: shape.leftBoundary },
    )
    return
  }
  // The record or button stays blocked until the application updates the layout.
  if (action.animationType === 'loader') node.closest('.record').classList.add('busy')
  if (action.animationType === 'disable') node.disabled = true
  try {
    await post(`/-/activity/${activity}/action`, { action })
  } catch (error) {
    node.closest('.record').classList.remove('busy')
    node.disabled = false
    throw error
  }
}

// -- app store ------------------------------------------------------------------------------------

async function install(node) {
  const { client_id: client } = await post(`/-/market/${node.dataset.install}/install`)
  const slider = openApp({ kind: 'main', client_id: client }, { title: node.dataset.title, width: 900 })
  slider.closed.then(() => location.reload())
}

async function uninstall(node) {
  const tick = el('input', { type: 'checkbox', id: 'clean', 'data-testid': 'uninstall-clean' })
  const chosen = await ask({
    title: node.dataset.ask,
    content: [el('p', { class: 'muted', text: node.dataset.note }), el('label', { class: 'check' }, tick, node.dataset.clean)],
    actions: [
      { text: t('Cancel'), look: 'quiet', value: null },
      { text: node.textContent.trim(), look: 'danger primary', testid: 'uninstall-confirm', value: () => ({ clean: tick.checked }) },
    ],
  })
  if (!chosen) return
  await post(`/-/market/${node.dataset.uninstall}/uninstall`, chosen)
  location.reload()
}

document.addEventListener('notes:open', () => attempt(() => post('/-/notes/read')))

// -- forms, tabs, frames in the page --------------------------------------------------------------

document.addEventListener('submit', (event) => {
  const form = event.target.closest('[data-comment]')
  if (!form) return
  event.preventDefault()
  const input = form.elements.text
  if (!input.value.trim()) {
    input.focus()
    return
  }
  attempt(async () => {
    await post(`/-/deal/${form.dataset.comment}/comment`, { text: input.value })
    input.value = ''
    await refreshAll()
  })
})
document.addEventListener('change', (event) => {
  if (event.target.matches('[data-submit]')) event.target.form.submit()
})

function startFrame(node) {
  if (node.dataset.started) return
  node.dataset.started = 'yes'
  const launch = node.dataset.main
    ? { kind: 'main', client_id: node.dataset.main, options: JSON.parse(node.dataset.options || '{}') }
    : placementLaunch(node)
  mountFrame(node, launch, { commands: commandsOf(node.dataset.widget ?? '') })
}

function showTab(tab) {
  for (const other of tab.parentElement.querySelectorAll('[role=tab]')) {
    const on = other === tab
    other.setAttribute('aria-selected', String(on))
    other.tabIndex = on ? 0 : -1
    document.getElementById(other.getAttribute('aria-controls')).hidden = !on
  }
  document.getElementById(tab.getAttribute('aria-controls')).querySelectorAll('[data-frame]').forEach(startFrame)
}
for (const list of document.querySelectorAll('[role=tablist]')) {
  list.addEventListener('click', (event) => {
    const tab = event.target.closest('[role=tab]')
    if (tab) showTab(tab)
  })
  list.addEventListener('keydown', (event) => {
    const tabs = [...list.querySelectorAll('[role=tab]')]
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (!step) return
    event.preventDefault()
    const next = tabs[(tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length]
    next.focus()
    showTab(next)
  })
}
document.querySelectorAll('[data-frame]').forEach((node) => {
  if (!node.closest('[hidden]')) startFrame(node)
})
document.querySelector('.stage-step.now')?.scrollIntoView({ inline: 'center', block: 'nearest' })
for (const area of document.querySelectorAll('[data-bottom]')) {
  const fall = () => area.scrollTo({ top: area.scrollHeight })
  area.addEventListener('live:changed', fall)
  fall()
}
