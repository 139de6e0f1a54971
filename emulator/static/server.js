// Calls from the pages to their own server.

/** POST JSON and return the answer; throws Error with the server's sentence. */
export async function post(path, body = {}) {
  let response
  try {
    response = await fetch(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify(body),
    })
  } catch {
    throw new Error('The portal does not answer.')
  }
  const answer = await response.json().catch(() => ({}))
  if (!response.ok) throw new Error(answer.error || `${response.status} ${response.statusText}`)
  return answer
}

/** GET JSON; throws Error as post(). */
export async function get(path) {
  const response = await fetch(path, { headers: { Accept: 'application/json' } })
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`)
  return response.json()
}
