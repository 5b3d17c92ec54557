import { closeSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { folderOf } from '../../../daemon/runner/folder.ts';
import { compare, figure, interleaved, timed } from '../measure.ts';
import { forgetPeak, memoryOf } from '../readings.ts';
import type { Scenario } from '../scenario.ts';
import { floorProgram, inWorld, type World } from '../world.ts';

const together = 10;

export const ingest: Scenario = {
  name: 'ingest',
  title: `ingest: 1 GB of a CLI's JSON events from one job, and from ${together} at once`,
  floor: 'split and parse alone',
  bounds: [
    { figure: 'one job', unit: '×', limit: 0.6, better: 'more' },
    { figure: `${together} jobs`, unit: '×', limit: 0.6, better: 'more' },
    { figure: 'daemon grows by', unit: 'MB', limit: 32, better: 'less' },
  ],
  run: ({ short }) =>
    inWorld({ agent: 'replay.sh' }, async (world) => {
      const bytes = short ? 250_000_000 : 1_000_000_000;
      const path = join(world.home, 'stream.jsonl');
      const daemon = await world.startDaemon();
      const host = await world.host();
      const ask = () => host.call('ask_codex', { task: 'x' });
      const asked = async (jobs: number): Promise<number> => {
        const ms = await timed(() => Promise.all(Array.from({ length: jobs }, ask)));
        removeOutputs(world);
        return ms;
      };
      const parsed = async (files: number): Promise<number> => {
        const child = world.node([floorProgram('parse.mjs'), ...Array(files).fill(path)]);
        let text = '';
        for await (const chunk of child.stdout as Readable) text += chunk;
        return Number(text);
      };
      writeStream(path, 2_000_000);
      await ask(); // code is compiled and buffers are there
      const before = memoryOf(daemon).resident;
      forgetPeak(daemon);
      writeStream(path, bytes);
      const rounds = short ? 3 : 2;
      const one = await interleaved(
        rounds,
        () => asked(1),
        () => parsed(1),
      );
      writeStream(path, bytes / together);
      const many = await interleaved(
        rounds,
        () => asked(together),
        () => parsed(together),
      );
      const { peak } = memoryOf(daemon);
      await host.close();
      return [
        figure('one job', one, compare.share),
        figure(`${together} jobs`, many, compare.share),
        figure('daemon grows by', { ours: [peak], floor: [before] }, compare.added),
      ];
    }),
};

/**
 * Each round has as much memory that the machine has touched as the one before. With what earlier ones wrote still there,
 * the agents themselves took four times as long in a virtual machine, and held the daemon up by a quarter.
 */
function removeOutputs({ paths }: World): void {
  for (const id of readdirSync(paths.jobs)) rmSync(folderOf(paths.jobs, id).output, { force: true });
}

const fixture = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../fixtures/codex', name, 'stdout.jsonl'), 'utf8');

/** What a command of the stream prints: a page of a build log. */
const page = Array.from({ length: 64 }, (_, n) => `[${n}/64] Compiling "module-${n}" → dist/module-${n}.js: ok`).join(
  '\n',
);

/** A stream of at least `bytes`: the turn of a recorded run again and again, with longer output of its commands. */
function writeStream(path: string, bytes: number): void {
  const ends = /^\{"type":"(thread\.started|turn\.completed)"/;
  const lines = fixture('tools')
    .split('\n')
    .filter((line) => line && !ends.test(line))
    .map((line) => {
      const entry = JSON.parse(line);
      if (entry.item?.aggregated_output) entry.item.aggregated_output += page;
      return JSON.stringify(entry);
    });
  const turn = `${lines.join('\n')}\n`;
  const block = Buffer.from(turn.repeat(Math.ceil(2 ** 20 / turn.length)));
  const file = openSync(path, 'w');
  for (let written = 0; written < bytes; written += block.length) writeSync(file, block);
  writeSync(file, fixture('success'));
  closeSync(file);
}
