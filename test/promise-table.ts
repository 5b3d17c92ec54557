import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { promises } from './promises.ts';

const page = join(import.meta.dirname, '../PROMISES.md');
const head = `# What qantara promises

Each is proved by tests that start real processes. \`test/promises.ts\` is the list, \`npm run promises\` writes this page,
and a test fails when a promise is not proved or the page is not of today.

`;

/** Every test file below test/, relative to it, with its text. */
export const testFiles = (): { file: string; text: string }[] =>
  readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => ({ file: file.split(sep).join('/'), text: readFileSync(join(import.meta.dirname, file), 'utf8') }))
    .sort((a, b) => a.file.localeCompare(b.file));

/** The ids of the promises that a test file says it proves. */
export const provedIn = (text: string): string[] =>
  [...text.matchAll(/proves\(([^)]*)\)/g)].flatMap(([, ids]) => ids?.match(/[A-Z]-\d\d/g) ?? []);

/** PROMISES.md: each promise and where it is proved. */
export function promisePage(): string {
  const files = testFiles().map(({ file, text }) => ({
    name: file.replace('.test.ts', ''),
    ids: new Set(provedIn(text)),
  }));
  const rows = Object.entries(promises).map(([id, { text }]) => {
    const where = files.filter(({ ids }) => ids.has(id)).map(({ name }) => name);
    return `| ${id} | ${text} | ${where.join(', ')} |`;
  });
  return `${head}${['| | promise | proved in `test/` |', '|---|---|---|', ...rows].join('\n')}\n`;
}

/** PROMISES.md as it is now. */
export const presentPage = (): string => readFileSync(page, 'utf8');

if (import.meta.main ?? process.argv[1] === import.meta.filename) writeFileSync(page, promisePage());
