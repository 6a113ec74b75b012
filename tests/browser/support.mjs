// What the tests in a browser have in common. `run` provides the environment.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

import puppeteer from 'puppeteer-core';

const runProgram = promisify(execFile);
const shared = JSON.parse(process.env.BROWSER_SHARED ?? '{}');

/** The height that belongs to each width: a desktop, a tablet, a telephone. */
const HEIGHTS = { 1280: 900, 768: 1024, 375: 812 };

/** The widths at which every page is looked at. */
export const WIDTHS = Object.keys(HEIGHTS).map(Number);

/** WCAG 2.2 at levels A and AA. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

// Demonstrations

/** The demonstration that all files of a run share: `{base, signIns}`. Read only; what changes things starts its own. */
export function sharedDemo() {
  return shared.demo;
}

/**
 * Serves a copy of the prepared demonstration: `{base, signIns, stop}`, where `signIns` has `{user, password, token}` by
 * role. The caller stops it.
 */
export async function startDemo(prepared = shared.prepared) {
  const directory = await mkdtemp(join(tmpdir(), 'qianglian-demo-'));
  const file = join(directory, 'sign-ins.json');
  const data = join(directory, 'data');
  await cp(prepared, data, { recursive: true });
  const program = spawn(
    process.env.QIANGLIAN,
    ['demo', '--data', data, '--listen', '127.0.0.1:0', '--sign-ins', file],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = new Promise((resolve) => program.once('close', resolve));
  const stop = async () => {
    program.kill();
    await ended;
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const base = await address(program);
    return { base, signIns: JSON.parse(await readFile(file, 'utf8')), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Waits for the line in which a demonstration tells its address. */
function address(program) {
  return new Promise((resolve, reject) => {
    createInterface(program.stdout).on('line', (line) => {
      const found = line.match(/http:\/\/[^/\s]+/);
      if (found) resolve(found[0]);
    });
    program.once('error', reject);
    program.once('exit', (code) => reject(new Error(`the demonstration ended with ${code}`)));
  });
}

/** A port that is free now, for what must be told an address before it starts. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The service on empty data, with these variables, until the test `t` ends: its set-up code. */
export async function startService(t, port, environment) {
  const directory = await mkdtemp(join(tmpdir(), 'qianglian-service-'));
  const program = spawn(process.env.QIANGLIAN, ['serve', '--data', directory, '--listen', `127.0.0.1:${port}`], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: process.env.PATH, ...environment },
  });
  const ended = new Promise((resolve) => program.once('close', resolve));
  t.after(async () => {
    program.kill();
    await ended;
    await rm(directory, { recursive: true, force: true });
  });
  return new Promise((resolve, reject) => {
    let code;
    createInterface(program.stdout).on('line', (line) => {
      code = line.match(/qll_\S+/)?.[0] ?? code;
      if (line.includes('Qianglian serves')) resolve(code);
    });
    program.once('exit', (status) => reject(new Error(`the service ended with ${status}`)));
  });
}

// Pages

/**
 * A page with cookies of its own. `page.finish()` closes it and fails if anything went wrong in it: an error on the
 * console, an exception, a request that failed or was refused, a violation of the content security policy. It runs by
 * itself at the end of the test `t`. A test that provokes such complaints names them by `expected`, one pattern for each
 * kind: then they must occur. Those that depend on which of two comes first are `possible`.
 */
export async function newPage(t, { width = 1280, javascript = true, expected = [], possible = [] } = {}) {
  const browser = await puppeteer.connect({ browserWSEndpoint: shared.browser });
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  let finished = false;
  page.finish = async () => {
    if (finished) return;
    finished = true;
    await context.close();
    await browser.disconnect();
    judge(page.complaints, expected, possible);
  };
  t.after(page.finish);
  const mobile = width < 1024;
  await page.setViewport({ width, height: HEIGHTS[width], isMobile: mobile, hasTouch: mobile });
  await page.setJavaScriptEnabled(javascript);
  page.complaints = await collectComplaints(page);
  return page;
}

async function collectComplaints(page) {
  const complaints = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message ?? error}`));
  page.on('requestfailed', (request) => {
    // The browser's own viewer of PDF, whose page was left before it was there.
    if (request.url().startsWith('chrome-extension:')) return;
    complaints.push(`request failed: ${request.url()} ${request.failure()?.errorText ?? ''}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`response ${response.status()}: ${response.url()}`);
  });
  // Not every violation reaches the console: one that is only reported does not.
  const session = await page.createCDPSession();
  session.on('Audits.issueAdded', ({ issue }) => {
    const details = issue.details.contentSecurityPolicyIssueDetails;
    if (details) complaints.push(`content security policy: ${details.violatedDirective} ${details.blockedURL ?? 'inline'}`);
  });
  await session.send('Audits.enable');
  return complaints;
}

function judge(complaints, expected, possible) {
  const surprising = complaints.filter((complaint) => ![...expected, ...possible].some((pattern) => pattern.test(complaint)));
  const absent = expected.filter((pattern) => !complaints.some((complaint) => pattern.test(complaint)));
  const told = [...surprising, ...absent.map((pattern) => `expected, but did not occur: ${pattern}`)];
  assert.ok(told.length === 0, `the page complains:\n${told.join('\n')}`);
}

/** Types into the field with this label, in place of what is there. */
export async function fill(page, label, text) {
  const field = await named(page, label, 'textbox');
  await field.focus();
  await page.keyboard.down('Control');
  await page.keyboard.press('a');
  await page.keyboard.up('Control');
  await page.keyboard.press('Backspace');
  await page.keyboard.type(text);
}

/** Presses the button with this name; whoever is asked to read what follows first confirms it. */
export async function press(page, name) {
  await pressOnce(page, name);
  if (await page.$('form input[name="_confirm"]')) await pressOnce(page, '已核对，确认办理');
}

/** Presses the button with this name by the keyboard, and waits for the page to which it leads. */
export async function pressOnce(page, name) {
  const button = await named(page, name, 'button');
  await button.focus();
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
}

/** The element that assistive technology knows by this role and name. */
export async function named(page, name, role) {
  const found = await page.$(`::-p-aria([name="${name}"][role="${role}"])`);
  assert.ok(found, `${page.url()} has no ${role} named ${name}`);
  return found;
}

/** Signs in as a role of the demonstration, and ends on the desk. */
export async function signIn(page, role, demo = sharedDemo()) {
  const { user, password } = demo.signIns[role];
  await page.goto(`${demo.base}/sign-in`);
  for (const name of ['/name', '/password']) {
    assert.ok(await page.$(`input[name="${name}"]`), `no field is called ${name}`);
  }
  await fill(page, '登录名', user);
  await fill(page, '密码', password);
  await press(page, '登录');
  assert.equal(new URL(page.url()).pathname, '/desk', `${role} is signed in`);
}

// What holds for every page

/**
 * Fails where the page breaks a rule of accessibility or scrolls sideways. Keeps a picture of it in
 * `target/browser/<name>-<width>.jpeg`.
 */
export async function check(page, name) {
  const problems = [...(await accessibilityProblems(page)), ...(await layoutProblems(page, name))];
  report(problems, page, name);
}

/** As `check`, without the rules of accessibility. */
export async function checkLayout(page, name) {
  report(await layoutProblems(page, name), page, name);
}

async function layoutProblems(page, name) {
  const { width } = page.viewport();
  await page.screenshot({ path: output(`${name}-${width}.jpeg`), type: 'jpeg', quality: 70, fullPage: true });
  return page.evaluate(sidewaysProblems, width);
}

function report(problems, page, name) {
  const { width } = page.viewport();
  assert.ok(problems.length === 0, `${name} at ${width}:\n${problems.join('\n')}`);
}

function output(file) {
  return join(process.env.BROWSER_OUTPUT, file);
}

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// Timers stand still where scripts are switched off, while promises go on. Only those without delay are needed: the
// others are limits of time on frames. The page has its own `setTimeout` and never sees this one.
const TIMERS = `{
  const waiting = new Set();
  let last = 0;
  globalThis.setTimeout = (act, delay = 0, ...given) => {
    waiting.add(++last);
    const mine = last;
    if (delay <= 1) Promise.resolve().then(() => waiting.delete(mine) && act(...given));
    return mine;
  };
  globalThis.clearTimeout = (which) => { waiting.delete(which); };
}`;

/** Runs axe in a world of its own in the page, which neither the page's policy nor a lack of scripts stops. */
async function accessibilityProblems(page) {
  const session = await page.createCDPSession();
  const { frameTree } = await session.send('Page.getFrameTree');
  const world = { frameId: frameTree.frame.id, worldName: 'accessibility' };
  const { executionContextId } = await session.send('Page.createIsolatedWorld', world);
  const evaluate = async (expression) => {
    const request = { expression, contextId: executionContextId, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', request);
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  // Preloading would fetch the page's styles once more; only rules on orientation and on sound use it. A frame shows a
  // PDF by the browser's own viewer, which answers to no script: axe would wait for it for ever.
  const options = { runOnly: RULES, resultTypes: ['violations'], preload: false, iframes: false };
  await evaluate(`${TIMERS}${AXE};0`);
  // The line that tells of saving sticks to the window's edge: what it covers at the moment is uncovered by scrolling.
  const sticking = (position) => `for (const line of document.querySelectorAll('.saved')) line.style.position = '${position}';0`;
  await evaluate(sticking('static'));
  const found = await evaluate(`axe.run(document, ${JSON.stringify(options)}).then((result) => result.violations)`);
  await evaluate(sticking(''));
  await session.detach();
  return found.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id} (${help})\n  at ${node.target.join(' ')}\n  ${node.html}`));
}

/** In the page: what makes the document wider than its window. */
function sidewaysProblems(width) {
  const wide = document.documentElement.scrollWidth;
  if (wide <= width) return [];
  const reaches = (element) => element.getBoundingClientRect().left + element.scrollWidth > width + 0.01;
  const beyond = [...document.body.querySelectorAll('*')].filter((e) => reaches(e) && ![...e.children].some(reaches));
  const told = beyond.slice(0, 5).map((element) => `  ${element.cloneNode().outerHTML}`);
  return [`the document is ${wide} wide in a window of ${width}:\n${told.join('\n')}`];
}

// Paper

/**
 * Prints the page on A4 into `target/browser/<name>.pdf`, fails if any text of it is clipped or absent there, or a sheet
 * of paper does not say which it is and of how many, and gives
 * `{pages, text, solid}`, the last without blanks, heads and numbers. The values of form fields are not compared.
 */
export async function pdf(page, name) {
  const path = output(`${name}.pdf`);
  await page.pdf({ path, format: 'A4', preferCSSPageSize: true, printBackground: true });
  const { stdout: facts } = await runProgram('pdfinfo', [path]);
  const { stdout: text } = await runProgram('pdftotext', ['-raw', '-enc', 'UTF-8', path, '-'], { maxBuffer: 1 << 26 });
  assert.match(facts, /^Page size:.*\(A4\)/m, `${name} is printed on A4`);
  const pages = Number(facts.match(/^Pages:\s+(\d+)$/m)[1]);
  const { texts, clipped } = await printable(page);
  const head = await page.$$eval('.running', ([running]) => running?.textContent ?? '');
  const sheets = text.split('\f').slice(0, pages).map(squeezed);
  const nameless = sheets.flatMap((sheet, at) => {
    const headed = head === '' || (sheet.includes(squeezed(head)) && sheet.includes(`${at + 1}/${pages}`));
    return headed ? [] : [`sheet ${at + 1} of ${pages} does not say “${head}”`];
  });
  const problems = [
    ...clipped.map((piece) => `clipped: ${piece}`),
    ...nameless,
    ...missing(texts, squeezed(text), pages).map((piece) => `not on paper: ${piece}`),
  ];
  assert.ok(problems.length === 0, `${name} on paper:\n${problems.join('\n')}`);
  // What runs over the end of a sheet goes on below the head of the next.
  const bare = (sheet, at) => sheet.replace(/\s/g, '').replace(`${at + 1}/${pages}`, '').replace(head.replace(/\s/g, ''), '');
  return { pages, text, solid: text.split('\f').map(bare).join('') };
}

/** Text as it can be compared: fonts stand for characters in several ways, and lines break anywhere. */
function squeezed(text) {
  return text.normalize('NFKC').replace(/[\s\u00ad\u200b]+/gu, '');
}

/** The texts that are not on paper. A text may be divided by the end of a page, so it is sought in as many parts. */
function missing(texts, paper, pages) {
  const count = (characters) => {
    const counts = new Map();
    for (const character of characters) counts.set(character, (counts.get(character) ?? 0) + 1);
    return counts;
  };
  const pieces = texts.map(squeezed).filter((text) => text !== '');
  const there = count(paper);
  const fewer = [...count(pieces.join(''))].filter(([character, number]) => (there.get(character) ?? 0) < number);
  const absent = pieces.filter((piece) => !covered(piece, paper, pages));
  return [...absent, ...fewer.map(([character, number]) => `${character} is there ${there.get(character) ?? 0} times of ${number}`)];
}

/** Whether a text stands on paper in no more parts than this. */
function covered(text, paper, parts) {
  if (paper.includes(text)) return true;
  if (parts === 1) return false;
  let length = text.length - 1;
  while (length > 0 && !paper.includes(text.slice(0, length))) length -= 1;
  return length > 0 && covered(text.slice(length), paper, parts - 1);
}

/** The texts of the page as it is laid out for paper, and which of them something cuts off. */
async function printable(page) {
  const before = page.viewport();
  await page.emulateMediaType('print');
  const width = await page.evaluate(paperWidth);
  await page.setViewport({ ...before, width: Math.floor(width), isMobile: before.isMobile });
  // A busy browser may still show the page as on a screen, or show it so again: it takes off what is emulated when a
  // session with it ends, which may come later than what is asked for after that.
  let found;
  while (!(found = await page.evaluate(printableTexts))) await page.emulateMediaType('print');
  await page.setViewport(before);
  await page.emulateMediaType(null);
  return found;
}

/** In the page: how wide A4 is between the margins that the page's styles set. */
function paperWidth() {
  const pixels = (length) => (length ? CSSNumericValue.parse(length).to('px').value : 0);
  const rules = (list) => [...list].flatMap((rule) => [rule, ...(rule.cssRules ? rules(rule.cssRules) : [])]);
  const pageRules = [...document.styleSheets].flatMap((sheet) => rules(sheet.cssRules))
    .filter((rule) => rule instanceof CSSPageRule && rule.selectorText === '');
  const margin = (side) => pageRules.map((rule) => pixels(rule.style[side])).pop() ?? 0;
  return pixels('210mm') - margin('marginLeft') - margin('marginRight');
}

/**
 * In the page, while it is laid out for paper (nothing otherwise): every text that is shown, and those that reach beyond
 * an element that hides what overflows.
 */
function printableTexts() {
  if (!matchMedia('print').matches) return null;
  const boxes = (element) => {
    const found = [];
    for (let at = element; at && at !== document.body; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.overflowX !== 'visible' || style.overflowY !== 'visible') found.push(at.getBoundingClientRect());
    }
    return found;
  };
  const beyond = (text, box) =>
    text.left < box.left - 1 || text.right > box.right + 1 || text.top < box.top - 1 || text.bottom > box.bottom + 1;
  const texts = [];
  const clipped = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const range = document.createRange();
    range.selectNodeContents(node);
    const rectangles = [...range.getClientRects()];
    const parent = node.parentElement;
    if (node.data.trim() === '' || rectangles.length === 0 || !parent.checkVisibility({ visibilityProperty: true })) continue;
    const around = boxes(parent);
    // What is one pixel large is there for screen readers alone.
    if (around.some((box) => box.width <= 1 || box.height <= 1)) continue;
    texts.push(node.data);
    if (rectangles.some((text) => around.some((box) => beyond(text, box)))) clipped.push(node.data.trim());
  }
  return { texts, clipped };
}
