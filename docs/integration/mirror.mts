// Keeps a copy of what a system may see, as files: `node mirror.mjs DIRECTORY`, from a timer, as often as wanted.
//
// Node's own modules only. BASE is the service's address, TOKEN the token of an external system that reads applications, competitions
// and changes. The directory has one file for each application and competition, and `place.json`: how far the changes were followed.
// The place is written after what it stands for, so that a run that breaks off is made good by the next.

import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';

type Application = { id: string; competition_id: string };
type Change = { application_id?: string | null; competition_id: string; whole?: boolean };
type Changes = { items: Change[]; next_cursor: string; more: boolean };
type Competitions = { items: { id: string }[]; next_cursor: string | null };
type Kept<T> = { tag: string; value: T };

class Gone extends Error {}

const [, , directory = 'mirror'] = process.argv;
const headers = { Authorization: `Bearer ${process.env.TOKEN}` };
let requests = 0;

/** An answer, asked for again while the service has no time. */
async function ask(path: string, more: Record<string, string> = {}): Promise<Response> {
  for (;;) {
    requests += 1;
    const answer = await fetch(process.env.BASE + path, { headers: { ...headers, ...more } });
    if (answer.status !== 429 && answer.status !== 503) return answer;
    await answer.arrayBuffer();
    const seconds = Number(answer.headers.get('Retry-After') ?? 1);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  }
}

/** What is read, or nothing where it is not there, not there yet or not for us. */
async function read<T>(path: string): Promise<T | null> {
  const answer = await ask(path);
  if ([403, 404, 409].includes(answer.status)) return null;
  if (answer.status === 410) throw new Gone();
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

const fileOf = (id: string) => join(directory, `${id}.json`);

async function load<T>(name: string): Promise<T | null> {
  try {
    return JSON.parse(await readFile(fileOf(name), 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Writes a file whole or not at all. */
async function keep(name: string, value: unknown): Promise<void> {
  const part = `${fileOf(name)}.part`;
  await writeFile(part, `${JSON.stringify(value, null, 1)}\n`);
  await rename(part, fileOf(name));
}

/** A competition with its settings. The tag that it had says whether it has changed since. */
async function competition(id: string): Promise<void> {
  const name = `competition-${id}`;
  const before = await load<Kept<unknown>>(name);
  const answer = await ask(`/api/v1/competitions/${id}`, before ? { 'If-None-Match': before.tag } : {});
  if (answer.status === 304) return;
  if (answer.status === 404) return rm(fileOf(name), { force: true });
  if (!answer.ok) throw new Error(`${id}: ${answer.status}`);
  await keep(name, { tag: answer.headers.get('ETag'), value: await answer.json() });
}

/** All applications of a competition, a line each, in one request; what is no longer there goes. */
async function exported(id: string): Promise<void> {
  const answer = await ask(`/api/v1/competitions/${id}/export`);
  if (!answer.ok) throw new Error(`export of ${id}: ${answer.status}`);
  const lines = (await answer.text()).split('\n').filter((line) => line !== '');
  const there = new Set<string>();
  for (const line of lines) {
    const application = JSON.parse(line) as Application;
    there.add(`application-${application.id}.json`);
    await keep(`application-${application.id}`, application);
  }
  for (const file of await readdir(directory)) {
    if (!/^application-.*\.json$/.test(file) || there.has(file)) continue;
    const application = JSON.parse(await readFile(join(directory, file), 'utf8')) as Application;
    if (application.competition_id === id) await rm(join(directory, file));
  }
}

/** One application as an export has it: with its checks, inspection, sheets and result, null where they are not for us. */
async function application(id: string): Promise<void> {
  const at = `/api/v1/applications/${id}`;
  const whole = await read<Application>(at);
  if (whole === null) return rm(fileOf(`application-${id}`), { force: true });
  const [checks, inspection, result, sheets] = await Promise.all([
    read(`${at}/checks`),
    read(`${at}/inspection`),
    read(`${at}/result`),
    read<{ items: unknown[] }>(`${at}/sheets`),
  ]);
  await keep(`application-${id}`, { ...whole, checks, inspection, result, sheets: sheets?.items ?? null });
}

/** From nothing: the place first, then everything, so that what changes meanwhile is told afterwards. */
async function begin(): Promise<string> {
  const { next_cursor: place } = (await read<Changes>('/api/v1/changes?after=latest'))!;
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Competitions = (await read<Competitions>(`/api/v1/competitions?limit=100${cursor && `&cursor=${cursor}`}`))!;
    for (const { id } of page.items) {
      await competition(id);
      await exported(id);
    }
    cursor = page.next_cursor;
  }
  await keep('place', { after: place });
  return place;
}

/** What was told since the place: whole competitions by an export, else each application once. */
async function follow(place: string): Promise<void> {
  for (let more = true; more; ) {
    const changes: Changes = (await read<Changes>(`/api/v1/changes?limit=100&after=${place}`))!;
    const competitions = new Set(changes.items.map((change) => change.competition_id));
    const whole = new Set(changes.items.filter((change) => change.whole).map((change) => change.competition_id));
    for (const id of competitions) await competition(id);
    for (const id of whole) await exported(id);
    const single = changes.items.filter((change) => change.application_id && !whole.has(change.competition_id));
    for (const id of new Set(single.map((change) => change.application_id!))) await application(id);
    place = changes.next_cursor;
    more = changes.more;
    await keep('place', { after: place });
  }
}

/** 410 says that the place is not known any more, after a restore: everything is read anew. */
async function run(): Promise<void> {
  const known = await load<{ after: string }>('place');
  try {
    await follow(known?.after ?? (await begin()));
  } catch (error) {
    if (!(error instanceof Gone)) throw error;
    await follow(await begin());
  }
}

await run();
console.log(`${requests} requests`);
