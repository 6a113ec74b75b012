// Reads every file of the collection as Bruno does, and takes its walk through the demonstration, request by request.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import lang from '@usebruno/lang';

const folder = process.env.COLLECTION;
const { bruToJsonV2, bruToEnvJsonV2, collectionBruToJson } = lang;
const read = (file) => readFileSync(join(folder, file), 'utf8');

const files = readdirSync(folder, { recursive: true }).filter((file) => file.endsWith('.bru')).sort();
const requests = files.filter((file) => file.includes('/') && !file.startsWith('environments/'));
const parsed = new Map(requests.map((file) => [file, bruToJsonV2(read(file))]));
for (const [file, request] of parsed) {
  assert.ok(request.meta.name && request.http.url.startsWith('{{base}}/'), file);
  if (request.http.body === 'json' && !file.startsWith('walk/')) JSON.parse(request.body.json);
}
assert.ok(requests.length > 190, `only ${requests.length} requests`);
assert.equal(collectionBruToJson(read('collection.bru')).auth.mode, 'bearer');

const variables = new Map(bruToEnvJsonV2(read('environments/demo.bru')).variables.map(({ name, value }) => [name, value]));
variables.set('base', process.env.BASE);
const filled = (text) => text.replace(/\{\{(\$?\w+)\}\}/g, (_, name) => {
  if (name === '$guid') return crypto.randomUUID();
  assert.ok(variables.has(name), `nothing is known for {{${name}}}`);
  return variables.get(name);
});

let steps = 0;
for (const [file, request] of parsed) {
  if (!file.startsWith('walk/')) continue;
  const { method, auth, url, body } = request.http;
  const inPath = (request.params ?? []).filter(({ type }) => type === 'path');
  const address = inPath.reduce((made, { name, value }) => made.replace(`:${name}`, filled(value)), filled(url));
  const headers = (request.headers ?? []).filter(({ enabled }) => enabled).map(({ name, value }) => [name, filled(value)]);
  if (auth === 'inherit') headers.push(['Authorization', `Bearer ${variables.get('token')}`]);
  if (body === 'json') headers.push(['Content-Type', 'application/json']);
  const sent = body === 'json' ? filled(request.body.json) : undefined;
  const answer = await fetch(address, { method: method.toUpperCase(), headers, body: sent });
  const text = await answer.text();
  assert.ok(answer.status < 300, `${file}: ${answer.status} ${text}`);
  const bru = { setVar: (name, value) => variables.set(name, value) };
  if (request.script?.res) new Function('res', 'bru', request.script.res)({ body: JSON.parse(text) }, bru);
  steps += 1;
}
assert.equal(steps, 16);
console.log(`the collection's ${requests.length} requests are read, its walk of ${steps} steps is taken`);
