/**
 * `npm run bench [-- scenario …] [--short] [--json] [--gate] [--peers]`: what qantara costs, each time against a floor
 * of the same run. A full run of everything keeps its results and writes the table of README.
 */
import { parseArgs } from 'node:util';
import { measurePeers, peerTable } from './peers.ts';
import { intoReadme, jsonOf, keep, linesOf, passes, type Result, reportOf, resultOf, tableOf } from './report.ts';
import type { Effort, Scenario } from './scenario.ts';
import { activity } from './scenarios/activity.ts';
import { ask } from './scenarios/ask.ts';
import { call } from './scenarios/call.ts';
import { cold } from './scenarios/cold.ts';
import { command } from './scenarios/command.ts';
import { idle } from './scenarios/idle.ts';
import { ingest } from './scenarios/ingest.ts';
import { many } from './scenarios/many.ts';
import { memory } from './scenarios/memory.ts';
import { recovery } from './scenarios/recovery.ts';
import { scale } from './scenarios/scale.ts';
import { shim } from './scenarios/shim.ts';
import { throughput } from './scenarios/throughput.ts';
import { closeWorlds } from './world.ts';

const scenarios: readonly Scenario[] = [
  shim,
  memory,
  call,
  ask,
  throughput,
  activity,
  ingest,
  scale,
  recovery,
  idle,
  many,
  command,
  cold,
];

const { values: wanted, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    short: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    gate: { type: 'boolean', default: false },
    peers: { type: 'boolean', default: false },
  },
});

function chosen(): readonly Scenario[] {
  const unknown = names.find((name) => !scenarios.some((scenario) => scenario.name === name));
  if (unknown !== undefined) {
    console.error(
      `bench: there is no scenario "${unknown}"; there are: ${scenarios.map(({ name }) => name).join(' ')}`,
    );
    process.exit(2);
  }
  return names.length === 0 ? scenarios : scenarios.filter(({ name }) => names.includes(name));
}

async function measured(scenario: Scenario, effort: Effort): Promise<Result> {
  try {
    const result = resultOf(scenario, await scenario.run(effort));
    if (!wanted.json) console.log(linesOf(result));
    return result;
  } finally {
    await closeWorlds();
  }
}

async function besidePeers(): Promise<void> {
  const measured = await measurePeers(wanted.short);
  console.log(wanted.json ? JSON.stringify(measured, null, 2) : peerTable(measured));
  if (!wanted.short) intoReadme('peers', peerTable(measured));
}

async function main(): Promise<void> {
  if (wanted.peers) return await besidePeers();
  const results: Result[] = [];
  for (const scenario of chosen()) {
    let result = await measured(scenario, { short: wanted.short });
    // A busy machine is no regression: once more.
    if (wanted.gate && !passes(result)) result = await measured(scenario, { short: wanted.short });
    results.push(result);
  }
  const report = reportOf(results);
  if (wanted.json) console.log(jsonOf(report));
  if (!wanted.short && names.length === 0) {
    const path = keep(report);
    intoReadme('bench', tableOf(report, scenarios));
    console.error(`kept as ${path}, and in README.md`);
  }
  const failed = wanted.gate ? results.filter((result) => !passes(result)) : [];
  for (const { scenario } of failed) console.error(`bench: ${scenario} is worse than its bound by more than half`);
  process.exitCode = failed.length > 0 ? 1 : 0;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => closeWorlds().finally(() => process.exit(130)));
}
await main();
