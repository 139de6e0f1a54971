// The automation page: choose a rule for a stage, fill its form by hand or in the application's
// settings page (setPropertyValue), save, delete.

import { ask, el, openSlider, pick, toast } from './dialogs.js'
import { mountFrame } from './frame-host.js'
import { refreshAll } from './live.js'
import { post } from './server.js'
import { t } from './texts.js'

const area = document.querySelector('[data-robots]')
const robots = JSON.parse(area?.dataset.robots || '[]')
const triggers = JSON.parse(area?.dataset.triggers || '[]')

/** Return the input of one property. */
function inputFor(property, value) {
  const shared = { class: 'input', id: `prop-${property.Id}`, name: property.Id, 'data-testid': `prop-${property.Id}` }
  if (property.Type === 'bool' || property.Type === 'select') {
    const options = property.Type === 'bool' ? [['Y', t('Yes')], ['N', t('No')]] : property.Options
    const select = el('select', { ...shared, multiple: property.Multiple },
      ...(property.Multiple ? [] : [el('option', { value: '', text: '—' })]),
      ...options.map(([key, text]) => el('option', { value: key, text })))
    const chosen = [value].flat().map(String)
    for (const option of select.options) option.selected = chosen.includes(option.value)
    return select
  }
  if (property.Type === 'text') return el('textarea', { ...shared, rows: 2 }, String(value ?? ''))
  const types = { int: 'number', double: 'number', date: 'date', datetime: 'datetime-local' }
  return el('input', { ...shared, type: types[property.Type] ?? 'text', step: property.Type === 'double' ? 'any' : null, value: asText(value) })
}

function asText(value) {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

class RuleForm {
  constructor(robot, { stage, stageName, id = 0, name = '', values = {} }) {
    const defaults = robot.properties
      .filter((property) => property.Default !== '' && property.Default !== null)
      .map((property) => [property.Id, property.Default])
    Object.assign(this, { robot, stage, id, values: { ...Object.fromEntries(defaults), ...values } })
    this.slider = openSlider({ title: stageName ? `${robot.name} · ${stageName}` : robot.name, width: 1080 })
    this.name = el('input', { class: 'input', value: name || robot.name, 'data-testid': 'rule-name', id: 'rule-name' })
    this.fields = el('div', { class: 'rule-fields' })
    this.note = el('p', { class: 'muted', role: 'status', 'data-testid': 'rule-note' })
    this.draw()
    const panel = el('section', { class: 'rule-values-panel', 'data-testid': 'rule-form' }, this.note, this.shown())
    const split = el('div', { class: robot.use_placement ? 'rule-split' : '' })
    if (robot.use_placement) split.append(this.frame())
    split.append(panel)
    this.slider.body.append(split)
    this.slider.foot.hidden = false
    this.slider.foot.append(
      el('button', { class: 'btn primary', type: 'button', text: t('Save'), 'data-testid': 'save-rule', onclick: () => this.save() }),
      el('button', { class: 'btn quiet', type: 'button', text: t('Cancel'), onclick: () => this.slider.close() }),
    )
    this.slider.closed.then(() => this.mounted?.drop())
  }

  /** A rule set in the application's page keeps its own fields folded away. */
  shown() {
    if (!this.robot.use_placement) return this.fields
    this.summary = el('summary', { 'data-testid': 'rule-values' })
    this.details = el('details', { class: 'rule-details' }, this.summary, this.fields)
    this.sum()
    return this.details
  }

  sum() {
    if (!this.summary) return
    const set = this.robot.properties.filter((p) => asText(this.values[p.Id]) !== '')
    this.summary.textContent = set.length
      ? t('{n} of {all} values set', { n: set.length, all: this.robot.properties.length })
      : t('Nothing set yet: choose above')
  }

  frame() {
    const box = el('div', {})
    this.mounted = mountFrame(box, {
      kind: 'robot', client_id: this.robot.client_id, robot_code: this.robot.code, properties: this.values,
    }, { commands: { setPropertyValue: (given) => this.receive(given) }, slider: this.slider })
    this.slider.dialog.dataset.named = 'yes'
    return box
  }

  /** What the application's page set; only declared properties are taken. */
  receive(given) {
    const known = new Set(this.robot.properties.map((property) => property.Id))
    this.values = this.read()
    for (const [key, value] of Object.entries(given ?? {})) {
      if (known.has(key)) this.values[key] = value
    }
    this.draw()
    this.sum()
    this.note.textContent = t('Settings received from the application. Press Save to keep them.')
    return true
  }

  draw() {
    const own = this.robot.properties.map((property) => el('label', { class: 'field', for: `prop-${property.Id}` },
      el('span', { class: 'label', text: property.Name + (property.Required ? ' *' : '') }),
      inputFor(property, this.values[property.Id] ?? ''),
      property.Description ? el('span', { class: 'hint', text: property.Description }) : null))
    this.fields.replaceChildren(
      el('label', { class: 'field', for: 'rule-name' }, el('span', { class: 'label', text: t('Name on the board') }), this.name), ...own)
  }

  read() {
    const found = { ...this.values }
    for (const property of this.robot.properties) {
      const input = this.fields.querySelector(`[name="${CSS.escape(property.Id)}"]`)
      if (!input) continue
      found[property.Id] = input.multiple ? [...input.selectedOptions].map((option) => option.value) : unpacked(input.value, this.values[property.Id])
    }
    return found
  }

  async save() {
    const body = { stage: this.stage, code: this.robot.code, name: this.name.value, properties: this.read() }
    const missing = this.robot.properties.find((p) => p.Required && !String(body.properties[p.Id] ?? '').length)
    if (missing) {
      if (this.details) this.details.open = true
      this.note.textContent = t('No value yet') + `: ${missing.Name}`
      this.fields.querySelector(`[name="${CSS.escape(missing.Id)}"]`)?.focus()
      return
    }
    try {
      await post(this.id ? `/-/rules/${this.id}/save` : '/-/rules/add', body)
    } catch (error) {
      toast(error.message, { bad: true })
      return
    }
    this.slider.close()
    toast(t('Rule saved.'))
    await refreshAll()
  }
}

/** A value that was a list or map stays one when nobody edited its text. */
function unpacked(text, before) {
  return typeof before === 'object' && before !== null && text === asText(before) ? before : text
}

async function addRule(node) {
  const rows = robots.map((robot) => ({ value: robot.code, text: robot.name, hint: robot.description || robot.app, robot }))
  rows.push(...triggers.map((trigger) => ({
    value: `trigger-${trigger.code}`, text: trigger.name, hint: t('When this happens, the deal moves here.'), trigger,
  })))
  const chosen = await pick({ title: t('Choose a rule'), rows })
  if (chosen?.[0].trigger) {
    await post('/-/triggers/add', { stage: node.dataset.ruleAdd, code: chosen[0].trigger.code })
    await refreshAll()
  } else if (chosen) new RuleForm(chosen[0].robot, { stage: node.dataset.ruleAdd, stageName: node.dataset.stageName })
}

function editRule(node) {
  const robot = robots.find((known) => known.code === node.dataset.code)
  if (!robot) return
  new RuleForm(robot, {
    id: Number(node.dataset.editRule), name: node.dataset.name, values: JSON.parse(node.dataset.values || '{}'),
  })
}

async function deleteRule(node) {
  const chosen = await ask({
    title: t('Delete this rule?'),
    actions: [
      { text: t('Cancel'), look: 'quiet', value: null },
      { text: t('Delete'), look: 'danger primary', testid: 'confirm-delete', value: 'yes' },
    ],
  })
  if (!chosen) return
  await post(`/-/rules/${node.dataset.deleteRule}/delete`)
  toast(t('Rule deleted.'))
  await refreshAll()
}

area?.addEventListener('click', (event) => {
  const add = event.target.closest('[data-rule-add]')
  const edit = event.target.closest('[data-edit-rule]')
  const remove = event.target.closest('[data-delete-rule]')
  const trigger = event.target.closest('[data-delete-trigger]')
  if (add) addRule(add)
  else if (edit) editRule(edit)
  else if (remove) deleteRule(remove)
  else if (trigger) post(`/-/triggers/${trigger.dataset.deleteTrigger}/delete`).then(refreshAll)
})
