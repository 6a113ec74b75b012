// Passkeys, as the browser itself makes and shows them: with an authenticator that Chromium plays.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { says } from './steps.mjs';
import { check, fill, freePort, named, newPage, press, startService } from './support.mjs';

const PASSWORD = 'maple-harbour-violin-58';

/** At a host name, as which `localhost` does; passkeys are bound to it. */
const at = (port) => ({ QIANGLIAN_PUBLIC_URL: `http://localhost:${port}` });

/**
 * Does something on a page with a device that keeps these credentials: those that it keeps afterwards. The device is plugged
 * in for that alone: what looks at a page in between makes Chromium forget it.
 */
async function withDevice(page, credentials, act) {
  const session = await page.createCDPSession();
  await session.send('WebAuthn.enable');
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  for (const credential of credentials) {
    await session.send('WebAuthn.addCredential', { authenticatorId, credential });
  }
  await act();
  const kept = await session.send('WebAuthn.getCredentials', { authenticatorId });
  await session.detach();
  return kept.credentials;
}

/** Says name and password. */
async function password(page, base) {
  await page.goto(`${base}/sign-in`);
  await fill(page, '登录名', 'root');
  await fill(page, '密码', PASSWORD);
  await press(page, '登录');
}

/** Presses a button that a script handles, which does not lead to another page. */
async function touch(page, name) {
  const button = await named(page, name, 'button');
  await button.focus();
  await page.keyboard.press('Enter');
}

test('a passkey is added, signs in, and is removed', async (t) => {
  const port = await freePort();
  const base = `http://localhost:${port}`;
  const code = await startService(t, port, at(port));
  const page = await newPage(t, { expected: [/response 422/, /console: .*422/] });
  await page.goto(`${base}/set-up`);
  await fill(page, '设置码', code);
  await fill(page, '登录名', 'root');
  await fill(page, '姓名', '管理员');
  await fill(page, '新密码', PASSWORD);
  await press(page, '建立管理员');

  await password(page, base);
  assert.equal(page.url(), `${base}/account/second-factor`);
  await check(page, 'passkeys-none');
  await touch(page, '添加通行密钥');
  await says(page, '请先填写上面的栏目');
  await fill(page, '名称', '办公电脑');
  const kept = await withDevice(page, [], () => press(page, '添加通行密钥'));
  await says(page, '恢复码只显示这一次');
  await page.goto(`${base}/account/second-factor`);
  await says(page, '办公电脑', '未使用', '先添加另一个才能移除');
  await check(page, 'passkeys-one');
  // The same device is not taken twice.
  await fill(page, '名称', '再来一次');
  await withDevice(page, kept, async () => {
    await touch(page, '添加通行密钥');
    await page.waitForFunction(() => document.body.textContent.includes('已有本账号的通行密钥'));
  });

  // The name that was typed is not sent: the browser asks before the page is left.
  page.once('dialog', (dialog) => dialog.accept());

  // Another day: password, passkey.
  await page.deleteCookie(...(await page.cookies()));
  await password(page, base);
  await says(page, '请使用通行密钥');
  await check(page, 'passkeys-asked');
  const [used] = await withDevice(page, kept, () => press(page, '使用通行密钥'));
  assert.equal(page.url(), `${base}/desk`);
  await page.goto(`${base}/account/second-factor`);
  assert.ok(!(await page.$eval('main', (main) => main.textContent)).includes('未使用'));

  // A copy of the key that counts less is refused.
  await page.deleteCookie(...(await page.cookies()));
  await password(page, base);
  await withDevice(page, [{ ...used, signCount: 0 }], () => press(page, '使用通行密钥'));
  await says(page, '可能有人复制了它');
  await check(page, 'passkeys-refused');
  await withDevice(page, [used], () => press(page, '使用通行密钥'));
  assert.equal(page.url(), `${base}/desk`);

  // Another, and the first goes.
  await page.goto(`${base}/account/second-factor`);
  await fill(page, '名称', '蓝色密钥');
  await withDevice(page, [], () => press(page, '添加通行密钥'));
  await says(page, '通行密钥已添加', '蓝色密钥');
  await page.goto(`${base}/account/second-factor`);
  await press(page, '移除');
  await says(page, '通行密钥已移除', '蓝色密钥');
  await check(page, 'passkeys-removed');
});

test('without a script the page says what works', async (t) => {
  const port = await freePort();
  const code = await startService(t, port, at(port));
  const page = await newPage(t, { javascript: false });
  const base = `http://localhost:${port}`;
  await page.goto(`${base}/set-up`);
  await fill(page, '设置码', code);
  await fill(page, '登录名', 'root');
  await fill(page, '姓名', '管理员');
  await fill(page, '新密码', PASSWORD);
  await press(page, '建立管理员');
  await password(page, base);
  await says(page, '通行密钥需要浏览器运行脚本', '开始设置');
});
