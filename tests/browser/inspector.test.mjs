// An inspection team's path: the record with photographs, its signatures, the inspected party's decision.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { api, chooseFiles, competition, enter, eventually, files, follow, isSilentOn, knowing, ownDemo, says, tick, value } from './paths.mjs';
import { check, fill, named, newPage, pdf, press, signIn } from './support.mjs';

/** A photograph of one pixel. */
const PHOTO = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

/** What a telephone writes into a photograph (Exif): 2 July 2026, 10:11:12, in 苏州, to be turned by a quarter. */
const EXIF = Buffer.from('SUkqAAgAAAAFAA8BAgAHAAAAqgAAABABAgAJAAAAsQAAABIBAwABAAAABgAAAGmHBAABAAAASgAAACWIBAABAAAAdAAAAAAAAAADAAOQAgAUAAAAugAAABGQAgAHAAAAzgAAAHySBwAOAAAA1QAAAAAAAAAEAAEAAgACAAAATgAAAAIABQADAAAA4wAAAAMAAgACAAAARQAAAAQABQADAAAA+wAAAAAAAABIVUFXRUkAQUxOLUFMMDAAMjAyNjowNzowMiAxMDoxMToxMgArMDg6MDAAYSBtYWtlcidzIG5vdGUfAAAAAQAAABEAAAABAAAA8dsAAOgDAAB4AAAAAQAAACMAAAABAAAABwAAAAIAAAA=', 'base64');

/** A photograph that is wider than high and says so, taken in the browser. */
async function telling(page) {
  const drawn = await page.evaluate(() => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 480 });
    const context = canvas.getContext('2d');
    for (const [at, colour] of ['#346', '#7a9', '#ca5', '#a43'].entries()) {
      context.fillStyle = colour;
      context.fillRect(at * 160, 0, 160, 480);
    }
    return canvas.toDataURL('image/jpeg').split(',')[1];
  });
  const plain = Buffer.from(drawn, 'base64');
  const content = Buffer.concat([Buffer.from('Exif\0\0'), EXIF]);
  const head = Buffer.from([0xff, 0xe1, 0, 0]);
  head.writeUInt16BE(content.length + 2, 2);
  return Buffer.concat([plain.subarray(0, 2), head, content, plain.subarray(2)]);
}

/** Plans an inspection of an application that has none: its identifier, its line in lists, who leads it. */
async function planned(demo) {
  const { applications } = await api(demo, 'expert')('GET', `/competitions/${await competition(demo, 'scoring')}/panels/mine`);
  const application = applications.find(({ sheet_state: sheet }) => sheet === null);
  const team = await Promise.all(['inspector', 'office_2'].map(async (role) => {
    const { id, display_name } = await api(demo, role)('GET', '/me');
    return { account: id, name: display_name, unit: '领导小组办公室' };
  }));
  const plan = { team, from: '2026-07-02', until: '2026-07-03', firms: ['示例龙头公司', '另一公司'], notes: '路线保密' };
  await api(demo, 'office')('PUT', `/applications/${application.id}/inspection/plan`, plan, { over: 0 });
  const party = `region-${application.lead_region.code}`;
  await knowing(demo, party);
  const { id, lead_region: region, chain, number } = application;
  return { id, name: `${region.name} · ${chain.name} · ${number}`, party };
}

/** The fields of a record that verifies every claim as it stands, but the first value, which is typed. */
async function recordFields(page, claimed) {
  const keys = await page.$$eval('input[name^="/items/"][name$="/indicator:key"]', (fields) => fields.map(({ value: key }) => key));
  const fields = {};
  for (const [at, key] of keys.entries()) {
    const claim = claimed.find(({ indicator }) => indicator === key).value;
    if (typeof claim === 'object') {
      for (const [unit, count] of Object.entries(claim)) fields[`/items/${at}/value/${unit}:whole`] = String(count);
    } else if (at > 0) {
      fields[`/items/${at}/value:null`] = claim;
    }
    fields[`/items/${at}/method`] = at % 3 === 0 ? 'on_site' : 'documents';
    fields[`/items/${at}/seen`] = '年报、台账';
  }
  return fields;
}

/** A photograph from the camera, then the record; what is missing is told before anybody signs. */
async function records(t, page, claimed, { javascript, name }) {
  await says(page, '还没有照片。');
  assert.equal(await page.$eval('input[type=file]', (field) => field.getAttribute('capture')), 'environment', 'a tablet opens its camera');
  await chooseFiles(page, await files(t, { '厂区大门.png': PHOTO }));
  if (javascript) await says(page, '厂区大门.png：已上传');
  await press(page, '上传照片');
  await says(page, '厂区大门.png', ...(javascript ? [] : ['照片已上传，可在相应指标下勾选。']));
  await page.waitForSelector('img.thumb');
  await enter(page, await recordFields(page, claimed));
  await page.focus('[name="/items/0/value:null"]');
  await page.keyboard.type('1');
  await page.$eval('[name="/items/0/photos/0"]', (box) => { box.closest('details').open = true; });
  await tick(page, '厂区大门.png');
  await enter(page, { '/interviews/0/unit': '某配套企业', '/interviews/0/person': '赵经理', '/interviews/0/notes': '订单稳定' });
  if (javascript) await says(page, '已保存到服务器，');
  await check(page, `${name}-record`);
  await press(page, '保存并核对');
  await says(page, '签字前还需补充 2 处');
  await page.$eval('main details', (details) => { details.open = true; });
  await check(page, `${name}-incomplete`);
  await follow(page, '填写考察记录');
  await page.focus('[name="/items/0/finding"]');
  await page.keyboard.type('年报与申报不一致，按年报核定');
  await fill(page, '考察小结', '现场与申报基本相符');
  await press(page, '保存并核对');
}

async function signs(page) {
  await press(page, '在考察记录上签字');
  await says(page, '您已在考察记录上签字。');
}

async function inspects(t, { width, javascript }) {
  const demo = await ownDemo(t);
  const name = `inspector${javascript ? '' : '-without-javascript'}`;
  const { id, name: line, party } = await planned(demo);
  const read = (role) => api(demo, role)('GET', `/applications/${id}/inspection`);
  const { claimed } = await read('inspector');
  const page = await newPage(t, { width, javascript });
  await signIn(page, 'inspector', demo);
  await follow(page, '我的考察');
  await check(page, `${name}-inspections`);
  await follow(page, line);
  await says(page, '记录填写中', '路线保密');
  await follow(page, '填写考察记录');
  await records(t, page, claimed, { javascript, name });
  await says(page, '第一个人签字后，记录不能再修改', '核减', '照片1');
  await check(page, `${name}-signature`);
  await signs(page);
  await says(page, '签字中', '待签字', '待签署意见');

  const second = await newPage(t, { width, javascript });
  await signIn(second, 'office_2', demo);
  await second.goto(`${demo.base}/applications/${id}/inspection`);
  await signs(second);

  const lead = await newPage(t, { width, javascript, expected: [/response 422/, /console: .* 422/] });
  await signIn(lead, party, demo);
  await follow(lead, '签署考察记录');
  await says(lead, '请核对下方的核定值后签署', '年报与申报不一致，按年报核定');
  await tick(lead, '对考察记录有异议，说明如下', 'radio');
  await fill(lead, '签署人', '李局长');
  await press(lead, '签署意见');
  await lead.waitForSelector('.errors');
  assert.equal(await value(lead, '/signatory'), '李局长');
  await fill(lead, '异议说明', '营业收入应以开票销售为准');
  await check(lead, `${name}-party`);
  await press(lead, '签署意见');
  await says(lead, '意见已签署。', '已签字生效');

  await page.reload();
  const inspection = await read('office');
  assert.equal(inspection.state, 'final');
  assert.equal(inspection.signatures.team.length, 2);
  const [first] = inspection.record.items;
  assert.equal(first.value, '1');
  assert.equal(first.photos.length, 1);
  await says(page, '已签字生效', '李局长', '营业收入应以开票销售为准', inspection.digest);
  await check(page, `${name}-final`);
  await follow(page, '打印考察记录表');
  await check(page, `${name}-print`);
  const paper = await pdf(page, `${name}-record`);
  assert.equal(paper.pages, 3);
  const text = paper.text.replace(/\s/g, '');
  const last = paper.text.split('\f')[paper.pages - 1].replace(/\s/g, '');
  assert.ok(last.includes('被考察单位意见') && last.includes('日期：'), 'lines to sign are never alone on their sheet');
  for (const part of ['考察记录表', '某配套企业，赵经理：订单稳定', '现场与申报基本相符', '☑有异议', '被考察单位（签字、盖章）：李局长', inspection.digest]) {
    assert.ok(text.includes(part), `${part} is on paper`);
  }
  for (const one of [page, second, lead]) await one.finish();
}

for (const path of [{ width: 768, javascript: true }, { width: 1280, javascript: false }, { width: 375, javascript: true }]) {
  const how = path.javascript ? '' : ' without JavaScript';
  test(`an inspection is recorded and signed at ${path.width}${how}`, (t) => inspects(t, path));
}

/** A page with the record of an inspection that is not begun, and what the server has of it. */
async function atARecord(t, options) {
  const demo = await ownDemo(t);
  const { id } = await planned(demo);
  const page = await newPage(t, options);
  await signIn(page, 'inspector', demo);
  const address = `${demo.base}/applications/${id}/inspection/record`;
  await page.goto(address);
  const inspector = api(demo, 'inspector');
  return {
    demo,
    page,
    address,
    record: async () => (await inspector('GET', `/applications/${id}/inspection`)).record,
    photos: async () => (await inspector('GET', `/applications/${id}/evidence`)).items.filter(({ kind }) => kind === 'inspection_photo').map(({ name }) => name),
    /** What the device keeps, of any account. */
    waiting: () => page.evaluate(() => new Promise((resolve) => {
      indexedDB.open('qianglian', 1).onsuccess = ({ target }) => {
        const { result } = target;
        result.transaction('files').objectStore('files').getAll().onsuccess = (all) => {
          resolve(all.target.result.map(({ name }) => name));
          result.close();
        };
      };
    })),
  };
}

test('a photograph taken without a network waits on the device, and goes when it is sent', async (t) => {
  const expected = [/request failed: .*ERR_INTERNET_DISCONNECTED/, /console: .*ERR_INTERNET_DISCONNECTED/, /response 4\d\d/, /console: .* 4\d\d/];
  const { page, address, photos, waiting } = await atARecord(t, { width: 768, expected });
  await page.setOfflineMode(true);
  await chooseFiles(page, await files(t, { '车间.png': PHOTO, '不是照片.png': Buffer.from('no picture') }));
  await says(page, '车间.png：等待上传：已存在本设备，联网后自动上传', '不是照片.png：等待上传');
  assert.deepEqual(await photos(), []);
  await check(page, 'inspector-waiting');
  // The page is left, and the tablet switched off: the photographs are there.
  await page.goto('about:blank');
  await page.setOfflineMode(false);
  await page.goto(address.replace('/record', ''));
  await says(page, '本设备上还有没有保存到服务器的内容：', '车间.png', '不是照片.png');
  await page.goto(address);
  await says(page, '车间.png：已上传', '不是照片.png：未接受：');
  assert.deepEqual(await photos(), ['车间.png']);
  assert.deepEqual(await waiting(), ['不是照片.png'], 'what is sent is gone from the device');
  await check(page, 'inspector-queue');
  await (await named(page, '删除 不是照片.png', 'button')).click();
  await eventually(async () => (await waiting()).length === 0, 'what was refused can be removed');
  await page.reload();
  await isSilentOn(page, '未接受');
  await says(page, '车间.png');
  assert.deepEqual(await photos(), ['车间.png'], 'it was sent once');
  await page.finish();
});

test('photographs that wait are gone after signing out, which asks first', async (t) => {
  const expected = [/request failed: .*ERR_INTERNET_DISCONNECTED/, /console: .*ERR_INTERNET_DISCONNECTED/];
  const { demo, page, waiting } = await atARecord(t, { expected });
  await page.setOfflineMode(true);
  await chooseFiles(page, await files(t, { '车间.png': PHOTO }));
  await says(page, '车间.png：等待上传');
  const answers = [false, true];
  const asked = [];
  page.on('dialog', async (dialog) => {
    asked.push(dialog.message());
    await (answers.shift() ? dialog.accept() : dialog.dismiss());
  });
  const signOut = await named(page, '退出', 'button');
  await signOut.click();
  await eventually(async () => asked.length === 1, 'it is asked');
  assert.deepEqual(await waiting(), ['车间.png']);
  await signOut.click();
  await eventually(async () => asked.length === 2, 'it is asked again');
  await eventually(async () => page.url().startsWith('chrome-error:'), 'the browser says that it is not connected');
  await page.setOfflineMode(false);
  await page.goto(demo.base);
  assert.deepEqual(await waiting(), [], 'nothing of the account stays');
  await page.finish();
});

test('a value before its method is told at its cell, and the rest of the record is stored', async (t) => {
  const { page, record } = await atARecord(t);
  const [at, other] = [await firstPlain(page, 0), await firstPlain(page, 1)];
  await page.focus(`[name="${at}/value:null"]`);
  await page.keyboard.type('12');
  await enter(page, { [`${other}/value:null`]: '3', [`${other}/method`]: 'documents' });
  await fill(page, '考察小结', '先写小结');
  await says(page, '其余内容已保存到服务器', '1处没有保存', '核查方法：必须填写');
  await eventually(async () => (await record())?.summary === '先写小结', 'the rest is stored');
  assert.equal((await record()).items.length, 1);
  assert.equal(await page.$eval(`[name="${at}/method"]`, (radio) => radio.getAttribute('aria-invalid')), 'true');
  await check(page, 'inspector-no-method');
  await page.click(`[name="${at}/method"]`);
  await eventually(async () => (await record()).items.length === 2, 'the row is stored once it is whole');
  await eventually(async () => await page.$('[aria-invalid]') === null, 'nothing is marked any more');
  await page.finish();
});

/** The n-th row of the record whose value is a number. */
async function firstPlain(page, n) {
  return page.$$eval('input[name^="/items/"][name$="/value:null"]', (fields, at) => fields[at].name.replace('/value:null', ''), n);
}

test('a photograph shows inspectors when and where it was taken, and others only what is on it', async (t) => {
  const { demo, page, address } = await atARecord(t, { width: 768 });
  const photo = await telling(page);
  await chooseFiles(page, await files(t, { '厂区大门.jpg': photo, '没有信息.png': PHOTO }));
  await says(page, '厂区大门.jpg：已上传', '没有信息.png：已上传');
  await page.reload();
  await says(page, '拍摄时间 2026年7月2日10:11:12', '地点 北纬31.29897° 东经120.58431°', '设备 HUAWEI ALN-AL00', '照片未带位置信息', '无拍摄时间');
  await check(page, 'inspector-photographs');
  await page.goto(address.replace('/record', ''));
  await says(page, '现场照片', '拍摄时间 2026年7月2日10:11:12', '无拍摄时间');
  await check(page, 'inspector-gallery');
  const shown = async (one, base) => {
    await one.goto(base);
    await one.waitForFunction(() => document.querySelector('img.evidence')?.complete);
    return one.$eval('img.evidence', ({ naturalWidth, naturalHeight }) => [naturalWidth, naturalHeight]);
  };
  const id = address.split('/').at(-3);
  const { items } = await api(demo, 'inspector')('GET', `/applications/${id}/evidence`);
  const evidence = `${demo.base}/evidence/${items.find(({ name }) => name === '厂区大门.jpg').id}`;
  assert.deepEqual(await shown(page, evidence), [480, 640]);
  await says(page, '照片所记', '地点 北纬31.29897° 东经120.58431°');
  const expert = await newPage(t, { width: 768 });
  await signIn(expert, 'expert', demo);
  assert.deepEqual(await shown(expert, evidence), [480, 640], 'a copy is turned as its original');
  await says(expert, '原件摘要', '去除了位置、时间和设备信息的副本');
  await isSilentOn(expert, '北纬');
  await check(expert, 'expert-photograph');
  for (const one of [page, expert]) await one.finish();
});
