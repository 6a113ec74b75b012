// Every kind of page that each role reaches from where it begins: accessible at each width, no complaint, with and
// without scripts.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { WIDTHS, check, newPage, sharedDemo, signIn } from './support.mjs';

const { base, signIns } = sharedDemo();

/** Addresses of one kind: names and numbers taken out. */
function kind(address) {
  return address.split('?')[0].split('/').map((part) => (/\d/.test(part) ? '*' : part)).join('/');
}

/** The links of the page to other pages of the service. */
function links(page) {
  return page.$$eval('a[href]', (all) => all.map((link) => link.href)).then((all) => all
    .filter((link) => link.startsWith(`${base}/`))
    .map((link) => link.slice(base.length).split('#')[0])
    .filter((path) => !/^\/(api|assets)\/|^\/(healthz|readyz|metrics)$/.test(path)));
}

/** Visits one page of each kind; `look` sees it. English pages are looked at where they are asked for. */
async function eachKind(page, start, english, look) {
  const waiting = [start];
  const seen = new Set();
  while (waiting.length > 0) {
    const address = waiting.shift();
    if (seen.has(kind(address))) continue;
    seen.add(kind(address));
    const response = await page.goto(base + address);
    // What is sent as a file is no page.
    if (response === null) continue;
    assert.ok([200, 304].includes(response.status()), `${address}: ${response.status()}`);
    // Pages for everybody are looked at as the public.
    if (start.endsWith('/desk') && response.headers()['cache-control'].startsWith('public')) continue;
    await look(kind(address));
    const found = await links(page);
    waiting.push(...found.filter((link) => (link === '/en' || link.startsWith('/en/')) === english));
  }
  return seen;
}

for (const role of ['public', ...Object.keys(signIns)]) {
  for (const [javascript, english] of [[true, false], [false, false], [true, true]]) {
    const how = `${javascript ? '' : ' without scripts'}${english ? ' in English' : ''}`;
    test(`every page of ${role}${how}`, async (t) => {
      const page = await newPage(t, { javascript });
      if (role !== 'public') await signIn(page, role);
      const prefix = english ? '/en' : '';
      const start = role === 'public' ? (english ? '/en' : '/') : `${prefix}/desk`;
      const widths = javascript && !english ? WIDTHS : [375];
      const problems = [];
      const seen = await eachKind(page, start, english, async (name) => {
        for (const width of widths) {
          const touch = width < 1024;
          await page.setViewport({ width, height: 900, isMobile: touch, hasTouch: touch });
          const called = `${role}${name.replaceAll('/', '-').replaceAll('*', 'x')}${how.replaceAll(' ', '-')}`;
          await check(page, called).catch((error) => problems.push(error.message));
        }
      });
      assert.ok(problems.length === 0, problems.join('\n\n'));
      assert.ok(seen.size >= 3, `${role} reaches ${[...seen]}`);
    });
  }
}
