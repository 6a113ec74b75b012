// The public: who reads a notice, objects to a name on it, and checks an announcement.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';

import { chooseFiles, files, pdfFile } from './paths.mjs';
import { WAYS, api, by, choose, competitionAt, enter, follow, ownDemo, pick, says, saysNot, told } from './steps.mjs';
import { check, fill, newPage, pdf, press, sharedDemo } from './support.mjs';

const FACTS = '申报的研发投入与公开年报不一致，差额约两成。';

/** What a page shows in a row of facts. */
function fact(page, term) {
  return page.$$eval('main dl.facts dt', (terms, wanted) =>
    terms.find((each) => each.textContent === wanted)?.nextElementSibling.innerText, term);
}

for (const way of WAYS) {
  test(`objecting by name ${by(way)}`, async (t) => {
    const demo = await ownDemo(t);
    const competition = await competitionAt(demo, 'notice');
    const page = await newPage(t, { ...way, expected: [/422: .*\/objections$/, /console: .*422/] });
    await page.goto(demo.base);
    await says(page, competition.title, '进行中的竞赛');
    await check(page, 'visitor-home');
    await follow(page, '公示');
    assert.equal(new URL(page.url()).pathname, `/notices/${competition.id}`);
    const { items: [{ notice }] } = await api(demo, `/competitions/${competition.id}/notices`);
    // A name of one region: the list tells roles of those who have several.
    const name = notice.entries.find(({ regions }) => regions.length === 1);
    await says(page, '公示期还剩4个工作日（含今天）', `名单（${notice.entries.length}项）`, name.title);
    await check(page, 'visitor-notice');

    await choose(page, '所涉名称', `${name.title}（${name.regions.join('、')}）`);
    await pick(page, '参赛资格');
    await fill(page, '事实和依据', '太短');
    await fill(page, '真实姓名', '周实名');
    await fill(page, '联系方式', '025-12345678');
    await press(page, '提交异议');
    // What was typed is still there; only what is wrong is typed anew.
    await says(page, '有1处需要改正', '至少需要10个字，现有2个');
    await check(page, 'visitor-objection-corrected');
    await fill(page, '事实和依据', FACTS);
    await press(page, '提交异议');

    await says(page, '异议已收到', '查询码只显示这一次');
    await check(page, 'visitor-receipt');
    const number = await fact(page, '编号');
    const code = await page.$eval('main .secret', (element) => element.innerText);
    assert.match(code, /^[0-9A-Z]{5}-[0-9A-Z]{5}$/);
    await follow(page, '补充材料');
    await saysNot(page, code);
    await enter(page, '_objection_code', code.toLowerCase());
    await chooseFiles(page, await files(t, { '年报.pdf': pdfFile() }));
    await press(page, '上传');
    await says(page, '材料已收到');
    await check(page, 'visitor-objection-evidence');
    await fill(page, '查询码', code.toLowerCase());
    await press(page, '查询');
    await says(page, '办理情况', number, '还没有答复', '年报.pdf');
    await saysNot(page, '周实名', FACTS);
    await check(page, 'visitor-objection-status');

    const { items: objections } = await api(demo, `/competitions/${competition.id}/objections`, 'office');
    const stored = objections.find((objection) => objection.number === number);
    assert.equal(stored.application_id, name.application);
    assert.equal(stored.state, 'received');
    assert.deepEqual(stored.content, { kind: 'eligibility', text: FACTS });
    assert.deepEqual([stored.objector.name, stored.objector.contact], ['周实名', '025-12345678']);
  });

  test(`checking an announcement ${by(way)}`, async (t) => {
    const demo = sharedDemo();
    const page = await newPage(t, way);
    await page.goto(demo.base);
    await follow(page, '公布');
    const { items: [announced] } = await api(demo, '/announcements');
    assert.equal(new URL(page.url()).pathname, `/announcements/${announced.competition_id}`);
    await says(page, announced.title, `名单（${announced.winner_count}项）`, announced.digest);
    await check(page, 'visitor-announcement');

    const download = async (name) => {
      const address = await page.$$eval('main ul.screen a', (links, wanted) =>
        links.find((link) => link.textContent.startsWith(wanted))?.href, name);
      const response = await fetch(address);
      assert.equal(response.status, 200, `${name}: ${address}`);
      return { type: response.headers.get('content-type'), bytes: Buffer.from(await response.arrayBuffer()) };
    };
    const record = await download('本次公布的存档');
    assert.equal(createHash('sha256').update(record.bytes).digest('hex'), announced.digest, 'as the page tells to check');
    const json = await download('JSON');
    assert.match(json.type, /^application\/json/);
    const { winners } = JSON.parse(json.bytes);
    assert.equal(winners.length, announced.winner_count);
    const shown = await told(page);
    for (const { title, score } of winners) assert.ok(shown.includes(title) && shown.includes(score), title);
    const csv = await download('CSV');
    assert.match(csv.type, /^text\/csv/);
    const lines = csv.bytes.toString().trim().split('\n');
    assert.equal(lines.length, 1 + winners.length);
    for (const [index, { title }] of winners.entries()) assert.ok(lines[index + 1].includes(title), title);
  });
}

for (const javascript of [true, false]) {
  const how = javascript ? '' : '-without-javascript';

  test(`notice${how} on paper`, async (t) => {
    const demo = sharedDemo();
    const competition = await competitionAt(demo, 'notice');
    const page = await newPage(t, { javascript });
    await page.goto(`${demo.base}/notices/${competition.id}`);
    const { pages, text, solid } = await pdf(page, `visitor-notice${how}`);
    const { items: [{ notice }] } = await api(demo, `/competitions/${competition.id}/notices`);
    for (const line of notice.text.split('\n')) assert.ok(solid.includes(line.replace(/\s/g, '')), line);
    assert.ok(!solid.includes('提交异议'), 'what only a screen can do is not on paper');
    const [first] = text.split('\f');
    assert.ok(first.replace(/\s/g, '').includes(notice.entries[0].title), 'the list begins below its heading');
    assert.ok(pages <= 4, `the notice takes ${pages} sheets`);
  });

  test(`announcement${how} on paper`, async (t) => {
    const demo = sharedDemo();
    const { items: [{ competition_id: id }] } = await api(demo, '/announcements');
    const page = await newPage(t, { javascript });
    await page.goto(`${demo.base}/announcements/${id}`);
    const { pages, text } = await pdf(page, `visitor-announcement${how}`);
    const { winners, ranking } = await api(demo, `/competitions/${id}/announcement`);
    const solid = text.replace(/\s/g, '');
    for (const { title, score } of [...winners, ...ranking]) {
      assert.ok(solid.includes(title) && solid.includes(score), title);
    }
    assert.ok(pages <= 6, `the announcement takes ${pages} sheets`);
  });
}
