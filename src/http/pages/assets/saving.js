// Forms that lose nothing of what is typed into them: those with [data-kept]. `saves`: the form is saved as it is typed and
// when its page is left. `keeps`: it is sent by its button alone. Either is kept on the device until the server has it, is
// there again when the page is opened, and belongs to the account. Each save is a change of the revision that was seen:
// where the server has moved on, nothing is overwritten; the person sees both and decides.
'use strict';
{
  /** Milliseconds: after what is typed, after a choice, before the server is tried again, for the last save at sign-out. */
  const [TYPED, CHOSEN, RETRY, PATIENCE] = [1000, 300, 15000, 3000];
  /** What a browser sends for a page that is gone has at most 64 KiB (Fetch, keepalive). */
  const MOST = 60000;
  /** Of a long text as much is shown where two versions differ. */
  const SHOWN = 300;

  const holder = document.querySelector('[name=_account]');
  const prefix = `qianglian:${holder ? holder.value : ''}:`;
  const keyOf = (address) => prefix + address;

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

  /** The drafts of the account on this device: key and draft. */
  function drafts() {
    try {
      const keys = Object.keys(localStorage).filter((key) => key.startsWith(prefix));
      return keys.map((key) => [key, load(key)]).filter(([, draft]) => draft);
    } catch {
      return []; // A browser may forbid to keep anything.
    }
  }

  // The fields of a form that make up its document, as lines; the order of rows on the page does not matter.
  const fieldsOf = (form) => [...new FormData(form)].filter(([name, value]) => name.startsWith('/') && typeof value === 'string');
  const plain = (text) => text.replace(/\r\n/g, '\n');
  const written = (fields) => JSON.stringify(fields.map(([name, value]) => [name, plain(value)]).sort(([one], [other]) => (one < other ? -1 : Number(one > other))));
  const same = (some, others) => written(some) === written(others);
  // What the server has understood it may write in another way than it was typed.
  const meant = (fields) => written(fields).normalize('NFKC').replace(/\s|,|\\n/g, '').toUpperCase();
  const alike = (some, others) => meant(some) === meant(others);
  // What rows a form is about. A draft for other ones can only be read.
  const shapeOf = (form) => JSON.stringify([...form.querySelectorAll('input[type=hidden][name^="/"][name$=":key"]')].map(({ name, value }) => [name, value]).sort());
  const revisionOf = (form) => form.elements._revision.value;

  function controlOf(form, field) {
    const bare = (name) => name.replace(/:[^/:]*$/, '');
    const controls = [...form.elements].filter(({ name, type }) => name && name.startsWith('/') && type !== 'hidden');
    return controls.find(({ name }) => name === field) || controls.find(({ name }) => bare(name) === field);
  }

  function labelOf(control, name) {
    if (!control) return name;
    const group = ['radio', 'checkbox'].includes(control.type) && control.closest('fieldset');
    const legend = group && group.querySelector('legend');
    const own = (legend && legend.textContent) || control.getAttribute('aria-label') || name;
    const row = control.closest('.indicator');
    const heading = row && row.querySelector('h3, h4');
    return heading && !own.includes(heading.textContent) ? `${heading.textContent}${say('：', ': ')}${own}` : own;
  }

  // The form as the server gives it now.
  async function stored(form) {
    const answer = await fetch(location.href, { credentials: 'same-origin', cache: 'no-store' });
    if (!answer.ok || answer.redirected) return null;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const found = [...page.querySelectorAll('form[data-kept]')].find((one) => one.getAttribute('action') === form.getAttribute('action'));
    return found && { revision: revisionOf(found), fields: fieldsOf(found), shape: shapeOf(found) };
  }

  function fill(form, fields) {
    const left = fields.slice();
    const take = (name) => {
      const at = left.findIndex(([known]) => known === name);
      return at < 0 ? '' : left.splice(at, 1)[0][1];
    };
    const names = new Set();
    for (const control of form.elements) {
      if (!control.name || !control.name.startsWith('/')) continue;
      names.add(control.name);
      if (control.type === 'hidden') continue;
      if (control.type === 'radio' || control.type === 'checkbox') {
        control.checked = fields.some(([name, value]) => name === control.name && value === control.value);
      } else {
        control.value = take(control.name);
      }
      const around = control.closest('details');
      if (around && control.type === 'textarea' && control.value) around.open = true;
    }
    // Rows beyond those that the page offers now.
    for (const [name, value] of fields) {
      if (names.has(name)) continue;
      const hidden = document.createElement('input');
      Object.assign(hidden, { type: 'hidden', name, value });
      form.append(hidden);
    }
    document.dispatchEvent(new Event('qianglian:filled'));
  }

  /** The shorter way to send a form, and whether it can be sent for a page that is gone. */
  function bodyOf(form) {
    const data = new FormData(form);
    data.append('_saved', '1');
    const line = new URLSearchParams(data);
    const bytes = (text) => new TextEncoder().encode(text).length;
    const parts = [...data].reduce((sum, [name, value]) => sum + bytes(name) + bytes(value) + 120, 100);
    const short = line.toString().length;
    return { body: short <= parts ? line : data, isSmall: Math.min(short, parts) <= MOST };
  }

  // What is told at a cell.

  function unmark(form) {
    for (const told of form.querySelectorAll('p.error')) told.remove();
    for (const wrong of form.querySelectorAll('[aria-invalid]')) wrong.removeAttribute('aria-invalid');
    for (const wrong of form.querySelectorAll('.wrong')) wrong.classList.remove('wrong');
  }

  function mark(form, problems) {
    unmark(form);
    for (const { field, words } of problems) {
      const control = controlOf(form, field);
      // Nobody is corrected in the middle of a word: it is told when the cell is left.
      if (!control || (control === document.activeElement && control.type !== 'radio')) continue;
      const told = document.createElement('p');
      told.className = 'error';
      told.id = `${control.id}error`;
      told.textContent = words;
      (control.closest('.choices, .scale') || control).before(told);
      control.setAttribute('aria-invalid', 'true');
      control.setAttribute('aria-describedby', told.id);
    }
  }

  const guards = new Set();

  function guard(form) {
    const address = queue.address(form);
    const key = keyOf(address);
    const saves = form.dataset.kept === 'saves';
    const isStale = form.dataset.failed === 'stale';
    // What the server has answered last, whatever the answer; and whether it lacks something of it.
    let answered = fieldsOf(form);
    let lacks = Boolean(form.dataset.failed);
    let problems = [];
    let attempts = [];
    let busy = null;
    let touched = lacks;
    let unreached = false;
    let settling = false;
    let leaving = false;
    let canKeep = true;
    let timer = 0;

    const isUnsent = () => touched && !same(answered, fieldsOf(form));
    const isUnsaved = () => touched && (lacks || isUnsent());
    const maySave = () => saves && !isStale && !settling && !leaving && form.isConnected;

    const tell = (state, words, wrong = []) => {
      const line = form.querySelector('.saved');
      line.dataset.state = state;
      line.replaceChildren(words);
      for (const { field, words: told } of wrong.slice(0, 3)) {
        const control = controlOf(form, field);
        const link = document.createElement(control ? 'a' : 'span');
        if (control) link.href = `#${control.id}`;
        link.textContent = `${control ? `${labelOf(control, field)}${say('：', ': ')}` : ''}${told}`;
        line.append(' ', link);
      }
      if (wrong.length > 3) line.append(say(` 等${wrong.length}处`, ` and ${wrong.length - 3} more`));
    };
    const onDevice = () => tell('device', canKeep
      ? say('已保存在本设备，尚未提交到服务器；联网后自动提交。', 'Saved on this device, not yet on the server; it is sent once there is a connection.')
      : say('未保存：网络中断，本设备也不能保存草稿。请勿关闭页面。', 'Not saved: no connection, and this device keeps no drafts. Leave the page open.'));

    const keep = (more = {}) => {
      const draft = {
        // Whoever comes back to what others have changed decides again.
        revision: isStale ? null : revisionOf(form),
        fields: fieldsOf(form), shape: shapeOf(form), attempts, at: new Date().toISOString(),
        page: location.pathname + location.search, title: document.title.split(' · ')[0], ...more,
      };
      try {
        localStorage.setItem(key, JSON.stringify(draft));
        canKeep = true;
      } catch {
        canKeep = false;
      }
    };
    // Another window may have kept something else meanwhile.
    const release = (fields) => {
      const kept = load(key);
      if (kept && same(kept.fields, fields)) forget(key);
    };
    const schedule = (delay) => {
      clearTimeout(timer);
      timer = setTimeout(save, delay);
    };

    function save() {
      clearTimeout(timer);
      if (busy || !maySave() || !isUnsent()) return busy || Promise.resolve();
      if (form.dataset.hold) {
        tell('failed', form.dataset.hold);
        return Promise.resolve();
      }
      busy = send().finally(() => {
        busy = null;
        if (maySave() && !unreached && isUnsent()) schedule(TYPED);
      });
      return busy;
    }

    async function send() {
      const fields = fieldsOf(form);
      attempts = [...attempts, written(fields)].slice(-5);
      keep();
      tell('saving', say('正在保存…', 'Saving…'));
      const { body, isSmall } = bodyOf(form);
      let answer = null;
      let told = null;
      try {
        answer = await fetch(form.action, { method: 'POST', body, credentials: 'same-origin', keepalive: isSmall && navigator.onLine !== false });
        told = await answer.json();
      } catch {
        // What is no answer of the service's own is none, unless it is a refusal.
        const isRefused = answer && answer.status >= 400 && answer.status < 500;
        if (isRefused) told = { words: say('尚未保存：服务器没有接受。', 'Not saved: the server did not take it.'), problems: [] };
      }
      const status = told ? answer.status : 0;
      unreached = status === 0 || status >= 500 || [408, 429].includes(status);
      if (unreached) {
        onDevice();
        schedule(RETRY);
      } else if (status === 401) {
        onDevice();
        const link = document.createElement('a');
        link.href = location.href;
        link.textContent = say('登录已过期，请重新登录', 'Your sign-in has ended: sign in again');
        link.addEventListener('click', () => { leaving = canKeep; });
        form.querySelector('.saved').append(' ', link);
        answered = fields;
        lacks = true;
      } else if (status === 412) {
        await settle(told.problems);
      } else {
        if (status === 200) form.elements._revision.value = told.revision;
        answered = fields;
        attempts = [];
        problems = told.problems;
        lacks = status !== 200 || problems.length > 0;
        mark(form, problems);
        tell(lacks ? 'failed' : 'saved', told.words, problems);
        if (status === 200) form.dispatchEvent(new CustomEvent('qianglian:saved', { bubbles: true }));
        if (isUnsaved()) {
          keep();
        } else {
          touched = false;
          release(fields);
        }
      }
    }

    // A save was refused as stale: an earlier one may have arrived whose answer was lost.
    async function settle(changes = []) {
      const theirs = await stored(form).catch(() => null);
      if (!theirs) return onDevice();
      const fields = fieldsOf(form);
      if (alike(theirs.fields, fields)) {
        adopt(theirs);
        touched = false;
        lacks = false;
        release(fields);
        return tell('saved', say('已保存到服务器。', 'Saved on the server.'));
      }
      if (attempts.some((attempt) => alike(theirs.fields, JSON.parse(attempt)))) {
        adopt(theirs);
        return schedule(0);
      }
      return conflict({ fields, shape: shapeOf(form) }, theirs, changes);
    }
    function adopt(theirs) {
      form.elements._revision.value = theirs.revision;
      answered = theirs.fields;
      attempts = [];
    }

    // The server has another version than the one that this device changed.
    function conflict(mine, theirs, changes = []) {
      settling = true;
      touched = true;
      tell('device', say('本设备上的草稿尚未提交，请先处理上方的冲突。', 'The draft on this device is not sent; settle the conflict above first.'));
      const box = document.createElement('div');
      box.className = 'notice warning conflict';
      box.setAttribute('role', 'alert');
      box.tabIndex = -1;
      const title = document.createElement('h2');
      title.textContent = say('本设备上的草稿与服务器上的不一致', 'The draft on this device is not the one on the server');
      const lead = document.createElement('p');
      const who = changes[0] ? `${changes[0].words}${say('。', '. ')}` : '';
      lead.textContent = who + say(
        '服务器上的内容在此期间被修改过（例如由同事或在另一台设备上）。下面列出不同之处，请选择保留哪一份，之后仍可修改。',
        'The server has changed meanwhile, by a colleague or on another device perhaps. Below is what differs. Choose which to keep; you can still change it afterwards.',
      );
      const list = document.createElement('ul');
      const value = (fields, name) => plain(fields.filter(([known]) => known === name).map(([, text]) => text).pop() ?? '');
      for (const name of new Set([...mine.fields, ...theirs.fields].map(([known]) => known))) {
        const [here, there] = [value(mine.fields, name), value(theirs.fields, name)];
        if (here === there || form.querySelector(`input[type=hidden][name="${CSS.escape(name)}"][name$=":key"]`)) continue;
        let from = 0;
        while (from < here.length && here[from] === there[from]) from += 1;
        from = from > 40 ? from - 20 : 0;
        const part = (text) => (text === '' ? say('（空）', '(empty)') : `${from > 0 ? '…' : ''}${text.slice(from, from + SHOWN)}${text.length > from + SHOWN ? '…' : ''}`);
        const item = document.createElement('li');
        item.className = 'text';
        item.textContent = `${labelOf(controlOf(form, name), name)}${say('：本设备“', ': here “')}${part(here)}${say('”，服务器“', '”, server “')}${part(there)}${say('”', '”')}`;
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
          adopt(theirs);
          fill(form, fields);
          if (fields === mine.fields) {
            keep();
            if (saves) save();
            else tell('device', say('本设备的草稿已填入，尚未保存，请点击按钮保存。', 'The draft of this device is filled in and not saved: use the button.'));
          } else {
            touched = false;
            lacks = false;
            forget(key);
            tell('saved', say('已改用服务器上的内容。', 'The version on the server is used.'));
          }
        });
        buttons.append(button);
      };
      if (mine.shape === theirs.shape) choice(say('保留本设备的草稿', 'Keep the draft of this device'), mine.fields);
      choice(say('保留服务器上的内容', 'Keep the version on the server'), theirs.fields);
      box.append(title, lead, list, buttons);
      form.before(box);
      box.focus();
    }

    const edited = (event) => {
      touched = true;
      keep();
      if (saves) schedule(event.type === 'input' ? TYPED : CHOSEN);
      else tell('device', say('已暂存在本设备，点击按钮后才保存到服务器。', 'Kept on this device; the button saves it on the server.'));
    };
    form.addEventListener('input', edited);
    form.addEventListener('change', edited);
    // Not at once: nothing may move under a pointer that is about to press a button.
    form.addEventListener('focusout', ({ target }) => setTimeout(() => {
      if (problems.some(({ field }) => controlOf(form, field) === target) && !target.hasAttribute('aria-invalid')) mark(form, problems);
    }, CHOSEN));

    // The button waits for a save on its way, which gives the revision to go on from; where the last one found no server, it
    // saves first: the page with what was typed is not left for one that can't be had.
    form.addEventListener('submit', (event) => {
      const offline = navigator.onLine === false;
      if (!busy && !(unreached && saves) && !offline) {
        leaving = true;
        clearTimeout(timer);
        if (touched) keep({ submitted: true });
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      if (touched) keep();
      const button = event.submitter;
      (busy || save()).then(() => {
        if (unreached || settling || navigator.onLine === false) onDevice();
        else form.requestSubmit(button);
      });
    }, true);

    const leave = () => {
      if (form.isConnected && !busy && !unreached && navigator.onLine !== false) save();
    };
    document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && leave());
    window.addEventListener('pagehide', leave);
    window.addEventListener('pageshow', () => { leaving = false; });
    window.addEventListener('beforeunload', (event) => {
      if (!form.isConnected || leaving || !isUnsaved()) return;
      // What can be sent on leaving is no reason to ask.
      const goes = maySave() && !busy && !unreached && !form.dataset.hold && navigator.onLine !== false && isUnsent() && bodyOf(form).isSmall;
      if (!goes) event.preventDefault();
    });
    window.addEventListener('online', () => {
      unreached = false;
      if (form.isConnected && isUnsent()) schedule(0);
    });
    window.addEventListener('offline', () => form.isConnected && isUnsaved() && onDevice());
    guards.add({
      address,
      form,
      flush: () => (form.isConnected && isUnsent() ? save() : busy),
      abandon: () => { leaving = true; clearTimeout(timer); },
    });

    // What this device has kept.
    const mine = load(key);
    const theirs = { revision: revisionOf(form), fields: answered, shape: shapeOf(form) };
    const isOver = (draft) => draft.revision === theirs.revision || draft.attempts.some((attempt) => alike(theirs.fields, JSON.parse(attempt)));
    if (form.dataset.failed) {
      // The form comes back as it was typed, with what is wrong.
      keep();
    } else if (mine && (same(mine.fields, theirs.fields) || (mine.revision !== theirs.revision && alike(mine.fields, theirs.fields)))) {
      forget(key);
    } else if (mine && mine.shape === theirs.shape && isOver(mine)) {
      fill(form, mine.fields);
      touched = true;
      keep();
      if (saves) {
        onDevice();
        save();
      } else {
        const undo = document.createElement('button');
        undo.type = 'button';
        undo.className = 'secondary';
        undo.textContent = say('放弃这些修改', 'Discard these changes');
        undo.addEventListener('click', () => {
          fill(form, theirs.fields);
          touched = false;
          forget(key);
          tell('saved', say('已恢复为服务器上的内容。', 'The version on the server is back.'));
        });
        tell('device', say('已恢复本设备上未保存的修改，点击按钮后才保存到服务器。', 'Changes that this device kept are back; the button saves them on the server.'));
        form.querySelector('.saved').append(' ', undo);
      }
    } else if (mine) {
      conflict(mine, theirs);
    }
  }

  // What a button has sent is on the server once the next page says so.
  for (const told of document.querySelectorAll('.flash[data-stored]')) {
    const key = keyOf(told.dataset.stored);
    const draft = load(key);
    if (draft && draft.submitted) forget(key);
  }

  // Content that comes in the place of other content has new forms.
  htmx.onLoad((root) => {
    for (const form of root.querySelectorAll('form[data-kept]')) guard(form);
  });

  // What this device still has of other pages.
  async function remind() {
    const here = new Set([...document.querySelectorAll('form[data-kept], form[data-queue]')].map(queue.address));
    const drafted = drafts().filter(([key, draft]) => !here.has(key.slice(prefix.length)) && !draft.submitted);
    const files = (await queue.all()).filter((file) => !here.has(file.address));
    if (drafted.length + files.length === 0) return;
    const box = document.createElement('div');
    box.className = 'notice warning screen kept';
    const lead = document.createElement('p');
    lead.textContent = say('本设备上还有没有保存到服务器的内容：', 'This device still has what the server lacks:');
    const list = document.createElement('ul');
    const entry = (page, title, drop) => {
      const item = document.createElement('li');
      const link = document.createElement('a');
      link.href = page;
      link.textContent = title;
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'secondary';
      button.textContent = say(`丢弃：${title}`, `Discard: ${title}`);
      button.addEventListener('click', async () => {
        if (!window.confirm(say('丢弃后不能恢复。确定吗？', 'It will be gone for good. Discard it?'))) return;
        await drop();
        item.remove();
        box.hidden = list.children.length === 0;
      });
      // A page without the form takes it no more.
      item.append(page === location.pathname + location.search ? title : link, ' ', button);
      list.append(item);
      return item;
    };
    for (const [key, { page, title, fields }] of drafted) {
      const item = entry(page, title, () => forget(key));
      if (page !== location.pathname + location.search) continue;
      const shown = document.createElement('details');
      const summary = document.createElement('summary');
      summary.textContent = say('本页现在不能填写；这是保存在本设备上的内容，可复制留存', 'This page takes it no more; here is what this device has, to be copied');
      const text = document.createElement('p');
      text.className = 'text';
      text.textContent = fields.map(([, value]) => value).filter((value) => value.trim() !== '').join('\n');
      shown.append(summary, text);
      item.append(shown);
    }
    for (const file of files) entry(file.page, `${file.title}${say('：', ': ')}${file.name}`, () => queue.remove(file.id));
    box.append(lead, list);
    const heading = document.querySelector('main h1');
    if (heading) heading.after(box);
  }
  remind();

  // Whoever signs out leaves nothing on the device, and is asked if that loses something.
  let isOut = false;
  document.addEventListener('submit', async (event) => {
    const form = event.target;
    if (isOut || !/\/act\/v1\/logout(-everywhere)?$/.test(form.action)) return;
    event.preventDefault();
    const button = event.submitter;
    const late = new Promise((resolve) => { setTimeout(resolve, PATIENCE); });
    await Promise.race([late, Promise.all([...guards].map((one) => one.flush()))]);
    const kept = drafts().filter(([, draft]) => !draft.submitted).length + (await queue.all()).length;
    const asked = say(
      '本设备上还有未保存到服务器的内容，退出后将被删除。确定退出吗？',
      'This device has content that the server lacks; signing out deletes it. Sign out?',
    );
    if (kept > 0 && !window.confirm(asked)) return;
    for (const one of guards) one.abandon();
    for (const [key] of drafts()) forget(key);
    await queue.clear();
    isOut = true;
    form.requestSubmit(button);
  });
}
