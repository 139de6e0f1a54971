// Menus: a button with data-menu opens the sibling .menu beside it, by mouse, touch or keyboard.
// Submenus (button with data-submenu) unfold in place, so that they work on a phone too.

let open = null

function items(menu) {
  return [...menu.querySelectorAll('.menu-item')].filter((item) => item.offsetParent !== null)
}

function place(menu, button) {
  const box = button.getBoundingClientRect()
  const width = menu.offsetWidth
  const height = menu.offsetHeight
  const left = Math.min(Math.max(12, menu.dataset.align === 'end' ? box.right - width : box.left), innerWidth - width - 12)
  const below = box.bottom + 6
  const fits = below + height <= innerHeight - 12
  const top = fits ? below : Math.max(12, Math.min(box.top - height - 6, innerHeight - height - 12))
  menu.style.left = `${left}px`
  menu.style.top = `${top}px`
}

export function closeMenu({ focus = false } = {}) {
  if (!open) return
  const { menu, button } = open
  open = null
  menu.hidden = true
  button.setAttribute('aria-expanded', 'false')
  if (focus) button.focus()
}

function openMenu(button) {
  const menu = button.parentElement.querySelector('.menu')
  closeMenu()
  menu.hidden = false
  button.setAttribute('aria-expanded', 'true')
  open = { menu, button }
  place(menu, button)
  items(menu)[0]?.focus()
  if (menu.hasAttribute('data-notes')) menu.dispatchEvent(new CustomEvent('notes:open', { bubbles: true }))
}

function toggleSubmenu(item, show = item.getAttribute('aria-expanded') !== 'true') {
  const submenu = document.getElementById(item.getAttribute('aria-controls'))
  item.setAttribute('aria-expanded', String(show))
  submenu.hidden = !show
  if (open) place(open.menu, open.button)
  if (show) submenu.querySelector('.menu-item')?.focus()
}

function step(event) {
  const list = items(open.menu)
  const at = list.indexOf(document.activeElement)
  const moves = { ArrowDown: at + 1, ArrowUp: at - 1 + list.length, Home: 0, End: list.length - 1 }
  if (event.key in moves) {
    event.preventDefault()
    list[moves[event.key] % list.length]?.focus()
  } else if (event.key === 'ArrowRight' && document.activeElement?.matches('[data-submenu]')) {
    event.preventDefault()
    toggleSubmenu(document.activeElement, true)
  } else if (event.key === 'ArrowLeft') {
    const parent = document.activeElement?.closest('.submenu')
    const head = parent && open.menu.querySelector(`[aria-controls="${parent.id}"]`)
    if (head) {
      event.preventDefault()
      toggleSubmenu(head, false)
      head.focus()
    }
  } else if (event.key === 'Escape') {
    event.preventDefault()
    event.stopPropagation()
    closeMenu({ focus: true })
  } else if (event.key === 'Tab') {
    closeMenu()
  }
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-menu]')
  if (button) {
    event.preventDefault()
    const same = open?.button === button
    if (same) closeMenu()
    else openMenu(button)
    return
  }
  const submenu = event.target.closest('[data-submenu]')
  if (submenu) {
    event.preventDefault()
    toggleSubmenu(submenu)
    return
  }
  if (open && (!open.menu.contains(event.target) || event.target.closest('.menu-item'))) closeMenu()
})
document.addEventListener('keydown', (event) => {
  if (open) step(event)
  else if (event.key === 'ArrowDown' && event.target.matches?.('[data-menu]')) {
    event.preventDefault()
    openMenu(event.target)
  }
}, true)
addEventListener('resize', () => closeMenu())
document.addEventListener('scroll', (event) => {
  if (open && !open.menu.contains(event.target)) place(open.menu, open.button)
}, true)

/** True while a menu inside `node` is open: such a node must not be redrawn now. */
export function hasOpenMenu(node) {
  return Boolean(open && node.contains(open.button))
}
