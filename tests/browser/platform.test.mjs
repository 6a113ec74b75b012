// Signing in by a platform that somebody else wrote: `oidc-provider`, with its own pages, in the browser.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import Provider from 'oidc-provider';

import { follow, says } from './steps.mjs';
import { check, fill, freePort, newPage, press, startService } from './support.mjs';

const PASSWORD = 'maple-harbour-violin-58';
const SECRET = 'a-secret-of-the-tests';

/** A provider that signs by this algorithm, and takes anybody by any name. */
async function startProvider(t, base, algorithm) {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const { generateKeyPairSync } = await import('node:crypto');
  const pair = algorithm === 'ES256'
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
    : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = { ...pair.privateKey.export({ format: 'jwk' }), kid: 'of-the-tests', use: 'sig', alg: algorithm };
  const provider = new Provider(issuer, {
    clients: [{
      client_id: 'qianglian',
      client_secret: SECRET,
      redirect_uris: [`${base}/sign-in/platform/return`],
      id_token_signed_response_alg: algorithm,
    }],
    jwks: { keys: [key] },
    pkce: { required: () => true },
    cookies: { keys: ['of the tests'] },
  });
  const server = provider.listen(port, '127.0.0.1');
  t.after(() => new Promise((resolve) => {
    server.closeAllConnections();
    server.close(resolve);
  }));
  return issuer;
}

/** The service with that platform: its set-up code. */
function startWithPlatform(t, port, issuer) {
  return startService(t, port, {
    QIANGLIAN_SECOND_FACTOR: 'optional',
    QIANGLIAN_OIDC_ISSUER: issuer,
    QIANGLIAN_OIDC_CLIENT_ID: 'qianglian',
    QIANGLIAN_OIDC_CLIENT_SECRET: SECRET,
    QIANGLIAN_OIDC_NAME: '省统一认证平台',
    QIANGLIAN_PUBLIC_URL: `http://127.0.0.1:${port}`,
  });
}

/** Says who one is on the provider's own pages, and comes back. */
async function confirmThere(page, issuer, name) {
  assert.ok(page.url().startsWith(issuer), page.url());
  await page.type('input[name="login"]', name);
  await page.type('input[name="password"]', 'any');
  await Promise.all([page.waitForNavigation(), page.click('button[type="submit"]')]);
  // It asks whether we may know.
  await Promise.all([page.waitForNavigation(), page.click('button[type="submit"]')]);
}

for (const algorithm of ['RS256', 'ES256', 'PS256']) {
  test(`an account is linked to a platform and signed in to by it (${algorithm})`, async (t) => {
    const port = await freePort();
    const base = `http://127.0.0.1:${port}`;
    const issuer = await startProvider(t, base, algorithm);
    const code = await startWithPlatform(t, port, issuer);
    const owner = await visitor(t);
    await owner.goto(`${base}/set-up`);
    await fill(owner, '设置码', code);
    await fill(owner, '登录名', 'root');
    await fill(owner, '姓名', '管理员');
    await fill(owner, '新密码', PASSWORD);
    await press(owner, '建立管理员');

    // Known to the platform, and to nobody here.
    await owner.goto(`${base}/sign-in`);
    await check(owner, `platform-sign-in-${algorithm}`);
    await follow(owner, '通过省统一认证平台登录');
    await confirmThere(owner, issuer, 'zhang-san');
    await says(owner, '未关联可用的账号', '系统管理员');
    await owner.goto(`${base}/sign-in?next=%2Faccount%2Fplatform`);
    await fill(owner, '登录名', 'root');
    await fill(owner, '密码', PASSWORD);
    await press(owner, '登录');
    // The provider knows the browser by now and sends it back at once.
    await follow(owner, '关联省统一认证平台');
    await says(owner, 'zhang-san', 'root');
    await check(owner, `platform-confirm-${algorithm}`);
    await fill(owner, '现密码', PASSWORD);
    await press(owner, '确认关联');
    await says(owner, 'zhang-san', '解除关联');
    await check(owner, `platform-linked-${algorithm}`);

    const later = await visitor(t);
    await later.goto(`${base}/sign-in`);
    await follow(later, '通过省统一认证平台登录');
    await confirmThere(later, issuer, 'zhang-san');
    assert.equal(later.url(), `${base}/desk`);
    await later.goto(`${base}/account`);
    await says(later, 'root');

    // Whoever else the platform knows is nobody here.
    const other = await visitor(t);
    await other.goto(`${base}/sign-in`);
    await follow(other, '通过省统一认证平台登录');
    await confirmThere(other, issuer, 'li-si');
    await says(other, '未关联可用的账号');
  });
}

/** A page in a browser of its own; what the provider's pages complain of is not looked at. */
async function visitor(t) {
  const page = await newPage(t);
  page.complaints.push = () => page.complaints.length;
  return page;
}
