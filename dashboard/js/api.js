// The daemon's API: who we are, reading, and acts with their token.
export const session = { role: 'public', account: null, unit: null, csrf: null, ends_in: null, limit_in: null };

export class Problem extends Error {
  constructor(status, code, detail) {
    super(detail || code || String(status));
    this.status = status;
    this.code = code;
  }
}

let leaving = () => null;
export function onLeave(act) {
  leaving = act;
}

// Back to the log-in page, and from there to where we were, or where what was typed goes on.
export function toLogin() {
  const here = leaving() || location.pathname + location.search + location.hash;
  const ended = session.account ? '&ended=1' : '';
  location.replace(`/login.html?next=${encodeURIComponent(here)}${ended}`);
  return new Promise(() => {}); // the page is about to go
}

async function ask(method, path, body, headers) {
  const options = { method, headers: { Accept: 'application/json', ...headers }, cache: 'no-cache' };
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers['Content-Type'] = 'application/json';
  }
  const answer = await fetch(path, options);
  if (answer.ok) return answer.json();
  let told = {};
  try { told = await answer.json(); } catch { /* no problem document: the status has to do */ }
  const problem = new Problem(answer.status, told.code, told.detail || told.title);
  problem.told = told;
  throw problem;
}

export async function whoAmI() {
  Object.assign(session, await ask('GET', '/api/v1/session'));
  return session;
}

export const lookAtSession = () => ask('GET', '/api/v1/session');

// A session may end while its page is open.
async function mine(promise) {
  try {
    return await promise;
  } catch (problem) {
    if (problem.status === 401 || (problem.status === 403 && problem.code === 'csrf')) return toLogin();
    throw problem;
  }
}

export const get = (path) => mine(ask('GET', path));

// A repeated key does nothing again: an answer that was lost may be asked for once more.
export const send = (method, path, body) => mine(ask(method, path, body, {
  'X-CSRF-Token': session.csrf || '', 'Idempotency-Key': crypto.randomUUID?.() || String(Math.random()),
}));

export const act = (concern, verb, body = {}) => send('POST', `/api/v1/concerns/${concern}/${verb}`, body);

// More of where it was raised, onto c: true when there are more still.
export async function moreMentions(c) {
  const page = c.mentions_cursor && await get(`/api/v1/concerns/${c.id}/items?cursor=${c.mentions_cursor}`);
  if (page) {
    c.mentions.push(...page.items);
    c.mentions_cursor = page.next_cursor;
  }
  return Boolean(c.mentions_cursor);
}

export const logIn = (account, password) => ask('POST', '/api/v1/session', { account, password });
export const logOut = () => ask('DELETE', '/api/v1/session', undefined, { 'X-CSRF-Token': session.csrf || '' });
