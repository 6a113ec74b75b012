// What pages do beyond plain HTML where scripts run. Every page works without.
'use strict';

const english = document.documentElement.lang === 'en';
const say = (zh, en) => (english ? en : zh);

// A page is not left with changes that are not sent: the browser asks.
const changed = new Set();
window.addEventListener('beforeunload', (event) => {
  for (const form of changed) {
    if (form.isConnected) event.preventDefault();
  }
});
document.addEventListener('submit', (event) => changed.delete(event.target));

// Whoever signs out leaves nothing on the device, and is asked if that loses something.
document.addEventListener('submit', (event) => {
  if (!/\/act\/v1\/logout(-everywhere)?$/.test(event.target.action)) return;
  const account = document.querySelector('[name=_account]');
  const kept = account ? keptDrafts(account.value) : [];
  const asked = say(
    '本设备上还有未提交到服务器的草稿，退出后将被删除。确定退出吗？',
    'This device has drafts that the server lacks; signing out deletes them. Sign out?',
  );
  if (kept.length && !window.confirm(asked)) event.preventDefault();
  else for (const key of kept) localStorage.removeItem(key);
});

// Drafts of an account that are kept on this device.
function keptDrafts(account) {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(`qianglian:${account}:`));
  } catch {
    return []; // A browser may forbid to keep anything.
  }
}

// A form with files is sent by a script, so that it can tell how far it is.
document.addEventListener('htmx:xhr:progress', (event) => {
  const form = event.target.closest('form');
  const bar = form && form.querySelector('progress');
  if (bar && event.detail.lengthComputable) {
    bar.hidden = false;
    bar.value = (100 * event.detail.loaded) / event.detail.total;
  }
});

// A form that was sent by its button does not save itself any more: the two would be changes of the same revision, and
// the later of them stale. A page that the browser brings back goes on.
let sent = new WeakSet();
document.addEventListener('submit', (event) => {
  if (!event.defaultPrevented) sent.add(event.target);
});
window.addEventListener('pageshow', () => { sent = new WeakSet(); });

// While a draft is being saved, its state says so; what the server answers replaces it.
document.addEventListener('htmx:beforeRequest', (event) => {
  if (event.target.matches('form[hx-trigger]') && sent.has(event.target)) {
    event.preventDefault();
    return;
  }
  const saved = event.target.querySelector && event.target.querySelector('.saved');
  if (saved) {
    saved.dataset.state = 'saving';
    saved.textContent = say('正在保存…', 'Saving…');
  }
});

// A form that saves itself is sent after the save on its way, which gives the revision that it goes on from. Where the
// last save found no server, the button saves first: the page with what was typed is not left for one that can't be had.
const saving = new WeakSet();
const unreached = new WeakSet();
const pressed = new WeakMap();
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (!saving.has(form) && !unreached.has(form)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  pressed.set(form, event.submitter);
  if (!saving.has(form)) form.dispatchEvent(new Event('change', { bubbles: true }));
}, true);
document.addEventListener('htmx:beforeSend', (event) => {
  if (event.target.matches('form[hx-trigger]')) saving.add(event.target);
});
document.addEventListener('htmx:afterRequest', (event) => {
  const form = event.target;
  if (!saving.delete(form)) return;
  const { status } = event.detail.xhr;
  const reached = status > 0 && status < 500;
  if (reached) unreached.delete(form);
  else unreached.add(form);
  const button = pressed.get(form);
  pressed.delete(form);
  // The revision has been put in its place by then.
  if (button && reached) setTimeout(() => form.requestSubmit(button), 60);
});

// The server could not be reached: what was typed is still in the form.
document.addEventListener('htmx:sendError', (event) => {
  const saved = event.target.querySelector && event.target.querySelector('.saved');
  if (saved) {
    saved.dataset.state = 'failed';
    saved.textContent = say(
      '未保存：网络中断。填写的内容仍在页面上，再次修改时会重新发送。',
      'Not saved: no connection. What you entered is still here; it is sent with the next change.',
    );
  }
});

function prepare(root) {
  // Files can be dropped onto an upload field.
  for (const zone of root.querySelectorAll('.upload')) {
    const input = zone.querySelector('input[type=file]');
    for (const name of ['dragenter', 'dragover']) {
      zone.addEventListener(name, (event) => { event.preventDefault(); zone.classList.add('over'); });
    }
    for (const name of ['dragleave', 'drop']) {
      zone.addEventListener(name, () => zone.classList.remove('over'));
    }
    zone.addEventListener('drop', (event) => {
      event.preventDefault();
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event('change', { bubbles: true }));
    });
  }
  for (const form of root.querySelectorAll('form.form:not([hx-post])')) {
    form.addEventListener('input', () => changed.add(form));
  }
  for (const button of root.querySelectorAll('[data-print]')) {
    button.hidden = false;
    button.addEventListener('click', () => window.print());
  }
  // What is wrong comes into view, and is read out.
  const errors = root.querySelector('.errors');
  if (errors) errors.focus();
}

htmx.onLoad(prepare);
