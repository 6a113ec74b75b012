// What the paths of several roles do on pages, by what a person sees of them.

import assert from 'node:assert/strict';

import { newToken } from './paths.mjs';
import { startDemo } from './support.mjs';

/** How each path is walked: every width, with and without JavaScript. */
export const WAYS = [
  { width: 1280, javascript: true },
  { width: 768, javascript: false },
  { width: 375, javascript: true },
];

/** A way as the names of tests and pictures have it. */
export function by({ width, javascript }) {
  return `at ${width} ${javascript ? 'with' : 'without'} JavaScript`;
}

/** A demonstration of the test's own, which ends with it. */
export async function ownDemo(t) {
  const demo = await startDemo();
  t.after(demo.stop);
  return demo;
}

/** The first element in the main part that assistive technology knows by this role and name. */
async function inMain(page, name, role) {
  const found = await page.$(`main ::-p-aria([name="${name}"][role="${role}"])`);
  assert.ok(found, `${page.url()} has no ${role} named ${name}`);
  return found;
}

/** Follows a link of the main part by the keyboard. */
export async function follow(page, name) {
  const link = await inMain(page, name, 'link');
  await link.focus();
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
}

/** Chooses the option with this text from the list with this label. */
export async function choose(page, label, option) {
  const list = await inMain(page, label, 'combobox');
  const options = await list.$$eval('option', (all) => all.map(({ text, value }) => ({ text, value })));
  const wanted = options.find(({ text }) => text === option);
  assert.ok(wanted, `${label} has no ${option}, but ${options.map(({ text }) => text)}`);
  await list.select(wanted.value);
}

/** Picks one of several choices by its label, by the keyboard. */
export async function pick(page, label) {
  const choice = await inMain(page, label, 'radio');
  await choice.focus();
  await page.keyboard.press('Space');
}

/** Types into the field that a form calls so, in place of what is there: for fields whose labels repeat row by row. */
export async function enter(page, field, text) {
  const input = await page.$(`[name="${field}"]`);
  assert.ok(input, `${page.url()} has no field called ${field}`);
  await input.click({ count: 3 });
  await page.keyboard.type(text);
}

/** The text of the main part, on one line. */
export async function told(page) {
  const text = await page.$eval('main', (main) => main.innerText);
  return text.replace(/\s+/gu, ' ');
}

/** Fails unless the main part says all of this. */
export async function says(page, ...texts) {
  const all = await told(page);
  for (const text of texts) assert.ok(all.includes(text), `${page.url()} does not say ${text}, but: ${all}`);
}

/** Fails if the main part says any of this. */
export async function saysNot(page, ...texts) {
  const all = await told(page);
  for (const text of texts) assert.ok(!all.includes(text), `${page.url()} says ${text}: ${all}`);
}

/** What the API answers a role of the demonstration; nobody in particular where the role is left out. */
export async function api(demo, path, role) {
  const ask = () => fetch(`${demo.base}/api/v1${path}`, {
    headers: role ? { authorization: `Bearer ${demo.signIns[role].token}` } : {},
  });
  let response = await ask();
  // The tests may take longer than a token lasts.
  if (role && response.status === 401) {
    demo.signIns[role].token = await newToken(demo, demo.signIns[role].user);
    response = await ask();
  }
  assert.equal(response.status, 200, `${path}: ${await response.clone().text()}`);
  return response.json();
}

/** The competition of the demonstration that has come this far. */
export async function competitionAt(demo, state) {
  const { items } = await api(demo, '/competitions');
  const found = items.find((competition) => competition.state === state);
  assert.ok(found, `no competition is at ${state}`);
  return found;
}
