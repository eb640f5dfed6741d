// What others wrote. `scripts/browser-tests` installs it outside of the sources.

import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const ROOT = fileURLToPath(new URL('../../../../../', import.meta.url));

const require = createRequire(`${ROOT}target/browser-tests/package.json`);

export const { chromium } = require('playwright-core');
export const axeSource = require('axe-core').source;
