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

// A form with files is sent by a script, so that it can tell how far it is.
document.addEventListener('htmx:xhr:progress', (event) => {
  const form = event.target.closest('form');
  const bar = form && form.querySelector('progress');
  if (bar && event.detail.lengthComputable) {
    bar.hidden = false;
    bar.value = (100 * event.detail.loaded) / event.detail.total;
  }
});

// An upload broke off: which files are there is seen on the page as it is now.
document.addEventListener('htmx:sendError', (event) => {
  const form = event.target.closest && event.target.closest('form[enctype="multipart/form-data"]');
  if (!form) return;
  const told = form.querySelector('.broken') || document.createElement('p');
  told.className = 'error broken';
  told.setAttribute('role', 'alert');
  told.textContent = say(
    '上传中断。已传完的文件会保留：联网后刷新本页查看“已有材料”，其余的请重新上传。',
    'The upload broke off. Files that were whole are kept: load this page anew once there is a connection, and upload the others again.',
  );
  form.append(told);
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
  for (const form of root.querySelectorAll('form.form:not([data-kept], [data-queue])')) {
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
