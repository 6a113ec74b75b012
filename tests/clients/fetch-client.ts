// A client by the types that openapi-typescript made: signs in, lists titles, reads a ranking, creates a competition.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import process from 'node:process';

import createClient from 'openapi-fetch';

import type { components, paths } from './made/schema.js';

const read = (name: string) => JSON.parse(readFileSync(process.env[name]!, 'utf8'));
const who = read('SIGN_INS').office;
const settings: components['schemas']['Settings'] = read('SETTINGS');
const baseUrl = process.env.BASE!;

const signedIn = await createClient<paths>({ baseUrl }).POST('/api/v1/login', {
  body: { name: who.user, password: who.password },
});
assert(signedIn.data && 'access_token' in signedIn.data);
const office = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${signedIn.data.access_token}` } });

const titles = await office.GET('/api/v1/titles');
assert(titles.data?.items[0]?.standing);

const competitions = await office.GET('/api/v1/competitions');
const announced = competitions.data?.items.find((one) => one.state === 'announced');
assert(announced);
const path = { competition_id: announced.id };
const tallies = await office.GET('/api/v1/competitions/{competition_id}/tallies', { params: { path } });
const number = tallies.data!.items.at(-1)!.number;
const ranking = await office.GET('/api/v1/competitions/{competition_id}/tallies/{number}/ranking', {
  params: { path: { ...path, number } },
});
assert.equal(ranking.data?.tally.number, number);

const made = await office.POST('/api/v1/competitions', { body: settings });
assert.deepEqual(made.data?.settings.quotas, settings.quotas);
console.log('openapi-typescript: signed in, listed titles, read a ranking, created a competition');
