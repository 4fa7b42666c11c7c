// The page on which an officer makes the second proof. No library, no inline code; every text is set as text.

const TEXTS = {
  en: {
    title: 'Second proof',
    loading: 'One moment …',
    device: 'Device:',
    compare: 'Does the program in which you began show this code?',
    warning: 'If it shows another one, or if somebody sent you this link, close this page and tell your administrator.',
    prove: 'Use security key',
    register: 'Register security key',
    signOn: 'Continue to {host}',
    waiting: 'Follow what your browser asks.',
    done: 'Done. Go back to your program; you may close this page.',
    cancelled: 'The security key gave no answer. Try again.',
    noLink: 'This page needs a link from your program: liaison second-factor.',
    unreachable: 'The hub cannot be reached. Try again.',
  },
  bg: {
    title: 'Второ доказателство',
    loading: 'Един момент …',
    device: 'Устройство:',
    compare: 'Показва ли програмата, в която започнахте, този код?',
    warning:
      'Ако показва друг или ако някой ви е изпратил тази връзка, затворете страницата и уведомете администратора си.',
    prove: 'Използване на ключа за сигурност',
    register: 'Регистриране на ключ за сигурност',
    signOn: 'Към {host}',
    waiting: 'Следвайте указанията на браузъра.',
    done: 'Готово. Върнете се в програмата; можете да затворите страницата.',
    cancelled: 'Ключът не отговори. Опитайте отново.',
    noLink: 'Тази страница се отваря с връзка от програмата: liaison second-factor.',
    unreachable: 'Няма връзка с хъба. Опитайте отново.',
  },
  fr: {
    title: 'Seconde preuve',
    loading: 'Un instant …',
    device: 'Appareil :',
    compare: 'Le programme dans lequel vous avez commencé affiche-t-il ce code ?',
    warning:
      'S’il en affiche un autre, ou si quelqu’un vous a envoyé ce lien, fermez cette page et prévenez votre administrateur.',
    prove: 'Utiliser la clé de sécurité',
    register: 'Enregistrer une clé de sécurité',
    signOn: 'Continuer vers {host}',
    waiting: 'Suivez les indications du navigateur.',
    done: 'C’est fait. Revenez à votre programme ; vous pouvez fermer cette page.',
    cancelled: 'La clé de sécurité n’a pas répondu. Réessayez.',
    noLink: 'Cette page s’ouvre par un lien de votre programme : liaison second-factor.',
    unreachable: 'Le hub est injoignable. Réessayez.',
  },
  it: {
    title: 'Seconda prova',
    loading: 'Un momento …',
    device: 'Dispositivo:',
    compare: 'Il programma in cui ha iniziato mostra questo codice?',
    warning:
      'Se ne mostra un altro, o se qualcuno Le ha inviato questo link, chiuda la pagina e avvisi il Suo amministratore.',
    prove: 'Usa la chiave di sicurezza',
    register: 'Registra una chiave di sicurezza',
    signOn: 'Continua su {host}',
    waiting: 'Segua le indicazioni del browser.',
    done: 'Fatto. Torni al programma; può chiudere questa pagina.',
    cancelled: 'La chiave di sicurezza non ha risposto. Riprovi.',
    noLink: 'Questa pagina si apre con un link del programma: liaison second-factor.',
    unreachable: 'L’hub non è raggiungibile. Riprovi.',
  },
  hu: {
    title: 'Második igazolás',
    loading: 'Egy pillanat …',
    device: 'Eszköz:',
    compare: 'Ezt a kódot mutatja a program, amelyben elkezdte?',
    warning:
      'Ha mást mutat, vagy ha valaki küldte Önnek ezt a hivatkozást, zárja be az oldalt, és szóljon a rendszergazdának.',
    prove: 'Biztonsági kulcs használata',
    register: 'Biztonsági kulcs felvétele',
    signOn: 'Tovább ide: {host}',
    waiting: 'Kövesse a böngésző utasításait.',
    done: 'Kész. Térjen vissza a programhoz; az oldal bezárható.',
    cancelled: 'A biztonsági kulcs nem válaszolt. Próbálja újra.',
    noLink: 'Ez az oldal a program hivatkozásával nyílik meg: liaison second-factor.',
    unreachable: 'A hub nem érhető el. Próbálja újra.',
  },
  ar: {
    title: 'إثبات ثانٍ',
    loading: 'لحظة من فضلك …',
    device: 'الجهاز:',
    compare: 'هل يعرض البرنامج الذي بدأت منه هذا الرمز؟',
    warning: 'إذا عرض رمزًا آخر، أو إذا أرسل إليك أحد هذا الرابط، فأغلق هذه الصفحة وأبلغ المسؤول لديك.',
    prove: 'استخدام مفتاح الأمان',
    register: 'تسجيل مفتاح أمان',
    signOn: 'المتابعة إلى {host}',
    waiting: 'اتبع تعليمات المتصفح.',
    done: 'تم. عد إلى برنامجك؛ يمكنك إغلاق هذه الصفحة.',
    cancelled: 'لم يستجب مفتاح الأمان. حاول مرة أخرى.',
    noLink: 'تُفتح هذه الصفحة برابط من برنامجك: liaison second-factor.',
    unreachable: 'تعذر الوصول إلى الخادم. حاول مرة أخرى.',
  },
};
const RIGHT_TO_LEFT = ['ar'];
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
  end(told.outcome === 'refused' ? `${told.message} [${told.check ?? ''}]` : words.done);
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
