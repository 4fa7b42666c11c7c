// The page on which an officer makes the second proof. No library, no inline code; every text is set as text.

import { RIGHT_TO_LEFT, TEXTS } from './texts.mjs';

/** By the check that the hub names. */
const REFUSALS = {
  'SFA-01': 'over',
  'SFA-02': 'over',
  'SFA-03': 'nothing',
  'SFA-04': 'wrong',
  'SFA-06': 'wrong',
  'SFA-07': 'away',
};
const FLOW = 'liaison-flow';

const at = (id) => document.getElementById(id);
const language = navigator.languages.map((tag) => tag.split('-')[0]).find((tag) => tag in TEXTS) ?? 'en';
const words = TEXTS[language];

function say(text) {
  at('status').textContent = text;
}

async function call(path, body) {
  const answer = await fetch(`/v1/second-factor/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    credentials: 'omit',
  });
  const told = await answer.json();
  return answer.ok ? told : { outcome: 'refused', message: told.error?.message ?? words.unreachable };
}

function bytesOf(text) {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

function textOf(buffer) {
  const binary = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

const named = (credentials = []) => credentials.map((each) => ({ ...each, id: bytesOf(each.id) }));

async function askAuthenticator({ act, options }) {
  const challenge = bytesOf(options.challenge);
  if (act === 'get') {
    const allowCredentials = named(options.allowCredentials);
    return navigator.credentials.get({ publicKey: { ...options, challenge, allowCredentials } });
  }
  const user = { ...options.user, id: bytesOf(options.user.id) };
  const excludeCredentials = named(options.excludeCredentials);
  return navigator.credentials.create({ publicKey: { ...options, challenge, user, excludeCredentials } });
}

function credentialOf({ id, rawId, response }) {
  const told = { clientDataJSON: textOf(response.clientDataJSON) };
  for (const name of ['attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
    if (response[name]) told[name] = textOf(response[name]);
  }
  return { id, rawId: textOf(rawId), type: 'public-key', response: told };
}

/** The last that the page says. */
function end(text) {
  at('offer').hidden = true;
  say(text);
  document.body.dataset.state = 'ended';
  at('title').focus();
}

function finish(told) {
  if (told.outcome !== 'refused') {
    end(words.done);
    return;
  }
  end(`${words[REFUSALS[told.check]] ?? told.message} [${told.check ?? ''}]`);
}

async function proveByKey(offer) {
  at('webauthn').disabled = true;
  say(words.waiting);
  let credential;
  try {
    credential = await askAuthenticator(offer.webauthn);
  } catch {
    // The officer may have taken the wrong key: nothing was sent, so the link still holds.
    say(words.cancelled);
    at('webauthn').disabled = false;
    return;
  }
  finish(await call('webauthn', { flow: offer.flow, credential: credentialOf(credential) }));
}

/** What comes back is for this tab alone: another browser, to which somebody sent the address, has no flow to go with it. */
async function goToSignOn({ flow }) {
  at('sign-on').disabled = true;
  const told = await call('sign-on', { flow });
  if (told.outcome === 'refused') {
    finish(told);
    return;
  }
  sessionStorage.setItem(FLOW, flow);
  location.assign(told.url);
}

async function comeBack(query) {
  const flow = sessionStorage.getItem(FLOW);
  sessionStorage.removeItem(FLOW);
  history.replaceState(null, '', location.pathname);
  if (flow === null) {
    end(words.noLink);
    return;
  }
  say(words.loading);
  finish(await call('sign-on/answer', { flow, query }));
}

function show(offer) {
  if (offer.outcome === 'refused') {
    finish(offer);
    return;
  }
  say('');
  at('device').textContent = offer.device;
  at('code').textContent = offer.code;
  const { webauthn } = offer;
  if (webauthn) {
    at('webauthn').textContent = webauthn.act === 'get' ? words.prove : words.register;
    at('webauthn').hidden = false;
    at('webauthn').addEventListener('click', () => guarded(() => proveByKey(offer)));
  }
  if (offer.signOn) {
    at('sign-on').textContent = words.signOn.replace('{host}', offer.signOn);
    at('sign-on').hidden = false;
    at('sign-on').addEventListener('click', () => guarded(() => goToSignOn(offer)));
  }
  at('offer').hidden = false;
  document.body.dataset.state = 'asking';
  at('title').focus();
}

async function guarded(step) {
  try {
    await step();
  } catch {
    end(words.unreachable);
  }
}

async function begin() {
  const query = location.search.slice(1);
  if (query !== '') {
    await comeBack(query);
    return;
  }
  const ticket = location.hash.slice(1);
  // Neither history nor a glance over the shoulder is to find it.
  history.replaceState(null, '', location.pathname);
  if (ticket === '') {
    end(words.noLink);
    return;
  }
  say(words.loading);
  show(await call('open', { ticket }));
}

function label() {
  document.documentElement.lang = language;
  document.documentElement.dir = RIGHT_TO_LEFT.includes(language) ? 'rtl' : 'ltr';
  document.title = `${words.title} – Liaison`;
  at('title').textContent = words.title;
  at('device-label').textContent = words.device;
  at('compare').textContent = words.compare;
  at('warning').textContent = words.warning;
}

label();
await guarded(begin);
