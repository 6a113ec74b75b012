// The helpers against pages that are known to be good or bad: a check that cannot fail shows nothing.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';

import { check, newPage, pdf, signIn, startDemo } from './support.mjs';

const POLICY = "default-src 'none'; form-action 'self'";

const PAGES = {
  '/good': '<h1>强链</h1><p>一切正常。</p>',
  '/image': '<h1>强链</h1><img src="/picture.svg">',
  '/script': '<h1>强链</h1><script>document.title = "运行"</script>',
  '/wide': '<h1>强链</h1><pre id="wide">' + '长'.repeat(400) + '</pre>',
  '/clipped': '<h1>强链</h1><div id="clipped">' + '裁'.repeat(200) + '</div>',
  '/beyond': '<h1>强链</h1><p id="beyond">纸外</p>',
  '/long': Array.from({ length: 120 }, (_, number) => `<p>第${number}段：${'区域卓越产业链'.repeat(9)}</p>`).join(''),
  '/sign-in': `<form method="post"><label>登录名 <input name="/name"></label>
    <label>密码 <input name="/password" type="password"></label><button>登录</button></form>`,
  '/desk': '<h1>工作台</h1>',
};

const STYLE = `#clipped{width:9rem;overflow:hidden;white-space:nowrap} #beyond{position:absolute;left:5000px}
  @page{size:A4;margin:2cm}`;

const SIGN_INS = { office: { user: 'office-1', password: '密码 with spaces' } };

/** Scripts and styles by file alone; `/throws` has no policy, so that its script runs. */
function answer(request, response) {
  const { pathname } = new URL(request.url, 'http://localhost');
  const html = (body) => `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>强链</title>
    <meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/style.css"></head>
    <body><main>${body}</main></body></html>`;
  const reply = (status, type, body, policy = `${POLICY}; style-src 'self'; img-src 'self'`) => {
    response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'content-security-policy': policy });
    response.end(body);
  };
  if (request.method === 'POST') return signedIn(request, response);
  if (pathname === '/style.css') return reply(200, 'text/css', STYLE);
  // The browser asks for an icon by itself.
  if (['/picture.svg', '/favicon.ico'].includes(pathname)) return reply(200, 'image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg"/>');
  if (pathname === '/throws') return reply(200, 'text/html', html('<script>throw new Error("坏了")</script>'), '');
  if (pathname in PAGES) return reply(200, 'text/html', html(PAGES[pathname]));
  return reply(404, 'text/html', html('<h1>没有</h1>'));
}

async function signedIn(request, response) {
  let body = '';
  for await (const part of request) body += part;
  const fields = Object.fromEntries(new URLSearchParams(body));
  const { user, password } = SIGN_INS.office;
  const right = fields['/name'] === user && fields['/password'] === password;
  response.writeHead(303, { location: right ? '/desk' : '/sign-in' }).end();
}

const server = createServer(answer);
let base;

before(async () => {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${server.address().port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

async function open(t, path, options) {
  const page = await newPage(t, options);
  await page.goto(base + path);
  return page;
}

for (const javascript of [true, false]) {
  const how = javascript ? '' : ' without JavaScript';

  test(`a good page passes${how}`, async (t) => {
    const page = await open(t, '/good', { javascript });
    await check(page, 'harness-good');
    assert.equal((await pdf(page, 'harness-good')).pages, 1);
    await page.finish();
  });

  test(`an image without a text is told${how}`, async (t) => {
    const page = await open(t, '/image', { javascript });
    await assert.rejects(check(page, 'harness-image'), /image-alt[^]*at img[^]*picture\.svg/);
  });

  test(`a document that scrolls sideways is told${how}`, async (t) => {
    for (const width of [1280, 375]) {
      const page = await open(t, '/wide', { width, javascript });
      await assert.rejects(check(page, 'harness-wide'), /in a window of[^]*id="wide"/);
    }
  });

  test(`text that is cut off on paper is told${how}`, async (t) => {
    await assert.rejects(pdf(await open(t, '/clipped', { javascript }), 'harness-clipped'), /clipped: 裁裁/);
    await assert.rejects(pdf(await open(t, '/beyond', { javascript }), 'harness-beyond'), /not on paper: 纸外/);
  });

  test(`text over several pages is whole${how}`, async (t) => {
    const { pages } = await pdf(await open(t, '/long', { javascript }), 'harness-long');
    assert.ok(pages > 1);
  });

  test(`signing in ends on the desk${how}`, async (t) => {
    const page = await newPage(t, { javascript });
    await signIn(page, 'office', { base, signIns: SIGN_INS });
    const wrong = { office: { user: 'office-1', password: 'wrong' } };
    await assert.rejects(signIn(page, 'office', { base, signIns: wrong }), /office is signed in/);
  });
}

test('an inline script that the policy refuses is told', async (t) => {
  const page = await open(t, '/script');
  await assert.rejects(page.finish(), /content security policy: script-src-elem inline/);
});

test('an exception is told', async (t) => {
  const page = await open(t, '/throws');
  await assert.rejects(page.finish(), /exception: 坏了/);
});

test('a request that is refused is told', async (t) => {
  const page = await open(t, '/absent');
  await assert.rejects(page.finish(), /response 404: .*\/absent/);
});

test('a request that fails is told', async (t) => {
  const page = await newPage(t);
  await assert.rejects(page.goto('http://127.0.0.1:1/'));
  await assert.rejects(page.finish(), /request failed: http:\/\/127\.0\.0\.1:1\//);
});

test('what is expected must occur', async (t) => {
  await (await open(t, '/absent', { expected: [/404/] })).finish();
  const page = await open(t, '/good', { expected: [/404/] });
  await assert.rejects(page.finish(), /did not occur: \/404\//);
});

test('a test ends with the judgement of its page', async () => {
  const ends = [];
  const page = await newPage({ after: (end) => ends.push(end) });
  await page.goto(`${base}/absent`);
  assert.equal(ends.length, 1);
  await assert.rejects(ends[0](), /response 404/);
});

test('a demonstration of its own is served', async (t) => {
  const demo = await startDemo();
  t.after(demo.stop);
  assert.ok(demo.signIns.office.token);
  assert.equal((await fetch(`${demo.base}/api/v1/announcements`)).status, 200);
});
