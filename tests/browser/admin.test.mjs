// Administrators: an account from its invitation to its owner's first page, and a catalogue imported once its changes
// were seen.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { WAYS, api, by, choose, follow, ownDemo, pick, says, saysNot } from './steps.mjs';
import { check, fill, newPage, press, signIn } from './support.mjs';

const PASSWORD = 'maple-harbour-violin-58';
const DOCUMENT = '苏政办发〔2026〕1号';

for (const way of WAYS) {
  test(`an account is opened and its owner begins ${by(way)}`, async (t) => {
    const demo = await ownDemo(t);
    const admin = await newPage(t, { ...way, expected: [/422: .*\/accounts$/, /console: .*422/] });
    await signIn(admin, 'admin', demo);
    await says(admin, '数据库、文件存储和函件均正常');
    await check(admin, 'admin-desk');
    await follow(admin, '开立账号');
    await fill(admin, '登录名', 'Kunshan!');
    await fill(admin, '姓名或单位', '昆山市工业和信息化局');
    await pick(admin, '申报单位');
    await choose(admin, '地区', '苏州市昆山市 320583');
    await press(admin, '开立账号');
    await check(admin, 'admin-account-corrected');
    await fill(admin, '登录名', 'kunshan');
    await press(admin, '开立账号');
    await says(admin, '账号已开立', '昆山市工业和信息化局', 'kunshan', '链接码只显示这一次');
    await check(admin, 'admin-invitation');
    const code = await admin.$eval('main code.secret', (element) => element.innerText);
    assert.match(code, /^qll_/);
    await follow(admin, '查看该账号');
    await says(admin, 'kunshan', '昆山市');
    await saysNot(admin, code);
    await admin.finish();

    const owner = await newPage(t, way);
    await owner.goto(`${demo.base}/accept-link`);
    await fill(owner, '一次性链接码', code);
    await fill(owner, '新密码', PASSWORD);
    await check(owner, 'admin-accept-link');
    await press(owner, '设置密码');
    await says(owner, '密码已设置，请登录');
    await fill(owner, '登录名', 'kunshan');
    await fill(owner, '密码', PASSWORD);
    await press(owner, '登录');
    assert.equal(new URL(owner.url()).pathname, '/desk');
    const who = await owner.$eval('header .who', (element) => element.innerText);
    assert.ok(who.includes('昆山市工业和信息化局（申报单位）'), who);
    await check(owner, 'admin-desk-of-the-owner');
    await owner.finish();

    const { items } = await api(demo, '/accounts?region_code=320583&role=applicant', 'admin');
    const account = items.find(({ name }) => name === 'kunshan');
    assert.deepEqual([account.display_name, account.enabled], ['昆山市工业和信息化局', true]);
    // A code is used once.
    const again = await newPage(t, { ...way, expected: [/response 4\d\d.*\/links\/acceptance$/, /console: .*4\d\d/] });
    await again.goto(`${demo.base}/accept-link`);
    await fill(again, '一次性链接码', code);
    // The same once more would be the first request again.
    await fill(again, '新密码', `${PASSWORD}-2`);
    await press(again, '设置密码');
    await saysNot(again, '密码已设置');
  });

  test(`a catalogue is imported once its changes were seen ${by(way)}`, async (t) => {
    const demo = await ownDemo(t);
    const directory = await mkdtemp(join(tmpdir(), 'qianglian-catalogue-'));
    t.after(() => rm(directory, { recursive: true }));
    const page = await newPage(t, { ...way, expected: [/422: .*\/catalogues\/preview$/, /console: .*422/] });
    await signIn(page, 'admin', demo);
    await follow(page, '导入');
    await says(page, '在现行的第1版上修改');
    await check(page, 'admin-import');
    const { catalogue: held } = await api(demo, '/catalogues/1');
    const rows = held.clusters.flatMap(({ no, name, chains }) => chains.map((chain) => [
      no, name, chain.no, chain.name, chain.excellence_target ? '是' : '否', chain.advantage, chain.source_note ?? '',
    ]));
    const heading = ['集群序号', '集群名称', '产业链序号', '产业链名称', '是否卓越提升', '是否优势产业链', '来源'];
    const table = [heading, ...rows].map((row) => `${row.map((cell) => `"${cell}"`).join(',')}\n`).join('');

    await show(page, join(directory, 'bad.csv'), table.replace('"生物医药",', '"生物医药","perhaps",'));
    await says(page, '第21行有8格，表头只有7列', '下载标明问题的表格');
    await check(page, 'admin-import-refused');
    await show(page, join(directory, 'good.csv'), table.replace('"生物医药",', '"生物医药与健康",'));
    await says(page, '第1版 → 第2版', '将发生的变化', '生物医药与健康', '不能撤销');
    await check(page, 'admin-import-changes');
    const [before] = await api(demo, '/catalogues').then(({ items }) => items);
    assert.equal(before.version, 1, 'to look at changes imports nothing');
    await fill(page, '依据', DOCUMENT);
    await press(page, '导入为新版本');
    assert.equal(new URL(page.url()).pathname, '/catalogues/2');
    await says(page, '已导入为新版本', '生物医药与健康', DOCUMENT);
    await check(page, 'admin-catalogue');

    const { catalogue, ...imported } = await api(demo, '/catalogues/2');
    const names = catalogue.clusters.flatMap(({ chains }) => chains.map(({ name }) => name));
    assert.ok(names.includes('生物医药与健康') && !names.includes('生物医药'));
    assert.equal(imported.dataset.reason, DOCUMENT);
  });
}

/** Asks what the import of a table would change. */
async function show(page, path, table) {
  await writeFile(path, table);
  const file = await page.$('input[type=file][name="/xlsx:base64"]');
  await file.uploadFile(path);
  await press(page, '查看将发生的变化');
}
