import { expect, test } from 'vitest';
import { compare, figure, interleaved, median, quantile } from '../../bench/measure.ts';
import { passes, reaches, resultOf, tableOf } from '../../bench/report.ts';
import type { Bound, Scenario } from '../../bench/scenario.ts';
import { proves } from '../../promises.ts';

test('quantiles lie between the values, whatever their order', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(quantile([10, 0], 0.99)).toBeCloseTo(9.9);
  expect(() => median([])).toThrow('nothing was measured');
});

test('both sides are measured in turn, and each goes first every other time', async () => {
  const order: string[] = [];
  const rounds = await interleaved(
    3,
    () => order.push('ours'),
    () => order.push('floor'),
  );
  expect(order).toEqual(['ours', 'floor', 'floor', 'ours', 'ours', 'floor']);
  expect(rounds).toEqual({ ours: [1, 4, 5], floor: [2, 3, 6] });
});

test('a value is the median of what each round says, not of both sides apart', () => {
  const times = { ours: [10, 40, 90], floor: [10, 20, 30] };
  expect(figure('f', times, compare.ratio)).toEqual({ figure: 'f', value: 2, spread: [1.5, 2.5], ours: 40, floor: 20 });
  expect(figure('f', times, compare.added).value).toBe(20);
  expect(figure('f', times, compare.share).value).toBe(0.5);
});

const scenario = (bound: Omit<Bound, 'figure'>): Scenario => ({
  name: 's',
  title: 'title',
  floor: 'floor',
  bounds: [{ figure: 'f', ...bound }],
  run: async () => [],
});
const measured = (value: number) => ({
  figure: 'f',
  value,
  spread: [value, value] as [number, number],
  ours: 1,
  floor: 1,
});

test.each<[Bound['unit'], Bound['better'], number, number, boolean, boolean]>([
  ['×', 'less', 2, 2, true, true],
  ['×', 'less', 2, 2.9, false, true],
  ['×', 'less', 2, 3.1, false, false],
  ['×', 'more', 0.6, 0.41, false, true],
  ['×', 'more', 0.6, 0.39, false, false],
  ['MB', 'less', 9, 14, false, false],
  ['ms', 'less', 5, 500, false, true],
])(`${proves('M-02')} %s, %s than %s is better: %s`, (unit, better, limit, value, reached, passed) => {
  const result = resultOf(scenario({ unit, better, limit }), [measured(value)]);
  expect(result.figures.map((one) => reaches(one))).toEqual([reached]);
  expect(passes(result)).toBe(passed);
});

test('the table names floor, value and bound, and what is missed', () => {
  const one = scenario({ unit: 'ms', better: 'less', limit: 5 });
  const results = [resultOf(one, [measured(7)])];
  const table = tableOf({ commit: 'c', date: '2026-01-01T00:00:00Z', machine: 'm', results }, [one]);
  expect(table).toContain('| title | floor | f | 7.00 ms | ≤ 5.00 ms missed |');
  expect(() => resultOf(one, [{ ...measured(1), figure: 'other' }])).toThrow('s has no bound for "other"');
});
