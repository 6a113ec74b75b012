// An expert's path: the declaration, a sheet scored and signed, its receipt; and drafts that outlive a lost connection.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { api, competition, endSession, eventually, follow, isFocused, knowing, ownDemo, savesInVain, says, seesEvidence, tick, value } from './paths.mjs';
import { check, fill, named, newPage, pdf, press, pressOnce, signIn } from './support.mjs';

/** What the marks of the rubric are, in the sheet's order; the ends of a scale and `b24` need a reason. */
const SCORES = { a23: '1.5', a42: '3', a51: '4.5', b24: '1', b32: '2.5', b33: '0', c13: '1', c32: '2', c33: '1.5' };
const REASONS = { a42: '协作机制健全', b24: '已实现替代', b33: '未见带动' };

// The main path

/** Calls an alternate in by recusing somebody else: an expert who has yet to declare and to score anything. */
async function calledIn(demo) {
  const id = await competition(demo, 'scoring');
  const office = api(demo, 'office');
  const { items: [{ key, seats }] } = await office('GET', `/competitions/${id}/panels`);
  const serving = seats.filter(({ state }) => state === 'serving');
  const recusal = `/competitions/${id}/panels/${key}/experts/${serving.at(-1).expert_id}/recusal`;
  const panel = await office('POST', recusal, { reason: '近三年内曾在申报企业任职' });
  const called = panel.seats.find(({ state, declared_at }) => state === 'serving' && !declared_at);
  const user = `expert-${called.name.match(/\d+/)[0].padStart(2, '0')}`;
  await knowing(demo, user);
  return { id, user };
}

/** Signs the declaration, which needs its box ticked, and opens the first sheet. */
async function declares(page, demo, { id, user }, name) {
  await signIn(page, user, demo);
  const { settings } = await api(demo, 'office')('GET', `/competitions/${id}`);
  await follow(page, `${settings.title}：先签署回避声明`);
  await says(page, '签署回避声明之前，不能打开任何申报材料。');
  await check(page, `${name}-declaration`);
  await press(page, '签署声明');
  await page.waitForSelector('.errors');
  await says(page, '请选择“有”或“没有”');
  await check(page, `${name}-declaration-refused`);
  await tick(page, '我已阅读并承诺如上');
  for (const answer of await page.$$('.question input[type=radio][value=no]')) await answer.click();
  await pressOnce(page, '签署声明');
  await says(page, '请核对后确认', '您声明与由您评审的全部42件申报没有应当回避的关系');
  await check(page, `${name}-declaration-confirmation`);
  await press(page, '已核对，确认办理');
  await says(page, '回避声明已签署。', '0 / 42', '开始评分');
  await check(page, `${name}-panel`);
  await follow(page, '开始评分');
  await says(page, '评分表', '佐证材料', '评分截止');
  await seesEvidence(page);
  return page.url().match(/applications\/([^/]+)\/sheet/)[1];
}

/** Whether the reason of an indicator is in sight. */
async function reasonShows(page, at) {
  return page.$eval(`[name="/marks/${at}/reason"]`, (area) => area.checkVisibility());
}

/** All scores by keys alone: digits choose, arrows change, Enter goes on, through the reasons that are due. */
async function scoresByKeys(page) {
  await says(page, '键盘：数字键选分');
  assert.equal(await reasonShows(page, 0), false, 'no reason is due yet');
  await page.focus('.indicator input[type=radio]');
  const keys = { ...SCORES, a51: '4' };
  for (const [at, [indicator, score]] of Object.entries(keys).entries()) {
    await page.keyboard.type(score);
    if (indicator === 'a51') await page.keyboard.press('ArrowRight');
    assert.equal(await reasonShows(page, at), indicator in REASONS, `whether ${indicator} needs a reason`);
    await page.keyboard.press('Enter');
    if (!(indicator in REASONS)) continue;
    await isFocused(page, 'textarea', 'Enter leads to the reason');
    // The last one is forgotten.
    if (indicator !== 'b33') await page.keyboard.type(REASONS[indicator]);
    await page.keyboard.down('Control');
    await page.keyboard.press('Enter');
    await page.keyboard.up('Control');
  }
  await isFocused(page, '[name="/opinion"]', 'after the last comes the opinion');
  await page.keyboard.type('同意推荐');
  await says(page, '已保存到服务器，');
}

/** All scores field by field; all reasons are in sight. */
async function scoresByFields(page) {
  for (const [at, [indicator, score]] of Object.entries(SCORES).entries()) {
    assert.equal(await reasonShows(page, at), true);
    await page.focus(`[name="/marks/${at}/score:optional"][value="${score}"]`);
    await page.keyboard.press('Space');
    if (!(indicator in REASONS) || indicator === 'b33') continue;
    await page.focus(`[name="/marks/${at}/reason"]`);
    await page.keyboard.type(REASONS[indicator]);
  }
  await fill(page, '总体意见', '同意推荐');
}

async function judges(t, { width, javascript }) {
  const demo = await ownDemo(t);
  const expert = await calledIn(demo);
  const name = `expert${javascript ? '' : '-without-javascript'}`;
  const page = await newPage(t, { width, javascript, expected: [/response 422/, /console: .* 422/] });
  const application = await declares(page, demo, expert, name);
  await (javascript ? scoresByKeys(page) : scoresByFields(page));
  await check(page, `${name}-sheet`);
  await press(page, '保存并核对');
  await says(page, '还不能签署', '“带动实效”：零分、满分以及本届规定的指标必须说明理由');
  await check(page, `${name}-incomplete`);
  await follow(page, '返回修改');
  await seesEvidence(page);
  await fill(page, '理由：带动实效', REASONS.b33);
  await press(page, '保存并核对');
  await says(page, '您将签署对下列申报的评分');
  await check(page, `${name}-review`);
  await press(page, '签署评分表');
  const sheet = await api(demo, expert.user)('GET', `/applications/${application}/sheets/mine`);
  assert.equal(sheet.state, 'signed');
  const [version] = sheet.versions;
  await says(page, '签署时间', version.digest);
  await check(page, `${name}-receipt`);
  const marks = version.sheet.content.marks;
  assert.deepEqual(Object.fromEntries(marks.map(({ indicator, score }) => [indicator, score])), SCORES);
  const given = marks.filter(({ reason }) => reason !== '');
  assert.deepEqual(Object.fromEntries(given.map(({ indicator, reason }) => [indicator, reason])), REASONS);
  await page.goto(`${demo.base}/applications/${application}/sheet/print`);
  await says(page, '电子签署', REASONS.b24, version.digest);
  await check(page, `${name}-print`);
  const paper = await pdf(page, `${name}-sheet`);
  assert.equal(paper.pages, 4);
  const text = paper.text.replace(/\s/g, '');
  assert.equal(text.match(/摘要[0-9a-f]{16}(?![0-9a-f])/g).length, paper.pages, 'each sheet says the digest of what was printed');
  for (const part of ['专家评分表', ...Object.values(REASONS), '同意推荐', version.digest, '电子签署']) {
    assert.ok(text.includes(part), `${part} is on paper`);
  }
  await page.goto(`${demo.base}/desk`);
  await says(page, '已签署 1 / 42');
  await page.finish();
}

for (const path of [{ width: 1280, javascript: true }, { width: 768, javascript: false }, { width: 375, javascript: true }]) {
  const how = path.javascript ? '' : ' without JavaScript';
  test(`an expert declares, scores and signs at ${path.width}${how}`, (t) => judges(t, path));
}

// Drafts

const LOST = [/request failed: .*sheets\/mine net::ERR_INTERNET_DISCONNECTED/, /console: .*ERR_INTERNET_DISCONNECTED/];
const ON_DEVICE = '已保存在本设备，尚未提交到服务器';
const ON_SERVER = '已保存到服务器';

/** The demonstration's expert at a sheet that is not begun: what the server has of it, and what the device keeps. */
async function atASheet(t, { width = 1280, expected = [] } = {}) {
  const demo = await ownDemo(t);
  const expert = api(demo, 'expert');
  const { applications } = await expert('GET', `/competitions/${await competition(demo, 'scoring')}/panels/mine`);
  const { id } = applications.find(({ sheet_state: sheet }) => sheet === null);
  const path = `/applications/${id}/sheets/mine`;
  const page = await newPage(t, { width, expected });
  await signIn(page, 'expert', demo);
  const address = `${demo.base}/applications/${id}/sheet`;
  await page.goto(address);
  await seesEvidence(page);
  // Not by `page.setOfflineMode`, which waits for ever for the viewer of a PDF that has gone with its page.
  const network = await page.createCDPSession();
  const connected = (is) => network.send('Network.emulateNetworkConditions', { offline: !is, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  await network.send('Network.enable');
  return {
    demo,
    connected,
    page,
    address,
    stored: async () => (await expert('GET', path)).content.opinion,
    /** Another device of the same expert writes. */
    writeElsewhere: async (opinion) => {
      const { revision, content } = await expert('GET', path);
      await expert('PUT', path, { ...content, opinion }, { over: revision });
    },
    kept: () => page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('qianglian:')).length),
  };
}

test('a draft outlives a lost connection', async (t) => {
  const { page, connected, stored, kept } = await atASheet(t, { expected: LOST });
  await fill(page, '总体意见', '有网络时写的意见');
  await says(page, ON_SERVER);
  assert.equal(await stored(), '有网络时写的意见');
  assert.equal(await kept(), 0, 'what the server has, the device need not keep');
  await connected(false);
  await fill(page, '总体意见', '断网时写的意见');
  await says(page, ON_DEVICE);
  assert.equal(await kept(), 1);
  // The button tries to save, and does not leave for a page that can't be had.
  await savesInVain(page, '保存并核对');
  await says(page, ON_DEVICE);
  assert.equal(await value(page, '/opinion'), '断网时写的意见');
  assert.equal(await stored(), '有网络时写的意见');
  await connected(true);
  await says(page, ON_SERVER);
  assert.equal(await stored(), '断网时写的意见');
  await eventually(async () => await kept() === 0, 'the device keeps nothing any more');
  await page.finish();
});

test('a draft that is kept on the device is there after the page was left', async (t) => {
  const { page, connected, address, stored, kept } = await atASheet(t, { width: 768, expected: LOST });
  await connected(false);
  await fill(page, '总体意见', '断网时写的意见');
  await says(page, ON_DEVICE);
  page.once('dialog', (dialog) => dialog.accept());
  await page.goto('about:blank');
  await connected(true);
  await page.goto(address);
  await seesEvidence(page);
  assert.equal(await value(page, '/opinion'), '断网时写的意见');
  await eventually(async () => await stored() === '断网时写的意见', 'it is sent');
  await eventually(async () => await kept() === 0, 'the device keeps nothing any more');
  // The line is back for a page that is just going: it may send what it has, and the next one find that out.
  for (let at = page.complaints.length - 1; at >= 0; at -= 1) if (/ 412/.test(page.complaints[at])) page.complaints.splice(at, 1);
  await page.finish();
});

/** Brings about a draft that the server has moved on from. */
async function atAConflict(t) {
  const at = await atASheet(t, { expected: [...LOST, /response 412/, /console: .* 412/] });
  await at.connected(false);
  await fill(at.page, '总体意见', '本设备的意见');
  await says(at.page, ON_DEVICE);
  await at.writeElsewhere('另一台设备的意见');
  await at.connected(true);
  await says(at.page, '本设备上的草稿与服务器上的不一致', '总体意见：本设备“本设备的意见”，服务器“另一台设备的意见”');
  return at;
}

test('a draft that the server has moved on from is told, and can be kept', async (t) => {
  const { page, stored, kept } = await atAConflict(t);
  await check(page, 'expert-conflict');
  assert.equal(await stored(), '另一台设备的意见', 'nothing is overwritten');
  await (await named(page, '保留本设备的草稿', 'button')).click();
  await says(page, ON_SERVER);
  assert.equal(await stored(), '本设备的意见');
  await eventually(async () => await kept() === 0, 'the device keeps nothing any more');
  await page.finish();
});

test('a draft that the server has moved on from can be given up', async (t) => {
  const { page, stored, kept } = await atAConflict(t);
  await (await named(page, '保留服务器上的内容', 'button')).click();
  await says(page, '已改用服务器上的内容。');
  assert.equal(await value(page, '/opinion'), '另一台设备的意见');
  assert.equal(await kept(), 0);
  assert.equal(await stored(), '另一台设备的意见');
  await page.finish();
});

test('signing out clears the device, and asks first', async (t) => {
  const { demo, page, kept } = await atAConflict(t);
  const asked = [];
  const answers = [false, true];
  page.on('dialog', async (dialog) => {
    asked.push(dialog.message());
    await (answers.shift() ? dialog.accept() : dialog.dismiss());
  });
  const signOut = await named(page, '退出', 'button');
  await signOut.click();
  await eventually(async () => asked.length === 1, 'it is asked');
  assert.match(asked[0], /未保存到服务器的内容，退出后将被删除/);
  assert.equal(await kept(), 1, 'who stays keeps the draft');
  await Promise.all([page.waitForNavigation(), signOut.click()]);
  assert.equal(asked.length, 2);
  assert.equal(new URL(page.url()).pathname, '/');
  assert.equal(await kept(), 0, 'who leaves leaves nothing');
  await page.goto(`${demo.base}/desk`);
  assert.equal(new URL(page.url()).pathname, '/sign-in');
  await page.finish();
});

test('a draft outlives the session', async (t) => {
  const { demo, page, stored, kept } = await atASheet(t, { width: 375, expected: [/response 401/, /console: .* 401/] });
  await endSession(page);
  await fill(page, '总体意见', '登录过期时写的意见');
  await says(page, ON_DEVICE, '登录已过期，请重新登录');
  await check(page, 'expert-session-over');
  assert.equal(await stored(), '');
  await follow(page, '登录已过期，请重新登录');
  const { user, password } = demo.signIns.expert;
  await fill(page, '登录名', user);
  await fill(page, '密码', password);
  await press(page, '登录');
  await seesEvidence(page);
  assert.equal(await value(page, '/opinion'), '登录过期时写的意见');
  await says(page, ON_SERVER);
  assert.equal(await stored(), '登录过期时写的意见');
  await eventually(async () => await kept() === 0, 'the device keeps nothing any more');
  await page.finish();
});
