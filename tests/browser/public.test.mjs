// What anybody may read: the page of an announcement, and the API's documentation.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { WIDTHS, check, newPage, pdf, sharedDemo } from './support.mjs';

const { base } = sharedDemo();

async function announcement() {
  const { items: [first] } = await (await fetch(`${base}/api/v1/announcements`)).json();
  return { ...first, address: `${base}/announcements/${first.competition_id}` };
}

for (const javascript of [true, false]) {
  const how = javascript ? '' : '-without-javascript';
  for (const width of WIDTHS) {
    test(`announcement${how} at ${width}`, async (t) => {
      const { address, title } = await announcement();
      const page = await newPage(t, { width, javascript });
      await page.goto(address);
      assert.ok((await page.title()).startsWith(title));
      await check(page, `announcement${how}`);
    });

    test(`documentation of the API${how} at ${width}`, async (t) => {
      const page = await newPage(t, { width, javascript });
      await page.goto(`${base}/api/docs`, { waitUntil: 'networkidle0' });
      if (javascript) await page.waitForSelector('.opblock-tag');
    });
  }

  test(`announcement${how} on paper`, async (t) => {
    const { address, title, winner_count: winners, digest } = await announcement();
    const page = await newPage(t, { javascript });
    await page.goto(address);
    const { pages, text } = await pdf(page, `announcement${how}`);
    assert.ok(pages >= 1 && pages <= 10, `${pages} pages`);
    const solid = text.replace(/\s/g, '');
    for (const part of [title, `名单（${winners}项）`, digest]) assert.ok(solid.includes(part), part);
  });
}
