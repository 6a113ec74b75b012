// Drafts that survive a lost connection. What is typed into the form of a [data-draft] is kept on the device until the
// server has it, and is sent again over the revision that it was a change of. Where the server has moved on meanwhile,
// nothing is overwritten: the person sees both and decides.
'use strict';
{
  const RETRY = 15000;
  const keyOf = (name) => `qianglian:${name}`;

  function load(key) {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  }

  function forget(key) {
    try {
      localStorage.removeItem(key);
    } catch {
      // Nothing could be kept there in the first place.
    }
  }

  // The fields of a form that make up its document.
  function fieldsOf(form) {
    return [...new FormData(form)].filter(([name, value]) => name.startsWith('/') && typeof value === 'string');
  }

  const plain = (text) => text.replace(/\r\n/g, '\n');
  const written = (fields) => JSON.stringify(fields.map(([name, value]) => [name, plain(value)]));
  const same = (some, others) => written(some) === written(others);
  const keysIn = (fields) => written(fields.filter(([name]) => name.endsWith(':key')));
  const revisionOf = (form) => form.elements._revision.value;

  // The form as the server gives it now.
  async function stored(address) {
    const answer = await fetch(address, { credentials: 'same-origin', cache: 'no-store' });
    if (!answer.ok || answer.redirected) return null;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const form = page.querySelector('[data-draft] form');
    return form && { revision: revisionOf(form), fields: fieldsOf(form) };
  }

  function fill(form, fields) {
    const left = fields.slice();
    const take = (name) => {
      const at = left.findIndex(([known]) => known === name);
      return at < 0 ? '' : left.splice(at, 1)[0][1];
    };
    for (const control of form.elements) {
      if (!control.name || !control.name.startsWith('/') || control.type === 'hidden') continue;
      if (control.type === 'radio' || control.type === 'checkbox') {
        control.checked = fields.some(([name, value]) => name === control.name && value === control.value);
      } else {
        control.value = take(control.name);
      }
      const around = control.closest('details');
      if (around && control.type === 'textarea' && control.value) around.open = true;
    }
    document.dispatchEvent(new Event('qianglian:filled'));
  }

  function guard(form, key) {
    const tell = (state, words) => {
      const saved = form.querySelector('.saved');
      saved.dataset.state = state;
      saved.textContent = words;
    };
    const onDevice = () => tell('device', kept
      ? say('已保存在本设备，尚未提交到服务器；联网后自动提交。', 'Saved on this device, not yet on the server; it is sent once there is a connection.')
      : say('未保存：网络中断，本设备也不能保存草稿。请勿关闭页面。', 'Not saved: no connection, and this device keeps no drafts. Leave the page open.'));
    let kept = true;
    let sent = null;
    let leaving = false;
    let settling = false;
    let retry = 0;

    const keep = () => {
      const draft = { revision: revisionOf(form), at: new Date().toISOString(), fields: fieldsOf(form) };
      try {
        localStorage.setItem(key, JSON.stringify(draft));
        kept = true;
      } catch {
        kept = false;
      }
    };
    const send = () => form.dispatchEvent(new Event('change', { bubbles: true }));
    const later = () => {
      clearTimeout(retry);
      retry = setTimeout(send, RETRY);
    };

    // The server has another version than the one that this device changed.
    const conflict = (mine, theirs) => {
      settling = true;
      tell('device', say('本设备上的草稿尚未提交，请先处理上方的冲突。', 'The draft on this device is not sent; settle the conflict above first.'));
      const box = document.createElement('div');
      box.className = 'notice warning conflict';
      box.setAttribute('role', 'alert');
      box.tabIndex = -1;
      const title = document.createElement('h2');
      title.textContent = say('本设备上的草稿与服务器上的不一致', 'The draft on this device is not the one on the server');
      const lead = document.createElement('p');
      lead.textContent = say(
        '服务器上的内容在此期间被修改过（例如在另一台设备上）。下面列出不同之处，请选择保留哪一份，之后仍可修改。',
        'The server has changed meanwhile, on another device perhaps. Below is what differs. Choose which to keep; you can still change it afterwards.',
      );
      const list = document.createElement('ul');
      const value = (fields, name) => (fields.filter(([known]) => known === name).map(([, text]) => text).pop() ?? '') || say('（空）', '(empty)');
      for (const name of new Set([...mine.fields, ...theirs.fields].map(([known]) => known))) {
        if (name.endsWith(':key') || value(mine.fields, name) === value(theirs.fields, name)) continue;
        const control = form.elements[name];
        const first = control && (control.length && !control.tagName ? control[0] : control);
        const legend = first && first.closest('fieldset') && first.closest('fieldset').querySelector('legend');
        const label = first && (first.getAttribute('aria-label') || (legend && legend.textContent));
        const item = document.createElement('li');
        item.textContent = `${label || name}${say('：本设备“', ': here “')}${value(mine.fields, name)}${say('”，服务器“', '”, server “')}${value(theirs.fields, name)}${say('”', '”')}`;
        list.append(item);
      }
      const buttons = document.createElement('div');
      buttons.className = 'buttons';
      const choice = (words, fields) => {
        const button = document.createElement('button');
        button.type = 'button';
        button.className = 'secondary';
        button.textContent = words;
        button.addEventListener('click', () => {
          box.remove();
          settling = false;
          form.elements._revision.value = theirs.revision;
          fill(form, fields);
          if (fields === mine.fields) {
            send();
          } else {
            forget(key);
            tell('saved', say('已改用服务器上的内容。', 'The version on the server is used.'));
          }
        });
        buttons.append(button);
      };
      // A draft for another set of indicators can only be read.
      if (keysIn(mine.fields) === keysIn(theirs.fields)) choice(say('保留本设备的草稿', 'Keep the draft of this device'), mine.fields);
      choice(say('保留服务器上的内容', 'Keep the version on the server'), theirs.fields);
      box.append(title, lead, list, buttons);
      form.before(box);
      box.focus();
    };

    // A save was refused as stale: an earlier one may have arrived whose answer was lost.
    const settle = async (attempt) => {
      const theirs = await stored(location.href).catch(() => null);
      if (!theirs) return onDevice();
      const mine = { fields: fieldsOf(form) };
      if (same(theirs.fields, mine.fields)) {
        form.elements._revision.value = theirs.revision;
        forget(key);
        return tell('saved', say('已保存到服务器。', 'Saved on the server.'));
      }
      if (attempt.some((fields) => same(theirs.fields, fields))) {
        form.elements._revision.value = theirs.revision;
        return send();
      }
      return conflict(mine, theirs);
    };

    let attempts = [];
    form.addEventListener('input', keep);
    form.addEventListener('change', keep);
    document.addEventListener('htmx:beforeRequest', (event) => {
      if (event.detail.elt !== form) return;
      if (leaving || settling) {
        event.preventDefault();
        return;
      }
      sent = fieldsOf(form);
      attempts.push(sent);
    });
    document.addEventListener('htmx:beforeSwap', (event) => {
      if (event.detail.requestConfig.elt !== form) return;
      if ([401, 412].includes(event.detail.xhr.status)) event.detail.shouldSwap = false;
    });
    document.addEventListener('htmx:afterRequest', (event) => {
      if (event.detail.elt !== form) return;
      const status = event.detail.xhr.status;
      if (status === 200) {
        clearTimeout(retry);
        attempts = [];
        const done = sent;
        setTimeout(() => {
          const saved = form.querySelector('.saved');
          saved.textContent = saved.textContent.replace('已保存，', '已保存到服务器，').replace('Saved at', 'Saved on the server at');
          if (same(done, fieldsOf(form))) forget(key);
          else keep();
        }, 30);
      } else if (status === 412) {
        settle(attempts);
      } else if (status === 401) {
        onDevice();
        const link = document.createElement('a');
        link.href = location.href;
        link.textContent = say('登录已过期，请重新登录', 'Your sign-in has ended: sign in again');
        form.querySelector('.saved').append(' ', link);
      } else if (status === 0 || status >= 500) {
        onDevice();
        later();
      }
    });
    document.addEventListener('htmx:sendError', (event) => {
      if (event.detail.elt !== form) return;
      onDevice();
      later();
    });
    window.addEventListener('online', () => form.isConnected && load(key) && send());
    window.addEventListener('offline', () => form.isConnected && load(key) && onDevice());
    form.addEventListener('submit', (event) => {
      if (navigator.onLine === false) {
        event.preventDefault();
        keep();
        onDevice();
      } else {
        leaving = true;
      }
    });
    window.addEventListener('pageshow', () => { leaving = false; });

    const mine = load(key);
    const theirs = { revision: revisionOf(form), fields: fieldsOf(form) };
    if (document.querySelector('.errors')) {
      // The form comes back as it was typed, with what is wrong.
      keep();
    } else if (mine && same(mine.fields, theirs.fields)) {
      forget(key);
    } else if (mine && mine.revision === theirs.revision && keysIn(mine.fields) === keysIn(theirs.fields)) {
      fill(form, mine.fields);
      onDevice();
      send();
    } else if (mine) {
      conflict(mine, theirs);
    }
  }

  // Begins once htmx listens to the form, which then sends what is kept; and again after an upload, which puts new
  // content into the page.
  htmx.onLoad((root) => {
    for (const holder of root.querySelectorAll('[data-draft]')) {
      guard(holder.querySelector('form'), keyOf(holder.dataset.draft));
    }
  });

  // Before a sheet is signed: does this device still have what the server lacks?
  for (const warning of document.querySelectorAll('[data-unsent]')) {
    const mine = load(keyOf(warning.dataset.unsent));
    if (mine) {
      stored(location.pathname.replace(/\/review$/, '')).then((theirs) => {
        if (theirs && same(mine.fields, theirs.fields)) forget(keyOf(warning.dataset.unsent));
        else warning.hidden = false;
      });
    }
  }
}
