/**
 * `qantara`: the command line for people. This file is what every call pays for, so it is nearly empty: all else is
 * loaded when it is needed, and the version needs nothing.
 */
import { writeSync } from 'node:fs';
import { version } from '../shared/version.ts';

const [, , word, ...rest] = process.argv;
if ((word === '--version' || word === '-V') && rest.length === 0) writeSync(1, `${version}\n`);
else import('./main.ts').then(({ main }) => main(process.argv.slice(2)));
