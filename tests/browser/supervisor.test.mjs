// Supervisors: alarms, an anonymous lead, a name suspended, and all of it in the audit trail.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { WAYS, api, by, choose, competitionAt, follow, ownDemo, says, saysNot } from './steps.mjs';
import { check, fill, newPage, press, signIn } from './support.mjs';

const NOTED = '线索已与申报材料核对，未见不实。';
const REASON = '收到举报，正在核查营业收入。';

/** Two who serve on a panel of a competition, by their names for people. */
async function twoWhoServe(demo, competition) {
  const { items: panels } = await api(demo, `/competitions/${competition.id}/panels`, 'supervisor');
  const serving = panels.flatMap(({ seats }) => seats).filter(({ state }) => state === 'serving');
  return serving.slice(0, 2).map(({ name }) => name);
}

/** How many alarms a competition has. */
async function alarmsOf(demo, competition) {
  const { alarms } = await api(demo, `/competitions/${competition.id}/alarms`, 'supervisor');
  return alarms.length;
}

/** Two experts of a panel sign in from one network address: the simplest of what supervisors should look at. */
async function shareAnAddress(demo, people) {
  for (const number of people.map((person) => person.match(/\d+$/)[0].padStart(2, '0'))) {
    const name = `expert-${number}`;
    const { password } = demo.signIns.expert;
    const response = await fetch(`${demo.base}/api/v1/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name, password }),
    });
    assert.equal(response.status, 200, await response.text());
  }
}

for (const way of WAYS) {
  test(`a supervisor looks into what is odd ${by(way)}`, async (t) => {
    const demo = await ownDemo(t);
    const scoring = await competitionAt(demo, 'scoring');
    const competition = await competitionAt(demo, 'notice');
    const page = await newPage(t, way);
    await signIn(page, 'supervisor', demo);
    const before = await alarmsOf(demo, scoring);
    await says(page, '处理1条匿名线索', `${before}条预警`, '没有暂停中的名称');
    const people = await twoWhoServe(demo, scoring);
    await shareAnAddress(demo, people);
    await page.goto(`${demo.base}/desk`);
    assert.equal(await alarmsOf(demo, scoring), before + 1);
    await says(page, `${before + 1}条预警`);
    await check(page, 'supervisor-desk');

    await follow(page, '各届的预警与规则');
    await check(page, 'supervisor-alarms');
    await follow(page, scoring.title);
    await says(page, '同一网络地址', ...people);
    await check(page, 'supervisor-alarms-of-a-competition');

    await page.goto(`${demo.base}/desk`);
    await follow(page, '处理1条匿名线索');
    await follow(page, 'XS-00001');
    await says(page, '匿名线索');
    await fill(page, '处理情况', NOTED);
    await check(page, 'supervisor-lead');
    await press(page, '记录并办结');
    await says(page, '已记录', '线索已处理', NOTED);

    await follow(page, '公示');
    const { items: [{ notice }] } = await api(demo, `/competitions/${competition.id}/notices`);
    const name = notice.entries[2];
    await suspend(page, name);
    await says(page, '该名称已暂停', '暂停中', REASON);
    await check(page, 'supervisor-notice');
    await page.goto(`${demo.base}/desk`);
    await says(page, '没有等待您处理的抽取、线索或链接码', '公布时将被扣下', REASON);

    await follow(page, '审计记录');
    await choose(page, '竞赛（不选为账号、登录、基础数据等）', competition.title);
    await choose(page, '操作', '暂停或恢复名称');
    await press(page, '筛选');
    await says(page, 'supervisor-1', REASON);
    await saysNot(page, NOTED, 'office-1（');
    await check(page, 'supervisor-audit');

    const { items: suspensions } = await api(demo, `/competitions/${competition.id}/suspensions`, 'office');
    assert.deepEqual(suspensions.map(({ application_id, suspended, reason }) => ({ application_id, suspended, reason })),
      [{ application_id: name.application, suspended: true, reason: REASON }]);
    const { items: objections } = await api(demo, `/competitions/${competition.id}/objections`, 'supervisor');
    assert.equal(objections.find((objection) => objection.number === 'XS-00001').state, 'noted');
  });
}

/** From a competition's page of the notice. */
async function suspend(page, name) {
  await page.$eval('main details:has(a[href$="/suspension"])', (details) => { details.open = true; });
  await follow(page, name.title);
  await says(page, name.title, '暂停期间该名称不予公布');
  await fill(page, '理由', REASON);
  await check(page, 'supervisor-suspension');
  await press(page, '暂停该名称');
}
