import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { machineWords } from './machine.ts';
import type { Bound, Measured, Scenario } from './scenario.ts';

export interface Result {
  scenario: string;
  figures: (Measured & Omit<Bound, 'figure'>)[];
}

export interface Report {
  commit: string;
  date: string;
  machine: string;
  results: Result[];
}

/** What was measured, beside what it has to reach. A figure without a bound, or the reverse, is a slip in a scenario. */
export function resultOf(scenario: Scenario, measured: readonly Measured[]): Result {
  const figures = measured.map((one) => {
    const bound = scenario.bounds.find(({ figure }) => figure === one.figure);
    if (!bound) throw new Error(`${scenario.name} has no bound for "${one.figure}"`);
    return { ...bound, ...one };
  });
  return { scenario: scenario.name, figures };
}

type Figure = Result['figures'][number];

/** Whether a figure reaches its bound, with `slack` (0.5: by half worse) allowed. */
export const reaches = ({ value, limit, better }: Figure, slack = 0): boolean =>
  better === 'less' ? value <= limit * (1 + slack) : value >= limit / (1 + slack);

/** How much worse than its bound a figure may be in CI, whose machine is busy with who knows what. */
const slack = 0.5;

/** Whether CI accepts a result. Times never decide: they are the machine's. */
export const passes = ({ figures }: Pick<Result, 'figures'>): boolean =>
  figures.every((one) => one.unit === 'ms' || reaches(one, slack));

const digits = (value: number): string => {
  if (!Number.isFinite(value)) return '–';
  return Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);
};
const withUnit = (value: number, unit: Bound['unit']): string => `${digits(value)} ${unit}`.replace(' /s', '/s');

const cells = (figure: Figure): string[] => {
  const { spread, value, unit, limit, better, figure: name } = figure;
  const between = spread[0] === spread[1] ? '' : ` (${digits(spread[0])}–${digits(spread[1])})`;
  const bound = `${better === 'less' ? '≤' : '≥'} ${withUnit(limit, unit)}`;
  return [name, `${withUnit(value, unit)}${between}`, `${bound}${reaches(figure) ? '' : ' missed'}`];
};

/** One line a figure, for a terminal. */
export const linesOf = ({ scenario, figures }: Result): string =>
  figures
    .map((figure) => {
      const [name, value, bound] = cells(figure) as [string, string, string];
      const sides = `ours ${digits(figure.ours)}, floor ${digits(figure.floor)}`;
      return `${scenario.padEnd(10)} ${name.padEnd(22)} ${value.padEnd(28)} ${bound.padEnd(20)} ${sides}`;
    })
    .join('\n');

/** The table of README. */
export function tableOf({ commit, machine, results, date }: Report, scenarios: readonly Scenario[]): string {
  const rows = results.flatMap(({ scenario, figures }) => {
    const { title, floor } = scenarios.find(({ name }) => name === scenario) as Scenario;
    return figures.map((figure, n) => [n === 0 ? title : '', n === 0 ? floor : '', ...cells(figure)]);
  });
  return [
    `On ${machine}; commit ${commit}, ${date.slice(0, 10)}. Median over interleaved rounds (quartiles).`,
    '',
    '| scenario | floor | figure | measured | bound |',
    '|---|---|---|---|---|',
    ...rows.map((row) => `| ${row.join(' | ')} |`),
  ].join('\n');
}

const root = join(import.meta.dirname, '../..');
const git = (...args: string[]): string => execFileSync('git', ['-C', root, ...args], { encoding: 'utf8' }).trim();

function commitNow(): string {
  try {
    return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain') ? ' with changes' : ''}`;
  } catch {
    return 'unknown'; // a copy without its history
  }
}

export const reportOf = (results: Result[]): Report => ({
  commit: commitNow(),
  date: new Date().toISOString(),
  machine: machineWords(),
  results,
});

const fourDigits = (_key: string, value: unknown): unknown =>
  typeof value === 'number' ? Number(value.toPrecision(4)) : value;

export const jsonOf = (report: Report): string => JSON.stringify(report, fourDigits, 2);

/** Keeps a report under its commit. Returns the path. */
export function keep(report: Report, name = report.commit.replaceAll(' ', '-')): string {
  const path = join(import.meta.dirname, 'results', `${name}.json`);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, `${jsonOf(report)}\n`);
  return path;
}

/** Puts `text` between the markers `<!-- name -->` and `<!-- /name -->` of README. */
export function intoReadme(name: string, text: string): void {
  const path = join(root, 'README.md');
  const readme = readFileSync(path, 'utf8');
  const between = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`);
  if (!between.test(readme)) throw new Error(`README.md has no <!-- ${name} --> … <!-- /${name} -->`);
  writeFileSync(
    path,
    readme.replace(between, (_all, head, tail) => `${head}${text}\n${tail}`),
  );
}
