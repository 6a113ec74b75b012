// Scripts of another site's pages use the API: any of them what needs no sign-in, named ones with a token.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';

import { freePort, newPage, sharedDemo, startService } from './support.mjs';

/** A page of another site, until the test ends. */
async function elsewhere(t, expected) {
  const site = createServer((_, answer) => {
    answer.setHeader('content-type', 'text/html');
    answer.end('<!DOCTYPE html><html lang="zh"><link rel="icon" href="data:,"><title>门户</title>');
  });
  await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));
  t.after(() => site.close());
  const origin = `http://127.0.0.1:${site.address().port}`;
  const page = await newPage(t, { expected });
  await page.goto(origin);
  return { origin, page };
}

/** In the page: what came of a request: its status, some headers and JSON, or that the browser kept it from the script. */
async function asked({ address, options }) {
  try {
    const answer = await fetch(address, options);
    const header = (name) => answer.headers.get(name);
    return { status: answer.status, tag: header('etag'), request: header('x-request-id'), json: await answer.json() };
  } catch {
    return 'kept from the script';
  }
}

test('any site reads what needs no sign-in, and no more', async (t) => {
  const { base, signIns } = sharedDemo();
  const { page } = await elsewhere(t, [/CORS policy/, /ERR_FAILED/]);
  const ask = (path, options) => page.evaluate(asked, { address: base + path, options });
  const announcements = await ask('/api/v1/announcements');
  assert.equal(announcements.status, 200);
  assert.ok(announcements.json.items.length > 0 && announcements.tag && announcements.request);
  const authorization = `Bearer ${signIns.office.token}`;
  assert.equal(await ask('/api/v1/applications', { headers: { authorization } }), 'kept from the script');
  assert.equal(await ask('/api/v1/login', { method: 'POST', body: '{}' }), 'kept from the script');
});

test('a site that the operator names uses the API with a token', async (t) => {
  const port = await freePort();
  const { origin, page } = await elsewhere(t, [/40[19]/]);
  const code = await startService(t, port, {
    QIANGLIAN_ALLOW_ORIGINS: `https://portal.example.cn,${origin}`,
    QIANGLIAN_SECOND_FACTOR: 'optional',
  });
  const ask = (path, options) => page.evaluate(asked, { address: `http://127.0.0.1:${port}/api/v1${path}`, options });
  const post = (path, body) =>
    ask(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const person = { name: 'root', password: 'yanshi-ferry-lantern-73' };
  assert.equal((await post('/setup', { ...person, code, display_name: '管理员' })).status, 200);
  const { status, json } = await post('/login', person);
  assert.equal(status, 200);
  const headers = { authorization: `Bearer ${json.access_token}` };
  assert.equal((await ask('/me', { headers })).json.role, 'admin');
  assert.equal((await ask('/me', { headers: { authorization: 'Bearer none' } })).json.code, 'invalid_token');
});
