import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { promises } from './promises.ts';

const readme = join(import.meta.dirname, '../README.md');
const [begin, end] = ['<!-- promises -->\n', '\n<!-- /promises -->'];

/** Every test file below test/, relative to it, with its text. */
export const testFiles = (): { file: string; text: string }[] =>
  readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => ({ file: file.split(sep).join('/'), text: readFileSync(join(import.meta.dirname, file), 'utf8') }))
    .sort((a, b) => a.file.localeCompare(b.file));

/** The ids of the promises that a test file says it proves. */
export const provedIn = (text: string): string[] =>
  [...text.matchAll(/proves\(([^)]*)\)/g)].flatMap(([, ids]) => ids?.match(/[A-Z]-\d\d/g) ?? []);

/** The table of README: each promise and where it is proved. */
export function promiseTable(): string {
  const files = testFiles().map(({ file, text }) => ({
    name: file.replace('.test.ts', ''),
    ids: new Set(provedIn(text)),
  }));
  const rows = Object.entries(promises).map(([id, { text }]) => {
    const where = files.filter(({ ids }) => ids.has(id)).map(({ name }) => name);
    return `| ${id} | ${text} | ${where.join(', ')} |`;
  });
  return ['| | promise | proved in `test/` |', '|---|---|---|', ...rows].join('\n');
}

/** The table as README has it now. */
export const tableInReadme = (): string | undefined => readFileSync(readme, 'utf8').split(begin)[1]?.split(end)[0];

// `npm run promises`: brings README up to date.
if (import.meta.main ?? process.argv[1] === import.meta.filename) {
  const text = readFileSync(readme, 'utf8');
  writeFileSync(
    readme,
    text.replace(begin + tableInReadme() + end, () => begin + promiseTable() + end),
  );
}
