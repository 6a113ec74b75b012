// Every kind of page that each role reaches from where it begins: accessible, nothing scrolls sideways at any width, no
// complaint, with and without scripts, in Chinese and English.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { seesEvidence } from './paths.mjs';
import { WIDTHS, check, checkLayout, newPage, sharedDemo, signIn } from './support.mjs';

const { base, signIns } = sharedDemo();

/** Addresses of one kind: names and numbers taken out. Sections of an application are alike, and histories of its parts. */
function kind(address) {
  const path = address.split('?')[0].replace(/\/parts\/[^/]+\/history/, '/parts/*/history');
  return path.split('/').map((part) => (/\d|^section\./.test(part) ? '*' : part)).join('/');
}

/** The links of the page to other pages of the service. */
function links(page) {
  return page.$$eval('a[href]', (all) => all.map((link) => link.href)).then((all) => all
    .filter((link) => link.startsWith(`${base}/`))
    .map((link) => link.slice(base.length).split('#')[0])
    // Not what is a file or speaks to machines.
    .filter((path) => !/^\/(api|assets|data)\/|^\/(healthz|readyz|metrics)$|\/inline$/.test(path)));
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
    if (await page.$('iframe.document')) await seesEvidence(page);
    const found = await links(page);
    waiting.push(...found.filter((link) => (link === '/en' || link.startsWith('/en/')) === english));
  }
  return seen;
}

// An inspector is of the office, and sees what the office sees.
const roles = Object.keys(signIns).filter((name) => !name.startsWith('office'));

for (const role of ['public', ...roles]) {
  // The other way has what can go wrong on a phone, without scripts and in English together. The first way narrows a
  // window, as a page must be loaded again to become a phone's: most of the time goes into that.
  for (const { how, javascript, english, accessible, phone, widths } of [
    { how: '', javascript: true, english: false, accessible: 1280, phone: false, widths: WIDTHS },
    { how: ' without scripts in English', javascript: false, english: true, accessible: 375, phone: true, widths: [375] },
  ]) {
    test(`every page of ${role}${how}`, async (t) => {
      const page = await newPage(t, { javascript });
      if (role !== 'public') await signIn(page, role);
      const start = (english ? '/en' : '') + (role === 'public' ? (english ? '' : '/') : '/desk');
      const problems = [];
      const seen = await eachKind(page, start, english, async (name) => {
        for (const width of widths) {
          await page.setViewport({ width, height: 900, isMobile: phone, hasTouch: phone });
          const called = `${role}${name.replaceAll('/', '-').replaceAll('*', 'x')}${how.replaceAll(' ', '-')}`;
          await (width === accessible ? check : checkLayout)(page, called).catch((error) => problems.push(error.message));
        }
      });
      assert.ok(problems.length === 0, problems.join('\n\n'));
      assert.ok(seen.size >= 3, `${role} reaches ${[...seen]}`);
    });
  }
}
