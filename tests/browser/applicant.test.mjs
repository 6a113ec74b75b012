// An applicant's path: from the desk to the receipt, by pages alone, and what becomes of it later.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  api, called, choose, chooseFiles, competition, endSession, enter, eventually, files, follow, isFocused, isSilentOn, ownDemo, pdfFile, says, savesInVain, tick, value,
} from './paths.mjs';
import { check, fill, named, newPage, pdf, press, signIn } from './support.mjs';

const CHAIN = '生物医药';
const DAY = 24 * 60 * 60;

/** Begins an application in a new competition, and ends on its page: `{id, settings}`. */
async function begun(page, demo) {
  const { settings } = await called(demo, DAY);
  await signIn(page, 'applicant', demo);
  await follow(page, '新的申报');
  await choose(page, '产业链', CHAIN);
  await tick(page, '核心区', 'radio');
  await press(page, '开始申报');
  await says(page, '申报已建立，请逐项填写。', '填报任务');
  return { id: page.url().split('/').pop(), settings };
}

/** Waits until what was typed has been saved by itself, with the time. */
async function savesItself(page) {
  await page.waitForSelector('.saved[data-state=saved]');
  assert.match(await page.$eval('.saved', (told) => told.textContent), /^已保存到服务器，\d\d:\d\d$/);
}

/** Two files at once; with scripts, the bar tells how far the upload is. */
async function uploadsEvidence(t, page, javascript) {
  await follow(page, '佐证材料');
  await says(page, '还没有佐证材料');
  const paths = await files(t, { '统计局证明.pdf': pdfFile(3_000_000), '营业收入审计报告.pdf': pdfFile(2_000) });
  await choose(page, '材料种类', '指标数据佐证');
  await chooseFiles(page, paths);
  if (javascript) {
    await page.evaluate(() => {
      window.progress = [];
      const bar = document.querySelector('progress');
      new MutationObserver(() => { if (!bar.hidden) window.progress.push(bar.value); }).observe(bar, { attributes: true });
    });
  }
  await press(page, '上传');
  await says(page, '文件已上传。', '统计局证明.pdf', '营业收入审计报告.pdf', '佐证材料（2）');
  if (javascript) {
    const progress = await page.evaluate(() => window.progress);
    assert.equal(Math.max(...progress), 100, `the bar went ${progress}`);
  }
}

/** The fields of all figures but the first one's value, which is typed. */
async function figureFields(page) {
  return page.$$eval('input[name$="/indicator:key"]', (keys) => {
    const fields = {};
    for (const { name } of keys) {
      const row = name.replace('/indicator:key', '');
      for (const field of document.querySelectorAll(`[name^="${row}/value"]`)) {
        if (field.tagName === 'SELECT') fields[field.name] = field.options[1].value;
        else fields[field.name] = field.name.endsWith(':whole') ? '1' : '30';
      }
      Object.assign(fields, { [`${row}/calibre`]: '规上工业企业', [`${row}/source_body`]: '市统计局' });
      const evidence = document.getElementsByName(`${row}/evidence/0`)[0];
      fields[evidence.name] = [...evidence.options].find(({ text }) => text === '统计局证明.pdf').value;
    }
    return fields;
  });
}

/** Goes through all parts by their buttons. */
async function fillsParts(page, settings, { javascript, name }) {
  await follow(page, '概况');
  await follow(page, '基本信息');
  await fill(page, '申报名称', '苏州工业园区生物医药产业链');
  if (javascript) {
    await savesItself(page);
    await page.reload();
    assert.equal(await value(page, '/title'), '苏州工业园区生物医药产业链', 'what saved itself is there');
  }
  await fill(page, '主导产业', CHAIN);
  await fill(page, '核心区和协同区总面积', '48.5');
  await fill(page, '联系人', '王小明');
  await fill(page, '联系电话', '打这个电话');
  await press(page, '保存并继续');
  await says(page, '电话号码只能含数字');
  assert.equal(await value(page, '/title'), '苏州工业园区生物医药产业链', 'what was typed survives an error');
  await check(page, `${name}-profile-error`);
  await fill(page, '联系电话', '0512-12345678');
  await press(page, '保存并继续');
  await says(page, '领军企业', '至少填写一家链主企业');
  await fill(page, '企业名称（1）', '示例龙头公司');
  await fill(page, '统一社会信用代码（1）', '91440300708461136T');
  await press(page, '保存并继续');
  await says(page, '指标数据', '按指标逐行填写');
  await check(page, `${name}-figures`);
  await enter(page, await figureFields(page));
  if (javascript) {
    const share = '占全省同一产业链比重：申报值';
    await fill(page, share, '350');
    await page.keyboard.press('Tab');
    await says(page, '百分数一般在0至100之间', '情况说明');
    await fill(page, share, '30');
    await page.keyboard.press('Tab');
    await eventually(() => page.evaluate(() => !document.querySelector('main').innerText.includes('百分数一般在')), 'it is told no more');
  }
  await fill(page, '主导产业规上营业收入（上一完整年度）：申报值', '1280.5');
  await press(page, '保存并继续');
  for (const section of settings.sections) {
    assert.equal(await page.$eval('h1', (heading) => heading.textContent), section.title);
    await fill(page, section.title, `${section.title}：本节内容。`);
    await press(page, '保存并继续');
  }
  await says(page, '承诺书', settings.undertaking);
  await fill(page, '签署人', '李局长');
  await fill(page, '签署人职务', '局长');
  await press(page, '保存并继续');
}

async function filesAnApplication(t, { width, javascript }) {
  const demo = await ownDemo(t);
  const name = `applicant${javascript ? '' : '-without-javascript'}`;
  // What is wrong in a form is answered as such.
  const page = await newPage(t, { width, javascript, expected: [/response 422/, /console: .* 422/] });
  const { id, settings } = await begun(page, demo);
  await check(page, `${name}-application`);
  await uploadsEvidence(t, page, javascript);
  await check(page, `${name}-evidence`);
  await fillsParts(page, settings, { javascript, name });
  // All that is missing is the box that was left empty, and its link leads there.
  await says(page, '还缺 1 项');
  await check(page, `${name}-completeness`);
  await page.goto(await page.$eval('main ul.tasks a', (link) => link.href));
  await tick(page, '本单位作出以上承诺');
  await press(page, '保存并继续');
  await says(page, '没有缺项。');
  await follow(page, '自评');
  await says(page, '定量指标合计');
  await check(page, `${name}-self-score`);
  await follow(page, '完整性');
  await follow(page, '去提交');
  await check(page, `${name}-submit`);
  await press(page, '确认提交');
  await says(page, '申报回执', '统计局证明.pdf', '苏州工业园区生物医药产业链', '内容摘要（SHA-256）');
  assert.ok(page.url().endsWith(`/applications/${id}/submissions/1`));
  await check(page, `${name}-receipt`);
  const submission = await api(demo, 'applicant')('GET', `/applications/${id}/submissions/1`);
  await says(page, submission.digest);
  assert.equal(submission.content.figures.find(({ indicator }) => indicator === 'a11').value, '1280.5');
  assert.equal(submission.content.evidence.length, 2);
  const paper = await pdf(page, `${name}-receipt`);
  assert.equal(paper.pages, 1, 'the receipt is one sheet');
  assert.ok(paper.text.replace(/\s/g, '').includes(submission.digest));
  await follow(page, '打印申报书');
  await check(page, `${name}-form`);
  const form = (await pdf(page, `${name}-form`)).text.replace(/\s/g, '');
  for (const part of ['申报书', '苏州工业园区生物医药产业链', '1280.5', '统计局证明.pdf', submission.digest, '申报单位（盖章）：']) {
    assert.ok(form.includes(part), `${part} is on paper`);
  }
  await follow(page, '概况');
  await says(page, '已提交', '现在不能修改');
  await page.finish();
}

for (const path of [{ width: 1280, javascript: true }, { width: 768, javascript: false }, { width: 375, javascript: true }]) {
  const how = path.javascript ? '' : ' without JavaScript';
  test(`an applicant files by pages alone at ${path.width}${how}`, (t) => filesAnApplication(t, path));
}

for (const javascript of [true, false]) {
  const how = javascript ? '' : ' without JavaScript';
  const suffix = javascript ? '' : '-without-javascript';

  test(`an applicant reads the result, and asks for a re-check${how}`, async (t) => {
    const demo = await ownDemo(t);
    const page = await newPage(t, { width: javascript ? 375 : 1280, javascript });
    const own = async (state) => {
      const { items } = await api(demo, 'applicant')('GET', `/applications?competition_id=${await competition(demo, state)}`);
      return items[0].id;
    };
    await signIn(page, 'applicant', demo);
    const announced = await own('announced');
    await page.goto(`${demo.base}/applications/${announced}`);
    await follow(page, '结果');
    const { derivation } = await api(demo, 'applicant')('GET', `/applications/${announced}/result`);
    await says(page, '总分', derivation.total.score, '专家评分表', '核定值：', `依据：第`);
    await isSilentOn(page, '演示专家');
    await check(page, `applicant-result${suffix}`);
    const onNotice = await own('notice');
    await page.goto(`${demo.base}/applications/${onNotice}`);
    await follow(page, '复核申请');
    const asked = '请复核“带动实效”一项的平均分计算';
    await tick(page, '计算', 'radio');
    await fill(page, '理由', asked);
    await press(page, '提交复核申请');
    await says(page, '复核申请已提交。', '待答复', asked);
    await check(page, `applicant-recheck${suffix}`);
    const { items: found } = await api(demo, 'applicant')('GET', `/applications/${onNotice}/recheck-requests`);
    assert.deepEqual(found.map(({ request }) => request), [{ kind: 'arithmetic', text: asked }]);
    await page.finish();
  });

  test(`what is typed outlives the session${how}`, async (t) => {
    const demo = await ownDemo(t);
    const page = await newPage(t, { javascript, expected: [/response 401/, /console: .* 401/] });
    const { id } = await begun(page, demo);
    await page.goto(`${page.url()}/parts/section.status`);
    await endSession(page);
    const typed = '在登录过期时写下的一段话';
    await fill(page, '现状与基础', typed);
    if (javascript) await says(page, '已保存在本设备，尚未提交到服务器', '登录已过期，请重新登录');
    await press(page, '保存并继续');
    await says(page, '请重新登录', typed);
    await check(page, `applicant-session-over${suffix}`);
    const { user, password } = demo.signIns.applicant;
    await fill(page, '登录名', user);
    await fill(page, '密码', password);
    await press(page, '登录');
    await says(page, '要继续提交登录过期前填写的内容吗？', typed);
    await check(page, `applicant-go-on${suffix}`);
    await press(page, '继续提交');
    await says(page, '已保存。');
    await page.goto(`${demo.base}/applications/${id}/parts/section.status`);
    assert.equal(await value(page, '/text'), typed);
    const stored = await api(demo, 'applicant')('GET', `/applications/${id}`);
    assert.equal(stored.parts['section.status'].content.text, typed);
    await page.finish();
  });

  test(`two who change one part see both versions${how}`, async (t) => {
    const demo = await ownDemo(t);
    const page = await newPage(t, { javascript, expected: [/response 412/, /console: .* 412/] });
    const { id } = await begun(page, demo);
    const part = `${demo.base}/applications/${id}/parts/section.goals`;
    const other = await newPage(t, { width: 375, javascript });
    await signIn(other, 'applicant', demo);
    await page.goto(part);
    await other.goto(part);
    await fill(other, '思路、目标与任务', '另一人写的目标');
    await press(other, '保存并继续');
    await says(other, '已保存。');
    await fill(page, '思路、目标与任务', '我写的目标');
    if (javascript) await says(page, '本设备上的草稿与服务器上的不一致', '本设备“我写的目标”，服务器“另一人写的目标”');
    await press(page, '保存并继续');
    await says(page, '现在的内容：另一人写的目标');
    assert.equal(await value(page, '/text'), '我写的目标');
    await check(page, `applicant-stale${suffix}`);
    await fill(page, '思路、目标与任务', '两人合写的目标');
    await press(page, '保存并继续');
    await says(page, '已保存。');
    await other.goto(part);
    assert.equal(await value(other, '/text'), '两人合写的目标');
    await page.finish();
  });
}

/** A page with the first section of an application: `stored` is what the server has of it. */
async function atASection(t, options) {
  const demo = await ownDemo(t);
  const page = await newPage(t, options);
  const { id } = await begun(page, demo);
  await page.goto(`${page.url()}/parts/section.status`);
  const stored = async () => (await api(demo, 'applicant')('GET', `/applications/${id}`)).parts['section.status'];
  return { page, stored };
}

/** As `atASection`, on a line slower than a change waits before it is saved. */
async function onASlowLine(t) {
  const at = await atASection(t);
  await at.page.emulateNetworkConditions({ download: -1, upload: -1, latency: 1000 });
  return at;
}

test('a form that its button sends does not save itself as well', async (t) => {
  const { page, stored } = await onASlowLine(t);
  await fill(page, '现状与基础', '写完马上点击');
  await press(page, '保存并继续');
  await says(page, '已保存。', '产业链与创新链');
  assert.equal((await stored()).revision, 1, 'it was saved once');
  await page.finish();
});

test('the button waits for a save that is under way', async (t) => {
  const { page, stored } = await onASlowLine(t);
  await fill(page, '现状与基础', '一边保存一边点击');
  await page.waitForSelector('.saved[data-state=saving]');
  await press(page, '保存并继续');
  await says(page, '已保存。', '产业链与创新链');
  assert.equal((await stored()).content.text, '一边保存一边点击');
  await page.finish();
});

/** What the browser says of a save without a network. */
const LOST = [/request failed: .*parts\/\S+ net::ERR_INTERNET_DISCONNECTED/, /console: .*ERR_INTERNET_DISCONNECTED/];
const ON_DEVICE = '已保存在本设备，尚未提交到服务器';

/** What the device keeps for the account. */
const kept = (page) => page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('qianglian:')).length);

test('a button leaves what was typed for no page that cannot be had', async (t) => {
  const { page, stored } = await atASection(t, { expected: LOST });
  await page.setOfflineMode(true);
  await fill(page, '现状与基础', '断网时写的内容');
  await says(page, ON_DEVICE);
  await savesInVain(page, '保存并继续');
  await says(page, ON_DEVICE);
  assert.equal(await value(page, '/text'), '断网时写的内容');
  await page.setOfflineMode(false);
  await press(page, '保存并继续');
  await says(page, '已保存。', '产业链与创新链');
  assert.equal((await stored()).content.text, '断网时写的内容');
  assert.equal(await kept(page), 0, 'what the button has stored, the device need not keep');
  await page.finish();
});

test('what is typed last is saved on leaving, whatever its length and however the page is left', async (t) => {
  const { page, stored } = await atASection(t);
  const address = page.url();
  const asked = [];
  page.on('dialog', async (dialog) => { asked.push(dialog.message()); await dialog.accept(); });
  // 6,000 characters are 54,000 bytes as a form writes them, and 18,000 in another way.
  const leaves = [
    ['离开前写的一段话', () => follow(page, '概况')],
    ['长'.repeat(6000), () => page.goto('about:blank')],
    ['关闭前写的一段话', async () => { await page.close(); }],
  ];
  for (const [text, leave] of leaves) {
    await page.goto(address);
    await page.focus('[name="/text"]');
    await page.$eval('[name="/text"]', (field) => field.select());
    await page.keyboard.sendCharacter(text);
    await leave();
    await eventually(async () => (await stored()).content.text === text, `“${text.slice(0, 9)}” is saved on leaving`);
  }
  assert.deepEqual(asked, [], 'nobody is asked where nothing is lost');
});

test('what is typed without a network is asked about, kept on the device, and sent on return', async (t) => {
  // Where the browser and the page both send it, the second is told of the first, finds its own text there, and is content.
  const { page, stored } = await atASection(t, { expected: LOST, possible: [/response 412/, /console: .* 412/] });
  const address = page.url();
  const asked = [];
  page.on('dialog', async (dialog) => { asked.push(dialog.type()); await dialog.accept(); });
  await page.setOfflineMode(true);
  await fill(page, '现状与基础', '断网时写下，然后离开');
  await says(page, ON_DEVICE);
  await page.goto('about:blank');
  assert.deepEqual(asked, ['beforeunload'], 'it is asked before the page is left');
  await page.setOfflineMode(false);
  // A browser may send it by itself once it is on the line again; else it is what the page begins with.
  await page.goto(address);
  assert.equal(await value(page, '/text'), '断网时写下，然后离开');
  await eventually(async () => (await stored()).content.text === '断网时写下，然后离开', 'it is sent');
  await eventually(async () => await kept(page) === 0, 'the device keeps nothing any more');
  await page.finish();
});

test('what the server has understood otherwise than it was typed is no conflict', async (t) => {
  const demo = await ownDemo(t);
  const page = await newPage(t);
  await begun(page, demo);
  const address = `${page.url()}/parts/profile`;
  await page.goto(address);
  await fill(page, '核心区和协同区总面积', '１，２３４.５ 平方公里');
  await press(page, '保存并继续');
  await says(page, '已保存。');
  await page.goto(address);
  assert.equal(await value(page, '/area_km2:null'), '1234.5');
  assert.equal(await page.$('.conflict'), null);
  assert.equal(await kept(page), 0);
  await page.finish();
});

for (const javascript of [true, false]) {
  const how = javascript ? '' : ' without JavaScript';
  test(`one wrong figure is marked at its cell, and the others are stored${how}`, async (t) => {
    const demo = await ownDemo(t);
    const page = await newPage(t, { width: javascript ? 1280 : 375, javascript, expected: [/response 422/, /console: .* 422/] });
    const { id } = await begun(page, demo);
    await page.goto(`${page.url()}/evidence`);
    await chooseFiles(page, await files(t, { '统计局证明.pdf': pdfFile(2_000) }));
    await press(page, '上传');
    await page.goto(`${demo.base}/applications/${id}/parts/figures`);
    const values = await figureFields(page);
    const stored = async () => (await api(demo, 'applicant')('GET', `/applications/${id}`)).parts.figures.content.figures;
    const label = '主导产业规上营业收入（上一完整年度）：申报值';
    if (javascript) {
      await enter(page, values);
      await fill(page, label, '约一千亿');
      await says(page, '其余内容已保存到服务器', '1处没有保存');
      const field = await named(page, label, 'textbox');
      assert.equal(await field.evaluate((cell) => cell.getAttribute('aria-invalid')), null, 'nobody is corrected in the middle of a word');
      await page.keyboard.press('Tab');
      await page.waitForFunction((cell) => cell.getAttribute('aria-invalid') === 'true', {}, field);
      const link = await page.$('.saved a');
      const box = await link.boundingBox();
      assert.ok(box.y >= 0 && box.y + box.height <= 900, 'what is wrong is told in sight');
      await check(page, 'applicant-wrong-cell');
      await link.click();
      await eventually(() => field.evaluate((cell) => cell === document.activeElement || document.querySelector(':target') === cell), 'the link leads to the cell');
      await press(page, '保存并继续');
    } else {
      for (const [name, text] of Object.entries(values)) {
        const field = await page.$(`[name="${name}"]:not([type=hidden])`);
        if (await field.evaluate((one) => one.tagName === 'SELECT')) await field.select(text);
        else await field.type(text);
      }
      await fill(page, label, '约一千亿');
      await press(page, '保存并继续');
    }
    await says(page, '有误，没有保存');
    await isFocused(page, '.errors');
    assert.ok(await page.$eval('.errors', (box) => box.getBoundingClientRect().top >= 0 && box.getBoundingClientRect().top < innerHeight), 'and it is in sight');
    await check(page, `applicant-partly${javascript ? '' : '-without-javascript'}`);
    const cell = await named(page, label, 'textbox');
    assert.equal(await cell.evaluate((field) => field.value), '约一千亿', 'what was typed is there to be corrected');
    const measured = await page.$$eval('input[name$="/indicator:key"]', (keys) => keys.length);
    assert.equal((await stored()).length, measured - 1, 'all rows but one are stored');
    await fill(page, label, '1280.5');
    await press(page, '保存并继续');
    await says(page, '已保存。');
    assert.equal((await stored()).length, measured);
    await page.finish();
  });
}

test('of three files that are dropped at once, the bad one is named and the others are kept', async (t) => {
  const demo = await ownDemo(t);
  const page = await newPage(t, { expected: [/response 4\d\d/, /console: .* 4\d\d/] });
  await begun(page, demo);
  await page.goto(`${page.url()}/evidence`);
  await chooseFiles(page, await files(t, { '甲.pdf': pdfFile(2_000), '坏.pdf': Buffer.from('no PDF'), '乙.pdf': pdfFile(3_000) }));
  await (await named(page, '上传', 'button')).click();
  await says(page, '共3个文件，2个已上传；下列1个没有上传', '“坏.pdf”：', '佐证材料（2）', '甲.pdf', '乙.pdf');
  await isFocused(page, '.errors');
  await check(page, 'applicant-files');
  await page.finish();
});

test('signing out sends what is typed, and another account finds nothing of it', async (t) => {
  const { page, stored } = await atASection(t);
  await fill(page, '现状与基础', '退出前写的');
  await press(page, '退出');
  assert.equal((await stored()).content.text, '退出前写的');
  assert.equal(await kept(page), 0);
  await page.finish();
});
