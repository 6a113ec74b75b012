// Rules for the scripts of the pages, and for the tests in a browser, whose packages have the linter:
// `tests/browser/lint` runs it.

import { createRequire } from 'node:module';

const require = createRequire(new URL('tests/browser/', import.meta.url));
const js = require('@eslint/js');
const globals = require('globals');

export default [
  { ignores: ['**/*.min.js', 'target/'] },
  js.configs.recommended,
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    rules: {
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-shadow': 'error',
      'no-use-before-define': ['error', { functions: false, variables: false }],
    },
  },
  {
    files: ['**/*.js'],
    languageOptions: { sourceType: 'script', ecmaVersion: 2022, globals: { ...globals.browser, htmx: 'readonly' } },
  },
  // Names that one script makes for the others of a page.
  {
    files: ['**/*.js'],
    ignores: ['**/core.js'],
    languageOptions: { globals: { say: 'readonly' } },
  },
  {
    files: ['**/saving.js'],
    languageOptions: { globals: { queue: 'readonly' } },
  },
  {
    files: ['**/queue.js'],
    rules: { 'no-unused-vars': ['error', { varsIgnorePattern: '^queue$' }] },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
  },
];
