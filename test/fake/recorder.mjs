#!/usr/bin/env node
// A stand-in for Codex that does nothing but write down what it was given: <RECORD>/<job>.json.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const args = process.argv.slice(2);
const stdin = readFileSync(0, 'utf8');
const job = process.env.QANTARA_JOB.split('.')[0];
writeFileSync(join(process.env.RECORD, `${job}.json`), JSON.stringify({ args, stdin, cwd: process.cwd(), job }));
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
say({ type: 'thread.started', thread_id: '00000000-0000-4000-8000-000000000000' });
say({ type: 'item.completed', item: { id: 'item_0', type: 'agent_message', text: 'recorded' } });
say({ type: 'turn.completed', usage: { input_tokens: 1, cached_input_tokens: 0, output_tokens: 1 } });
