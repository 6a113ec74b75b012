// Prepares what the test files share (a demonstration that is only read, a copy to start others from, a browser), runs
// them, and ends what was started.

import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import puppeteer from 'puppeteer-core';

import { startDemo } from './support.mjs';

const SUFFIX = '.test.mjs';

async function testFiles(wanted) {
  const there = (await readdir('.')).filter((file) => file.endsWith(SUFFIX)).sort();
  const unknown = wanted.filter((name) => !there.includes(name + SUFFIX));
  if (unknown.length > 0) throw new Error(`no such tests: ${unknown.join(', ')}`);
  return wanted.length > 0 ? wanted.map((name) => name + SUFFIX) : there;
}

function launch() {
  return puppeteer.launch({
    executablePath: process.env.CHROMIUM,
    // Chromium's sandbox refuses to run as root, as which it runs in a container.
    args: ['--no-proxy-server', '--lang=zh-CN', ...(process.getuid() === 0 ? ['--no-sandbox'] : [])],
  });
}

async function runTests(files, shared) {
  const child = spawn(process.execPath, ['--test', '--test-reporter=spec', '--test-concurrency=2', ...files], {
    env: { ...process.env, BROWSER_SHARED: JSON.stringify(shared) },
    stdio: 'inherit',
  });
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}

const files = await testFiles(process.argv.slice(2));
await mkdir(process.env.BROWSER_OUTPUT, { recursive: true });
const directory = await mkdtemp(join(tmpdir(), 'qianglian-browser-'));
const ends = [() => rm(directory, { recursive: true, force: true })];
try {
  const prepared = join(directory, 'prepared');
  await promisify(execFile)(process.env.QIANGLIAN, ['demo', '--no-serve', '--data', prepared]);
  const demo = await startDemo(prepared);
  ends.unshift(demo.stop);
  const browser = await launch();
  ends.unshift(() => browser.close());
  const { base, signIns } = demo;
  process.exitCode = await runTests(files, { demo: { base, signIns }, prepared, browser: browser.wsEndpoint() });
} finally {
  for (const end of ends) await end();
}
