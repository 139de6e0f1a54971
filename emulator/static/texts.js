// Texts of the scripts: the page prints its language's map into <body data-texts>.

const known = JSON.parse(document.body.dataset.texts || '{}')

/** Return `english` in the page's language; {name} places are filled from `values`. */
export function t(english, values = {}) {
  const text = known[english] ?? english
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole)
}
