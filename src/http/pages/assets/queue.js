// Files that wait on the device until the server has them: those of forms with [data-queue]. They are listed with where
// each stands, go as soon as they are sent, and belong to the account that chose them.
'use strict';

const queue = (() => {
  const RETRY = 15000;
  const holder = document.querySelector('[name=_account]');
  const account = holder ? holder.value : '';

  // One store; null where the browser keeps nothing.
  const opened = new Promise((resolve) => {
    try {
      const request = indexedDB.open('qianglian', 1);
      request.onupgradeneeded = () => request.result.createObjectStore('files', { keyPath: 'id' }).createIndex('account', 'account');
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve(null);
    } catch {
      resolve(null);
    }
  });

  async function within(mode, act) {
    const database = await opened;
    if (!database) return null;
    return new Promise((resolve, reject) => {
      const transaction = database.transaction('files', mode);
      const request = act(transaction.objectStore('files'));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  }
  const put = (file) => within('readwrite', (store) => store.put(file));
  const remove = (id) => within('readwrite', (store) => store.delete(id));

  /** The files of the account that wait, oldest first. */
  async function all() {
    const found = (await within('readonly', (store) => store.index('account').getAll(account)).catch(() => null)) || [];
    return found.sort((one, other) => one.at.localeCompare(other.at));
  }

  /** Nothing of the account stays. */
  async function clear() {
    for (const { id } of await all()) await remove(id);
  }

  const address = (form) => new URL(form.action).pathname.replace(/^\/en\//, '/').replace('/act/', '/api/');

  function attend(form) {
    const input = form.querySelector('input[type=file]');
    const list = document.createElement('ul');
    list.className = 'queue';
    list.setAttribute('aria-live', 'polite');
    const note = document.createElement('p');
    note.className = 'saved';
    form.append(list, note);
    // By identifier: what is shown of each file of this page, those that have been sent too.
    const shown = new Map();
    let sending = null;
    let timer = 0;

    const words = ({ state, why }) => ({
      waiting: say('等待上传：已存在本设备，联网后自动上传', 'Waiting: kept on this device, sent once there is a connection'),
      lost: say('等待上传：本设备不能保存文件，请勿关闭页面', 'Waiting: this device keeps no files, leave the page open'),
      sending: say('正在上传…', 'Uploading…'),
      sent: say('已上传', 'Uploaded'),
      refused: say(`未接受：${why}`, `Refused: ${why}`),
    })[state];

    function show(file) {
      let item = shown.get(file.id);
      if (!item) {
        item = document.createElement('li');
        shown.set(file.id, item);
        list.append(item);
      }
      item.dataset.state = file.state;
      item.replaceChildren(`${file.name}${say('：', ': ')}`);
      const told = document.createElement('strong');
      told.textContent = words(file);
      item.append(told);
      if (file.state !== 'refused') return;
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'secondary';
      button.textContent = say(`删除 ${file.name}`, `Remove ${file.name}`);
      button.addEventListener('click', async () => {
        await remove(file.id);
        shown.delete(file.id);
        item.remove();
      });
      item.append(' ', button);
    }

    async function send(file) {
      show({ ...file, state: 'sending' });
      const body = new FormData();
      for (const [name, value] of new FormData(form)) {
        if (typeof value === 'string' && name !== '_key') body.append(name, value);
      }
      // Sent twice, as after an answer that got lost, it is one upload.
      body.append('_key', file.id);
      body.append('_saved', '1');
      body.append(input.name, file.blob, file.name);
      let answer = null;
      let told = null;
      try {
        answer = await fetch(form.action, { method: 'POST', body, credentials: 'same-origin' });
        told = await answer.json();
      } catch {
        // What is no answer of the service's own is none.
      }
      if (answer && answer.status === 200 && told) {
        await remove(file.id);
        file.state = 'sent';
      } else if (!told || answer.status >= 500 || [401, 403, 408, 429].includes(answer.status)) {
        file.state = (await opened) ? 'waiting' : 'lost';
      } else {
        file.state = 'refused';
        file.why = told.problems.map((problem) => problem.words).join('；') || told.words;
        await put(file);
      }
      show(file);
      return file.state;
    }

    const unkept = [];
    async function pump() {
      clearTimeout(timer);
      const waiting = (await all()).filter((file) => file.address === address(form) && file.state !== 'refused');
      let left = false;
      for (const file of [...waiting, ...unkept.splice(0)]) {
        // One that can't be sent keeps the others waiting: they go the same way.
        const state = left ? file.state : await send(file);
        if (!['waiting', 'lost'].includes(state)) continue;
        left = true;
        if (state === 'lost') unkept.push(file);
        show(file);
      }
      if (left && form.isConnected) timer = setTimeout(start, RETRY);
      const sent = [...shown.values()].some((item) => item.dataset.state === 'sent');
      note.hidden = !sent;
      note.textContent = sent ? say('上传的照片在刷新本页后可在相应指标下勾选；点击上传按钮即刷新。', 'What is uploaded can be ticked after this page is loaded anew: the upload button does so.') : '';
      return !left;
    }
    const start = () => {
      sending = (sending || Promise.resolve()).then(pump);
      return sending;
    };

    async function take() {
      const chosen = [...input.files];
      input.value = '';
      for (const blob of chosen) {
        const file = {
          id: crypto.randomUUID(), account, address: address(form), page: location.pathname, title: document.title.split(' · ')[0],
          name: blob.name, blob, at: new Date().toISOString(), state: 'waiting', why: '',
        };
        const kept = await put(file).then((key) => key !== null, () => false);
        if (!kept) unkept.push(Object.assign(file, { state: 'lost' }));
        show(file);
      }
      return start();
    }
    input.addEventListener('change', take);
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const sent = await take();
      const refused = [...shown.values()].some((item) => item.dataset.state === 'refused');
      // What is typed elsewhere on the page is saved, or on the device, before the page is loaded anew.
      if (sent && !refused && shown.size > 0) location.reload();
    });
    window.addEventListener('online', () => form.isConnected && start());
    window.addEventListener('beforeunload', (event) => { if (form.isConnected && unkept.length > 0) event.preventDefault(); });
    all().then((files) => {
      const own = files.filter((file) => file.address === address(form));
      own.forEach(show);
      if (own.length > 0) start();
    });
  }

  htmx.onLoad((root) => {
    for (const form of root.querySelectorAll('form[data-queue]')) attend(form);
  });
  return { all, clear, remove, address };
})();
