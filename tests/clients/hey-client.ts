// A client that hey-api made: signs in, lists titles, reads a ranking, creates a competition.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import process from 'node:process';

import { client } from './made/hey/client.gen.js';
import {
  createCompetition,
  getCompetitionTallyRanking,
  listCompetitionTallies,
  listCompetitions,
  listTitles,
  logIn,
} from './made/hey/sdk.gen.js';
import type { Settings } from './made/hey/types.gen.js';

const read = (name: string) => JSON.parse(readFileSync(process.env[name]!, 'utf8'));
const who = read('SIGN_INS').office;
const settings: Settings = read('SETTINGS');

client.setConfig({ baseUrl: process.env.BASE! });
const signedIn = await logIn({ body: { name: who.user, password: who.password } });
assert(signedIn.data && 'access_token' in signedIn.data);
const token = signedIn.data.access_token;
client.setConfig({ baseUrl: process.env.BASE!, auth: () => token });

const titles = await listTitles();
assert(titles.data?.items[0]?.standing);

const competitions = await listCompetitions();
const announced = competitions.data?.items.find((one) => one.state === 'announced');
assert(announced);
const path = { competition_id: announced.id };
const tallies = await listCompetitionTallies({ path });
const number = tallies.data!.items.at(-1)!.number;
const ranking = await getCompetitionTallyRanking({ path: { ...path, number } });
assert.equal(ranking.data?.tally.number, number);

const made = await createCompetition({ body: settings });
assert.deepEqual(made.data?.settings.quotas, settings.quotas);
console.log('hey-api: signed in, listed titles, read a ranking, created a competition');
