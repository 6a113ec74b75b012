// The office: an objection decided, whoever is late reminded, a competition set up and called, a ranking read.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { WAYS, api, by, competitionAt, enter, follow, ownDemo, pick, says, saysNot } from './steps.mjs';
import { check, fill, newPage, press, sharedDemo, signIn } from './support.mjs';

const REPORT = '已调阅审计报告，营业收入与申报一致。';
const REPLY = '经核查，所述情况与事实不符，异议不成立。';
const TITLE = '2027年度区域卓越产业链竞赛';

for (const way of WAYS) {
  test(`an objection is decided ${by(way)}`, async (t) => {
    const demo = await ownDemo(t);
    const competition = await competitionAt(demo, 'notice');
    const page = await newPage(t, { ...way, expected: [/422: .*\/steps$/, /console: .*422/] });
    await signIn(page, 'office', demo);
    await says(page, competition.title, '1件异议待办理');
    await check(page, 'office-desk');
    await follow(page, '1件异议待办理');
    await says(page, '办理中（1）');
    await saysNot(page, '匿名线索');
    await check(page, 'office-objections');
    await follow(page, 'YY-00001');
    await says(page, '已受理', '演示异议人', '不能撤回');
    await check(page, 'office-objection');
    await pick(page, '认定异议不成立');
    await fill(page, '答复', REPLY);
    await press(page, '记录这一步');
    // A decision needs what was found; what was typed is still there.
    await says(page, '有1处需要改正');
    await check(page, 'office-objection-corrected');
    await fill(page, '核查情况（存档，不外发）', REPORT);
    await press(page, '记录这一步');
    await says(page, '已记录', '异议不成立', REPORT, REPLY);
    await follow(page, '异议');
    await says(page, 'YY-00001', '异议不成立');
    await saysNot(page, '办理中（1）');
    await page.goto(`${demo.base}/desk`);
    await saysNot(page, '件异议待办理');

    const { items: objections } = await api(demo, `/competitions/${competition.id}/objections`, 'supervisor');
    const stored = objections.find(({ number }) => number === 'YY-00001');
    assert.equal(stored.state, 'dismissed');
    const { report, reply } = stored.steps.at(-1);
    assert.deepEqual({ report, reply }, { report: REPORT, reply: REPLY });
  });

  test(`whoever is late is reminded ${by(way)}`, async (t) => {
    const demo = await ownDemo(t);
    const competition = await competitionAt(demo, 'scoring');
    const page = await newPage(t, way);
    await signIn(page, 'office', demo);
    const { tasks } = await api(demo, `/competitions/${competition.id}/progress`, 'office');
    const late = tasks.filter((task) => task.late);
    const own = `演示专家${Number(demo.signIns.expert.user.match(/\d+/)[0])}`;
    const sheets = late.filter(({ kind, who_name: who }) => kind === 'sign_sheet' && who === own).length;
    assert.ok(sheets > 0);
    await follow(page, `有${late.length}项已逾期：看进度、催办`);
    await says(page, '考察评审', own);
    await check(page, 'office-progress');
    await press(page, '发出催办函');
    const { items } = await api(demo, `/competitions/${competition.id}/letters`, 'office');
    const owing = new Set(late.filter(({ kind }) => kind === 'sign_sheet').map(({ who_name: who }) => who));
    assert.ok(items.length >= owing.size);
    await says(page, '催办结果', `写好并待发送的函件 ${items.length}`);
    await check(page, 'office-reminders');
    await follow(page, '回到进度');
    await press(page, '发出催办函');
    await says(page, '写好并待发送的函件 无', `今天已催办过、不再重复 ${items.length}`);
    await follow(page, '查看函件');
    const address = `${demo.signIns.expert.user}@example.org`;
    await says(page, address, '待发送');
    await check(page, 'office-letters');

    const letter = items.find((one) => one.address === address);
    assert.equal(letter.body.match(/签署评分表 .*（已逾期，期限2026年6月30日17:00）/g).length, sheets, letter.body);
  });

  test(`a competition is set up and called ${by(way)}`, async (t) => {
    const demo = await ownDemo(t);
    const page = await newPage(t, { ...way, expected: [/422: .*\/settings$/, /console: .*422/] });
    await signIn(page, 'office', demo);
    await page.goto(`${demo.base}/competitions`);
    await follow(page, '新建一届竞赛');
    await check(page, 'office-new');
    await fill(page, '竞赛名称', TITLE);
    await press(page, '建立草稿');
    const [, id] = new URL(page.url()).pathname.match(/^\/competitions\/([^/]+)\/settings$/);
    await says(page, '3项准则，31项指标', '公示5个工作日');
    await check(page, 'office-settings');

    await follow(page, '名称与依据');
    assert.equal(await page.$eval('[name="/title"]', (input) => input.value), TITLE);
    for (const step of ['日程', '申报范围与名额', '申报书与承诺', '佐证材料', '审查与否决项', '指标体系']) {
      await follow(page, `下一步：${step}`);
      await says(page, step);
    }
    await balance(page, way);
    for (const step of ['计分规则', '专家与考察', '奖项与审议', '公示与公开']) {
      await follow(page, `下一步：${step}`);
      await says(page, step);
    }
    await fill(page, '公示期（首日计入，至少5个工作日）', '7');
    await check(page, 'office-settings-notice');
    await press(page, '保存');
    await says(page, '已保存');
    await follow(page, '概况');

    await says(page, '筹备 → 申报', '指标与规则冻结', '此操作不能撤回');
    await check(page, 'office-call');
    const { settings, state } = await api(demo, `/competitions/${id}`, 'office');
    assert.equal(state, 'draft', 'the page asks before');
    assert.equal(settings.review.notice_days, 7);
    assert.deepEqual(settings.rubric.criteria.map(({ weight }) => weight), ['38.5', '36.5', '25']);
    await press(page, '发布竞赛');
    await says(page, '已转入下一阶段', '初审与推荐');
    await saysNot(page, '筹备 → 申报');
    await check(page, 'office-called');
    // Now it is open to everybody.
    const called = await api(demo, `/competitions/${id}`);
    assert.deepEqual([called.state, called.settings.title], ['application', TITLE]);
    await page.goto(demo.base);
    await says(page, TITLE);
  });

  test(`a ranking is read ${by(way)}`, async (t) => {
    const demo = sharedDemo();
    const competition = await competitionAt(demo, 'announced');
    const page = await newPage(t, way);
    await signIn(page, 'office', demo);
    await follow(page, competition.title);
    await follow(page, '汇总与排名');
    await check(page, 'office-tallies');
    await page.goto(`${demo.base}/competitions/${competition.id}/tallies/1`);
    await check(page, 'office-ranking');
    const { result } = await api(demo, `/competitions/${competition.id}/tallies/1/ranking`, 'office');
    const standings = result.groups[0].standings.filter(({ place }) => place);
    const rows = await page.$$eval('main table tbody tr[id^="a-"]', (all) => all.map((row) => row.textContent));
    assert.equal(rows.length, standings.length);
    for (const [index, { score, criteria }] of standings.entries()) {
      for (const figure of [score, ...Object.values(criteria)]) assert.ok(rows[index].includes(figure), `${figure}: ${rows[index]}`);
    }
    assert.equal(await page.$$eval('main figure.chart', (charts) => charts.length), 2);
  });
}

/** At the step of the rubric: weights whose sum is wrong are refused, then put right. */
async function balance(page, { javascript }) {
  await check(page, 'office-rubric');
  const sum = () => page.$eval('main output[data-sum=weight]', (output) => output.value);
  assert.equal(await sum(), '100');
  await enter(page, '/rubric/criteria/1/weight', '36.5');
  // Where scripts run the sum follows what is typed.
  assert.equal(await sum(), javascript ? '101.5' : '100');
  await press(page, '保存');
  await says(page, '需要改正');
  await check(page, 'office-rubric-corrected');
  assert.equal(await page.$eval('[name="/rubric/criteria/1/weight"]', (input) => input.value), '36.5');
  await enter(page, '/rubric/criteria/0/weight', '38.5');
  await press(page, '保存');
  await says(page, '已保存');
}

test('settings that were not saved are kept on the device, and can be saved or discarded', async (t) => {
  const demo = await ownDemo(t);
  const page = await newPage(t);
  const asked = [];
  page.on('dialog', async (dialog) => { asked.push(dialog.type()); await dialog.accept(); });
  await signIn(page, 'office', demo);
  await page.goto(`${demo.base}/competitions`);
  await follow(page, '新建一届竞赛');
  await fill(page, '竞赛名称', '草稿的名称');
  await press(page, '建立草稿');
  await follow(page, '名称与依据');
  await page.waitForSelector('form[data-kept=keeps]');
  const address = page.url();
  const field = 'form[data-kept] [name="/title"]';
  const title = () => page.$eval(field, (input) => input.value);
  const before = await title();
  const leaveWith = async (text) => {
    await page.$eval(field, (input) => input.select());
    await page.type(field, text);
    await says(page, '已暂存在本设备，点击按钮后才保存到服务器。');
    await page.goto(`${demo.base}/desk`);
    await says(page, '本设备上还有没有保存到服务器的内容：');
    await page.goto(address);
    await says(page, '已恢复本设备上未保存的修改');
    assert.equal(await title(), text);
  };
  await leaveWith('还没有保存的名称');
  assert.deepEqual(asked, ['beforeunload'], 'it is asked before the page is left');
  await check(page, 'office-kept-settings');
  await (await page.$('.saved button')).click();
  assert.equal(await title(), before, 'the changes can be given up');
  await leaveWith(TITLE);
  await Promise.all([page.waitForNavigation(), (await page.$('form[data-kept] button[type=submit]')).click()]);
  await says(page, '已保存。');
  await page.goto(address);
  assert.equal(await title(), TITLE);
  assert.equal(await page.evaluate(() => Object.keys(localStorage).length), 0, 'what is stored, the device need not keep');
  await page.finish();
});
