// A city reviewer's path: the queue, the list in its order, the quota, the seal and its receipt. Each test has a city
// of its own in one competition, as applications close only with time.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { advance, api, called, eventually, filed, follow, isSilentOn, knowing, says } from './paths.mjs';
import { check, fill, named, newPage, pdf, press, signIn, startDemo } from './support.mjs';

/** How long the competition takes applications: all are filed by then. */
const SECONDS = 30;

/** By city: an applicant of it, its quota, and for each candidate the chain and the title. */
const CITIES = {
  320500: { name: '苏州市', region: 'region-320576', quota: 3 },
  320100: { name: '南京市', region: 'region-320102', quota: 2 },
  320600: { name: '南通市', region: 'region-320600', quota: 2 },
};
const CHAINS = { 21: '生物医药', 5: '第五条链', 8: '第八条链' };

let demo;
let opened;
const candidates = {};
const reviewer = (city) => `city-${city}`;

before(async () => {
  demo = await startDemo();
  const competition = await called(demo, SECONDS);
  opened = competition.id;
  await Promise.all(Object.entries(CITIES).map(async ([city, { region, name }]) => {
    await knowing(demo, reviewer(city));
    await knowing(demo, region);
    candidates[city] = [];
    for (const [chain, title] of Object.entries(CHAINS)) {
      const id = await filed(demo, region, competition, Number(chain), `${name}${title}`);
      const { number } = await api(demo, region)('GET', `/applications/${id}`);
      candidates[city].push({ id, number, title: `${name}${title}` });
    }
  }));
  const office = api(demo, 'office');
  await eventually(async () => (await office('GET', `/competitions/${opened}/readiness`)).open.length === 0, 'applications close', 2 * SECONDS);
  await advance(demo, opened, 'recommendation');
});
after(() => demo?.stop());

const place = ({ number }) => `序号：${number}`;
const opinion = ({ number }) => `初审意见：${number}`;

/** The city's list as the API gives it. */
async function stored(city) {
  return api(demo, reviewer(city))('GET', `/competitions/${opened}/recommendations/${city}`);
}

/** Signs in, looks into a candidate from the queue, and ends on the list. */
async function toTheList(page, city, name) {
  await signIn(page, reviewer(city), demo);
  await says(page, '排定推荐名单并封存', '待审3件');
  await check(page, `${name}-desk`);
  await follow(page, '排定推荐名单并封存');
  const [first] = candidates[city];
  await follow(page, first.title);
  await says(page, '申报编号', first.number, '本节内容');
  await follow(page, '本市推荐名单');
  await says(page, '待推荐的申报', `已列入 0 / ${CITIES[city].quota}`);
}

/** From the saved list to the receipt. */
async function seals(page, city, name, { listed, leftOut }) {
  // Who is left out is told why, and whom to ask: without that the list can't be sealed.
  const out = candidates[city].filter(({ title }) => leftOut.includes(title));
  for (const candidate of out) {
    const field = await named(page, opinion(candidate), 'textbox').catch(() => null);
    if (field) await fill(page, opinion(candidate), '主导产业不突出');
  }
  await fill(page, '咨询方式（告知未推荐的申报单位）', '市工信局王处长 000-11111111');
  await press(page, '保存名单');
  await says(page, '推荐名单已保存。');
  await follow(page, '去封存名单');
  await says(page, '以下申报将不予推荐', ...listed, ...leftOut, '封存后', '不能再改');
  await check(page, `${name}-seal`);
  await press(page, '确认封存');
  await says(page, '推荐名单封存回执', '名单摘要（SHA-256）', ...listed);
  const list = await stored(city);
  assert.deepEqual(list.entries.map(({ title }) => title), listed);
  await says(page, list.number, list.digest);
  assert.equal(await page.$('input[name$="/place:whole"]'), null, 'a sealed list has no form');
  await check(page, `${name}-receipt`);
  const paper = await pdf(page, `${name}-receipt`);
  assert.equal(paper.pages, 1);
  assert.ok(paper.text.replace(/\s/g, '').includes('单位（盖章）'), 'there is room for the seal');
  await follow(page, leftOut[0]);
  await says(page, '未推荐');
}

test('a city orders by number, is held to its quota, and seals without JavaScript at 375', async (t) => {
  const city = '320100';
  const name = 'city-reviewer-without-javascript';
  const page = await newPage(t, { width: 375, javascript: false, expected: [/response 409/, /response 422/, /console: .* 4(09|22)/] });
  await toTheList(page, city, name);
  const [first, second, third] = candidates[city];
  await fill(page, place(first), '2');
  await fill(page, place(second), '1');
  await fill(page, place(third), '3');
  for (const candidate of [first, third]) await fill(page, opinion(candidate), `同意推荐${candidate.title}`);
  await press(page, '保存名单');
  await page.waitForSelector('.errors');
  await says(page, '名额');
  await fill(page, place(third), '');
  await press(page, '保存名单');
  // The opinion that is missing is told at its field, and what was typed stays.
  const missing = await named(page, opinion(second), 'textbox');
  assert.equal(await missing.evaluate((field) => field.getAttribute('aria-invalid')), 'true');
  const typed = await named(page, place(second), 'textbox');
  assert.equal(await typed.evaluate((field) => field.value), '1');
  await check(page, `${name}-errors`);
  await fill(page, opinion(second), '同意推荐，列第一');
  await press(page, '保存名单');
  await says(page, '推荐名单已保存。', '已列入 2 / 2');
  await check(page, `${name}-list`);
  await seals(page, city, name, { listed: [second.title, first.title], leftOut: [third.title] });
  await page.finish();
});

/** Drags the row of one candidate to the upper or the lower part of another row. */
async function drag(page, from, to, part) {
  // Nothing can be dragged by its fields or its link: the cell with the chain is free of both.
  const cell = (candidate) => page.evaluateHandle((label) =>
    document.querySelector(`[aria-label="${label}"]`).closest('tr').cells[2], place(candidate));
  const row = (await cell(from)).asElement();
  await row.evaluate((one) => one.scrollIntoView({ block: 'center' }));
  const source = await row.boundingBox();
  const target = await (typeof to === 'string' ? await page.$(to) : (await cell(to)).asElement()).boundingBox();
  await page.mouse.move(source.x + 10, source.y + source.height / 2);
  await page.mouse.down();
  await page.mouse.move(target.x + 20, target.y + target.height * part, { steps: 8 });
  await page.mouse.up();
}

test('a city orders by dragging at 1280', async (t) => {
  const city = '320500';
  const name = 'city-reviewer';
  const page = await newPage(t);
  await toTheList(page, city, name);
  const [first, second, third] = candidates[city];
  const places = async () => Promise.all([first, second, third].map(async (one) =>
    (await named(page, place(one), 'textbox')).evaluate((field) => field.value)));
  await drag(page, first, 'tr[data-divider]', 0.5);
  await says(page, '已列入 1 / 3');
  await drag(page, third, first, 0.2);
  assert.deepEqual(await places(), ['2', '', '1']);
  await drag(page, second, first, 0.8);
  assert.deepEqual(await places(), ['2', '3', '1']);
  await says(page, '已列入 3 / 3');
  // Back below the line, it is on the list no more.
  await drag(page, first, 'tr[data-divider]', 0.5);
  assert.deepEqual(await places(), ['3', '2', '1'], 'on the line means last');
  for (const candidate of [third, second, first]) await fill(page, opinion(candidate), `同意推荐${candidate.title}`);
  await fill(page, place(first), '');
  await says(page, '已列入 2 / 3');
  await press(page, '保存名单');
  await says(page, '推荐名单已保存。', '已列入 2 / 3');
  await check(page, `${name}-list`);
  await seals(page, city, name, { listed: [third.title, second.title], leftOut: [first.title] });
  await page.finish();
});

test('a city sends one back, and lists the others by number at 768', async (t) => {
  const city = '320600';
  const name = 'city-reviewer-sends-back';
  const page = await newPage(t, { width: 768, expected: [/response 422/, /console: .* 422/] });
  await toTheList(page, city, name);
  const [first, second, third] = candidates[city];
  await fill(page, place(second), '1');
  await fill(page, place(third), '2');
  await says(page, '已列入 2 / 2');
  for (const candidate of [second, third]) await fill(page, opinion(candidate), `同意推荐${candidate.title}`);
  // Left without a press on the button, the list is there all the same.
  await follow(page, third.title);
  await eventually(async () => (await stored(city)).entries.length === 2, 'the list is saved on leaving');
  assert.deepEqual((await stored(city)).entries.map((entry) => entry.opinion), [second, third].map((one) => `同意推荐${one.title}`));
  await follow(page, '本市推荐名单');
  await press(page, '保存名单');
  await says(page, '推荐名单已保存。');
  await follow(page, first.title);
  await follow(page, '退回修改');
  await press(page, '退回修改');
  await page.waitForSelector('.errors');
  await fill(page, '须修改的内容和理由', '请补充数据来源');
  await check(page, `${name}-return`);
  await press(page, '退回修改');
  await says(page, '申报已退回。', '本市其他申报', '已列入 2 / 2');
  await seals(page, city, name, { listed: [second.title, third.title], leftOut: [first.title] });
  const applicant = await newPage(t, { width: 768 });
  await signIn(applicant, CITIES[city].region, demo);
  await isSilentOn(applicant, '按退回意见修改并重新提交');
  await applicant.goto(`${demo.base}/applications/${first.id}`);
  await says(applicant, '设区市退回', '请补充数据来源', '设区市未推荐');
  await applicant.finish();
  await page.finish();
});
