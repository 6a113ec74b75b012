// Scripts of another site's pages use the API: any of them what needs no sign-in, named ones with a token.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { test } from 'node:test';

import { freePort, newPage, sharedDemo, startService } from './support.mjs';

const PAGE = { '/': '<!DOCTYPE html><html lang="zh"><link rel="icon" href="data:,"><title>门户</title>' };

/** A page of another site, until the test ends: `files` by their paths. */
async function elsewhere(t, expected, files = PAGE) {
  const site = createServer((request, answer) => {
    answer.setHeader('content-type', request.url.endsWith('.js') ? 'text/javascript' : 'text/html');
    answer.end(files[request.url]);
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

/** The files of the example of a portal (docs/integration.md), whose service is at an address. */
async function portal(service) {
  const read = (name) => readFile(new URL(`../../docs/integration/${name}`, import.meta.url), 'utf8');
  const page = (await read('portal.html')).replace('http://127.0.0.1:8080', service);
  return { '/': page, '/portal.js': await read('portal.js') };
}

test('the page of a portal shows the winners, and nothing whose digest is another', async (t) => {
  const { base } = sharedDemo();
  const files = await portal(base);
  const { page } = await elsewhere(t, undefined, files);
  await page.waitForSelector('#results table');
  const announcements = await (await fetch(`${base}/api/v1/announcements`)).json();
  const [{ competition_id: competition, title, digest, winner_count: count }] = announcements.items;
  const shown = await page.$eval('#results', (place) => place.innerText);
  assert.ok(shown.includes(title) && shown.includes(digest), shown);
  const rows = await page.$$eval('#results tbody tr', (all) => all.map((row) => row.cells[2].innerText));
  const published = await (await fetch(`${base}/data/editions/${competition}/winners.json`)).json();
  assert.deepEqual(rows, published.rows.map((row) => row.title));
  assert.equal(rows.length, count);

  // On the way somebody has changed a letter of the announcement.
  const between = createServer(async (request, answer) => {
    const path = request.url;
    const got = await fetch(base + path);
    const text = await got.text();
    answer.setHeader('access-control-allow-origin', '*');
    answer.end(path.endsWith('/announcement') ? text.replace('苏', '蘇') : text);
  });
  await new Promise((resolve) => between.listen(0, '127.0.0.1', resolve));
  t.after(() => between.close());
  const { page: other } = await elsewhere(t, undefined, await portal(`http://127.0.0.1:${between.address().port}`));
  await other.waitForFunction(() => document.getElementById('results').innerText.includes('摘要不符'));
  assert.equal(await other.$('#results table'), null);
});
