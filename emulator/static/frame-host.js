// The portal's side of application frames. Source: contract 2.3 and 4.4, stack.md "Frame protocol".
//
// A frame is an <iframe name="DOMAIN|PROTOCOL|APP_SID"> that receives a form POST. Application to
// portal: the string `command[:json]:callbackKey:appSid`, or an object {method, params, callback,
// appSid} when the command holds a colon. Portal to application: `callbackKey:json`; the first
// reply of a key settles its promise, later ones are events. Unknown commands get no reply.

import { el, openPathSlider, openSlider, pick, toast } from './dialogs.js'
import { refreshAll } from './live.js'
import { get, post } from './server.js'
import { t } from './texts.js'

const frames = new Map()
const ALLOW = 'clipboard-read *; clipboard-write *; camera *; fullscreen *'
const HEIGHTS = { least: 200, most: 30000 }

/** Return {command, params, key, sid} of one message, or null when it is not one of ours. */
export function parseMessage(data) {
  if (data && typeof data === 'object') {
    if (!data.method || !data.appSid) return null
    return { command: data.method, params: data.params || null, key: data.callback, sid: data.appSid }
  }
  const parts = String(data ?? '').split(':')
  if (parts.length < 3) return null
  const sid = parts.pop()
  const key = parts.pop()
  const command = parts.shift()
  return { command, params: readParams(parts.join(':')), key, sid }
}

function readParams(raw) {
  if (!raw) return null
  try {
    return JSON.parse(raw)
  } catch {
    return raw
  }
}

addEventListener('message', (event) => {
  const message = parseMessage(event.data)
  const frame = message && frames.get(message.sid)
  // The sid alone proves nothing: the message must come from that very frame.
  if (!frame || event.source !== frame.window) return
  frame.receive(message, event.origin)
})

// -- commands every frame has -------------------------------------------------------------------

const general = {
  getInitData: (frame) => post(`/-/frame/${frame.sid}/init`),
  refreshAuth: (frame) => post(`/-/frame/${frame.sid}/refresh`),
  setInstall: (frame, params) => post(`/-/frame/${frame.sid}/first-run`, { install: params?.install ?? true }),
  async setInstallFinish(frame) {
    await post(`/-/frame/${frame.sid}/install-finish`)
    frame.afterReply = () => frame.onInstalled()
    return true
  },
  setAppOption: (frame, params) => saveOption(frame, 'app', params),
  setUserOption: (frame, params) => saveOption(frame, 'user', params),
  resizeWindow: (frame, params) => frame.resize(params ?? {}),
  setScroll(frame, params) {
    const area = frame.slider?.body ?? document.scrollingElement
    area.scrollTo({ top: Number(params?.scroll) || 0 })
    return true
  },
  setTitle(frame, params) {
    const title = String(params?.title ?? params ?? '')
    if (frame.slider) frame.slider.setTitle(title)
    else document.title = title
    return true
  },
  reloadWindow(frame) {
    frame.afterReply = () => frame.load()
    return true
  },
  async openApplication(frame, params) {
    const slider = openApp({ kind: 'main', client_id: frame.clientId, options: params ?? {} }, sliderShape(params))
    await slider.closed
    return null
  },
  closeApplication(frame) {
    frame.afterReply = () => frame.slider?.close()
    return null
  },
  openPath: (frame, params) => openPath(String(params?.path ?? params ?? '')),
  selectUser: (frame, params) => selectUser(Boolean(params?.mult)),
  selectAccess: (frame, params) => selectAccess(params?.value ?? []),
  selectCRM: (frame, params) => selectCrm(params ?? {}),
  getInterface: (frame) => ({ command: Object.keys(frame.commands), event: frame.events }),
  placementBindEvent(frame, params, key) {
    if (frame.events.includes(params?.event)) frame.bound.push({ event: params.event, key })
    return true
  },
}

async function saveOption(frame, scope, params) {
  await post(`/-/frame/${frame.sid}/option`, { scope, name: params?.name, value: params?.value ?? null })
  return true
}

function sliderShape(params) {
  return {
    title: params?.bx24_title ?? '',
    width: params?.bx24_width ?? 1080,
    leftBoundary: params?.bx24_leftBoundary ?? 0,
  }
}

async function openPath(path) {
  const url = new URL(path || '/', location.origin)
  if (url.origin !== location.origin || !path.startsWith('/')) {
    return { result: 'error', errorCode: 'PATH_NOT_AVAILABLE' }
  }
  const probe = await fetch(url.pathname + url.search, { method: 'HEAD' }).catch(() => null)
  if (!probe?.ok) return { result: 'error', errorCode: 'PATH_NOT_AVAILABLE' }
  await openPathSlider(url.pathname + url.search).closed
  refreshAll()
  return { result: 'close' }
}

async function selectUser(multiple) {
  const { users } = await get('/-/users')
  const rows = users.map((user) => ({ value: user.id, text: user.name, hint: user.position, user }))
  const chosen = await pick({ title: multiple ? t('Choose colleagues') : t('Choose a colleague'), rows, multiple })
  if (multiple) return (chosen ?? []).map((row) => row.user)
  return chosen ? chosen[0].user : null
}

async function selectAccess(taken) {
  const { access } = await get('/-/users')
  const rows = access.filter((entry) => !taken.includes(entry.id)).map((entry) => ({ value: entry.id, text: entry.name }))
  const chosen = await pick({ title: t('Who has access'), rows, multiple: true })
  return (chosen ?? []).map((row) => ({ id: row.value, name: row.text }))
}

async function selectCrm(params) {
  const types = params.entityType ?? ['lead', 'contact', 'company', 'deal', 'quote']
  const { entities } = await get(`/-/crm-entities?types=${encodeURIComponent([types].flat().join(','))}`)
  const before = Object.entries(params.value ?? {}).flatMap(([type, ids]) => [ids].flat().map((id) => `${type}_${id}`))
  const rows = entities.map((entity) => ({ value: `${entity.type}_${entity.number}`, text: entity.title, hint: entity.desc, entity }))
  const chosen = await pick({ title: t('Choose from the CRM'), rows, multiple: Boolean(params.multiple), chosen: before })
  const answer = {}
  for (const { entity } of chosen ?? []) {
    const { number, ...shown } = entity
    answer[entity.type] ??= {}
    answer[entity.type][Object.keys(answer[entity.type]).length] = shown
  }
  return answer
}

// -- one frame ----------------------------------------------------------------------------------

class AppFrame {
  constructor(box, launch, { commands = {}, events = [], slider = null, onInstalled = null } = {}) {
    Object.assign(this, { box, launch, commands, events, slider, bound: [], sid: '', iframe: null })
    this.onInstalled = onInstalled ?? (() => this.load({ kind: 'main', client_id: this.clientId, options: {} }))
    this.wait = el('div', { class: 'frame-wait', role: 'status' })
    box.classList.add('frame-box')
    box.append(this.wait)
  }

  get window() {
    return this.iframe?.contentWindow ?? null
  }

  /** Ask the server for a fresh rendering (new APP_SID and tokens) and post it into a new iframe. */
  async load(launch = this.launch) {
    this.launch = launch
    this.drop()
    this.say(el('div', { class: 'spinner' }), el('p', { text: t('Opening the application…') }))
    let opened
    try {
      opened = await post('/-/frame/open', launch)
    } catch (error) {
      this.fail(error)
      return
    }
    this.sid = opened.sid
    this.clientId = opened.client_id
    if (this.slider && opened.title && !this.slider.dialog.dataset.named) this.slider.setTitle(opened.title)
    frames.set(this.sid, this)
    this.iframe = el('iframe', {
      name: opened.name, title: opened.title || t('Application'), allow: ALLOW,
      'data-testid': 'app-frame', 'data-placement': opened.placement, 'data-sid': opened.sid,
    })
    this.box.append(this.iframe)
    this.iframe.addEventListener('load', () => this.wait.classList.add('done'))
    this.submit(opened)
  }

  submit({ action, fields, name }) {
    const form = el('form', { method: 'post', action, target: name, hidden: true })
    for (const [field, value] of Object.entries(fields)) {
      form.append(el('input', { type: 'hidden', name: field, value: String(value ?? '') }))
    }
    document.body.append(form)
    form.submit()
    form.remove()
  }

  say(...children) {
    this.wait.classList.remove('done')
    this.wait.replaceChildren(...children)
  }

  fail(error) {
    this.say(
      el('p', { text: t('The application could not be opened.') }),
      el('p', { class: 'faint', text: error.message }),
      el('button', { class: 'btn', type: 'button', text: t('Try again'), onclick: () => this.load() }),
    )
  }

  drop() {
    frames.delete(this.sid)
    this.iframe?.remove()
    this.iframe = null
    this.bound = []
  }

  resize({ width, height }) {
    const rows = Number.parseInt(height, 10)
    if (rows > 0) this.iframe.style.height = `${Math.min(Math.max(rows, HEIGHTS.least), HEIGHTS.most)}px`
    return { width: width ?? this.iframe.clientWidth, height: rows || this.iframe.clientHeight }
  }

  async receive({ command, params, key }, origin) {
    const handler = general[command] ?? (Object.hasOwn(this.commands, command) ? this.ownCommand(command) : null)
    if (!handler) return
    const source = this.window
    this.origin = origin
    const reply = (value) => source?.postMessage(`${key}:${JSON.stringify(value ?? null)}`, origin)
    try {
      reply(await handler(this, params, key))
    } catch (error) {
      toast(error.message, { bad: true })
      return
    }
    const after = this.afterReply
    this.afterReply = null
    after?.()
  }

  ownCommand(command) {
    return (frame, params) => this.commands[command](params)
  }

  /** Tell the application that a bound event happened. */
  emit(event, value) {
    for (const { event: name, key } of this.bound) {
      if (name === event) this.window?.postMessage(`${key}:${JSON.stringify(value ?? null)}`, this.origin)
    }
  }
}

/** Put an application frame into `box` and load it. launch: {kind, ...} of POST /-/frame/open. */
export function mountFrame(box, launch, options = {}) {
  const frame = new AppFrame(box, launch, options)
  frame.load()
  return frame
}

/** Open an application in a slider; returns the slider (its `closed` resolves when it is gone). */
export function openApp(launch, { title = '', commands, events, onInstalled, ...shape } = {}) {
  const slider = openSlider({ title, ...shape })
  if (title) slider.dialog.dataset.named = 'yes'
  const box = el('div', {})
  slider.body.append(box)
  slider.frame = mountFrame(box, launch, { commands, events, slider, onInstalled })
  slider.closed.then(() => {
    slider.frame.drop()
    refreshAll()
  })
  return slider
}
