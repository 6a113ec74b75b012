// What the roles' paths through a competition have in common: requests by the API, links and choices by their names, and
// what a page says.

import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { named, startDemo } from './support.mjs';

/** The longest that a page may take to say something, in seconds. */
const PATIENCE = 60;

// Before a path

/** A demonstration of the test's own. */
export async function ownDemo(t) {
  const demo = await startDemo();
  t.after(demo.stop);
  return demo;
}

/** The API as one role of the demonstration: `(method, path, body, {over}) => answer`; `over` is the revision changed. */
export function api(demo, role) {
  return async (method, path, body, { over, headers = {} } = {}) => {
    const response = await fetch(`${demo.base}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${demo.signIns[role].token}`,
        'idempotency-key': randomUUID(),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(over === undefined ? {} : { 'if-match': `"${over}"` }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path} as ${role}: ${response.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  };
}

/** A new token of somebody of the demonstration: everybody has the same password. */
export async function newToken(demo, user) {
  const { password } = demo.signIns.office;
  const response = await fetch(`${demo.base}/api/v1/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: user, password }),
  });
  assert.equal(response.status, 200, `${user} signs in`);
  return (await response.json()).access_token;
}

/** Adds somebody of the demonstration to its sign-ins, which have one of each role. */
export async function knowing(demo, user) {
  const { password } = demo.signIns.office;
  demo.signIns[user] = { user, password, token: await newToken(demo, user) };
}

/** The competition of the demonstration in this state. */
export async function competition(demo, state) {
  const { items } = await api(demo, 'office')('GET', '/competitions');
  return items.find((one) => one.state === state).id;
}

/** The settings that the project brings along. */
export async function exampleSettings() {
  return JSON.parse(await readFile(new URL('../../data/settings.example.json', import.meta.url), 'utf8'));
}

const HOUR = 60 * 60 * 1000;

/** Calls a competition that takes applications for so many seconds: `{id, settings}`. */
export async function called(demo, seconds) {
  const office = api(demo, 'office');
  const settings = { ...(await exampleSettings()), title: '2026年度第四批区域卓越产业链竞赛' };
  // The demonstration has a clock of its own; a draft tells its time.
  const draft = await office('POST', '/competitions', settings);
  const at = (later) => `${new Date(Date.parse(draft.changed_at) + later + 8 * HOUR).toISOString().slice(0, 19)}+08:00`;
  let from = -HOUR;
  ['application', 'recommendation', 'checking', 'review', 'announcement'].forEach((stage, days) => {
    const until = seconds * 1000 + days * 24 * HOUR;
    settings.calendar[stage] = { from: at(from), until: at(until) };
    from = until;
  });
  await office('PUT', `/competitions/${draft.id}/settings`, settings, { over: draft.revision });
  await advance(demo, draft.id, 'application');
  return { id: draft.id, settings };
}

/** Moves a competition to its next state. */
export async function advance(demo, id, to) {
  const office = api(demo, 'office');
  const { revision } = await office('GET', `/competitions/${id}`);
  await office('POST', `/competitions/${id}/state`, { to }, { over: revision });
}

/** Files an application by the API, and gives its identifier. */
export async function filed(demo, role, { id, settings }, chain, title) {
  const applicant = api(demo, role);
  const application = (await applicant('POST', `/competitions/${id}/applications`, { chain_number: chain, role: 'core' })).id;
  const path = `/applications/${application}`;
  const pdf = pdfFile();
  const digest = createHash('sha256').update(pdf).digest('base64');
  const uploaded = await fetch(`${demo.base}/api/v1${path}/evidence?kind=figures&name=figures.pdf`, {
    method: 'POST',
    headers: { authorization: `Bearer ${demo.signIns[role].token}`, 'content-digest': `sha-256=:${digest}:`, 'content-type': 'application/pdf' },
    body: pdf,
  });
  const evidence = (await uploaded.json()).id;
  const measured = settings.rubric.criteria.flatMap(({ indicators }) => indicators).filter(({ kind }) => kind === 'measured');
  const claim = ({ type, units, tiers }) => {
    if (type === 'per_unit') return Object.fromEntries(Object.keys(units).map((unit) => [unit, 1]));
    return type === 'tiers' ? Object.keys(tiers)[0] : '30';
  };
  const figures = measured.map(({ key, unit, rule }) => (
    { indicator: key, unit: unit ?? '', calibre: '规上工业企业', year: 2025, source_body: '市统计局', evidence: [evidence], value: claim(rule) }
  ));
  const parts = {
    profile: { title, leading_industry: title, area_km2: '48.5', contact_name: '王小明', contact_post: '科长', contact_phone: '0512-12345678' },
    firms: { firms: [{ name: '示例龙头公司', credit_code: '91440300708461136T', role: 'chain_leader' }] },
    figures: { figures },
    undertaking: { accepted: true, signatory: '李局长', post: '局长' },
  };
  for (const { key } of settings.sections) parts[`section.${key}`] = { text: `${title}：本节内容。` };
  for (const [part, content] of Object.entries(parts)) await applicant('PUT', `${path}/parts/${part}`, content, { over: 0 });
  const { revision } = await applicant('GET', path);
  await applicant('POST', `${path}/submissions`, undefined, { over: revision });
  return application;
}

/** A PDF of this many bytes. */
export function pdfFile(size = 1000) {
  const head = '%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n';
  return Buffer.from(`${head.padEnd(size - 6)}%%EOF\n`);
}

/** Files for a test, gone after it: the paths of these names and contents. */
export async function files(t, contents) {
  const directory = await mkdtemp(join(tmpdir(), 'qianglian-files-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const paths = Object.keys(contents).map((name) => join(directory, name));
  await Promise.all(Object.values(contents).map((content, at) => writeFile(paths[at], content)));
  return paths;
}

// On the path

/** Follows the first link with this name by the keyboard. */
export async function follow(page, name) {
  const link = await named(page, name, 'link');
  await link.focus();
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
}

/** Ticks the box, or chooses the one of several, with this name. */
export async function tick(page, name, role = 'checkbox') {
  await (await named(page, name, role)).click();
}

/** Chooses from the list with this name the first that these words are part of. */
export async function choose(page, name, words) {
  const list = await named(page, name, 'combobox');
  const offered = await list.evaluate((select, wanted) => {
    const option = [...select.options].find(({ text }) => text.includes(wanted));
    return option?.value;
  }, words);
  assert.ok(offered !== undefined, `${name} offers ${words}`);
  await list.select(offered);
}

/** Enters values by the names of fields, all at once: what a long form holds besides what a test is about. */
export async function enter(page, values) {
  await page.evaluate((given) => {
    for (const [name, typed] of Object.entries(given)) {
      const fields = [...document.getElementsByName(name)].filter((field) => field.type !== 'hidden');
      const field = fields.find((one) => one.type !== 'radio' || one.value === typed);
      if (!field) throw new Error(`no field ${name} takes ${typed}`);
      if (['radio', 'checkbox'].includes(field.type)) field.checked = true;
      else field.value = typed;
      field.dispatchEvent(new Event('input', { bubbles: true }));
      field.dispatchEvent(new Event('change', { bubbles: true }));
    }
  }, values);
}

/** Chooses files in the upload field. */
export async function chooseFiles(page, paths) {
  const field = await page.$('input[type=file]');
  await field.uploadFile(...paths);
}

/** Presses a button that leads nowhere by itself. */
export async function pushButton(page, name) {
  const button = await named(page, name, 'button');
  await button.focus();
  await page.keyboard.press('Enter');
}

/** Presses a button that saves first, and waits until that save has found no server. */
export async function savesInVain(page, name) {
  const failures = () => page.complaints.filter((complaint) => complaint.startsWith('request failed')).length;
  const before = failures();
  await pushButton(page, name);
  await eventually(async () => failures() > before, 'the button tries to save');
}

/** The value of the field with this name. */
export async function value(page, name) {
  return page.$eval(`[name="${name}"]:not([type=hidden])`, (field) => field.value);
}

/** What the page shows, without white space, which differs with the width. */
export async function shownText(page) {
  const text = await page.evaluate(() => document.body.innerText);
  return text.replace(/\s+/g, '');
}

/** Waits until the page says all of this. */
export async function says(page, ...texts) {
  for (const text of texts) {
    await eventually(async () => (await shownText(page)).includes(text.replace(/\s+/g, '')), `${page.url()} says “${text}”`);
  }
}

/** Fails if the page says this. */
export async function isSilentOn(page, text) {
  assert.ok(!(await shownText(page)).includes(text.replace(/\s+/g, '')), `${page.url()} says “${text}”`);
}

/** Waits for something to hold, for so many seconds at most. */
export async function eventually(holds, told, seconds = PATIENCE) {
  const until = Date.now() + seconds * 1000;
  // What is asked may be between two documents.
  const now = () => holds().catch((error) => { if (/context|detached/i.test(error.message)) return false; throw error; });
  while (!(await now())) {
    assert.ok(Date.now() < until, told);
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
}

/** Waits for the focus to be at what a selector names: classes and names are put on by and by after a part of a page was replaced. */
export async function isFocused(page, selector, told = `the focus is at ${selector}`) {
  await eventually(() => page.evaluate((wanted) => document.activeElement.matches(wanted), selector), told);
}

/**
 * Waits for the piece of evidence that a page frames: whether it is shown, and as the driver of the browser loses hold of a
 * page that is left while the viewer of PDF, a frame in a frame, begins.
 */
export async function seesEvidence(page) {
  const isDocument = (frame) => frame.parentFrame()?.url().startsWith('chrome-extension:') && frame.url().includes('/evidence/');
  const shown = () => eventually(async () => page.frames().some(isDocument), 'the evidence is shown', PATIENCE / 6);
  // The viewer now and then does not begin on a busy machine, however long one waits. People load the page again then.
  for (let again = 0; again < 4; again += 1) {
    if (await shown().then(() => true, () => false)) return;
    await page.reload();
  }
  await shown();
}

/** Whose session a page is in ends: as if its time were over. */
export async function endSession(page) {
  const cookies = await page.browserContext().cookies();
  assert.ok(cookies.some(({ httpOnly }) => httpOnly), 'there is a session');
  await page.browserContext().deleteCookie(...cookies);
}
