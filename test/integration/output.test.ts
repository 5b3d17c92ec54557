import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Host, host, jobIn, type Machine, machine } from '../helpers/bridge.ts';
import { proves } from '../promises.ts';

let person: Machine;
let own: Host;
beforeEach(async () => {
  person = machine();
  own = await host(person);
});
afterEach(async () => {
  await own.close();
  await person.close();
});

const megabyte = 1024 * 1024;
const hex = (text: string) => Buffer.from(text).toString('hex');
/** One line of Codex's stream. */
const message = (text: string) =>
  JSON.stringify({ type: 'item.completed', item: { id: 'item_9', type: 'agent_message', text } });
const done = hex(JSON.stringify({ type: 'turn.completed', usage: { input_tokens: 1, output_tokens: 1 } }));
const output = (id: string) => readFileSync(join(person.paths.jobs, id, 'out'));
/** The most memory that the daemon ever had; bytes. */
const peak = async () => {
  const { pid } = (await person.status()) ?? {};
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
};

test.runIf(process.platform === 'linux')(
  `${proves('P-24')} a line of 100 MB costs the daemon no memory, and what comes after it is read`,
  { timeout: 40_000 },
  async () => {
    await own.call('ask_codex', { task: `[[huge-line ${megabyte}]] [[say warm]]` });
    const before = await peak();
    const answer = await own.call('ask_codex', { task: `[[huge-line 100000000]] [[lines 3]] [[say after it]]` });
    expect(answer.text).toMatch(/^after it\n.*· succeeded/s);
    expect((await peak()) - before).toBeLessThan(64 * megabyte);
    expect(statSync(join(person.paths.jobs, jobIn(answer), 'out')).size).toBeGreaterThan(100_000_000);
  },
);

test(`${proves('P-24')} invalid UTF-8 is kept as it is and breaks nothing`, async () => {
  const answer = await own.call('ask_codex', { task: '[[bytes fffe80c3280a0a00ff0a]] [[lines 2]] [[say whole]]' });
  expect(answer.text).toMatch(/^whole\n.*· succeeded/s);
  expect(output(jobIn(answer)).includes(Buffer.from('fffe80c3280a0a00ff0a', 'hex'))).toBe(true);
  const inside = Buffer.from(message('x?y')).toString('hex').replace('3f', 'ff');
  const replaced = await own.call('ask_codex', { task: `[[bytes ${inside}0a]] [[bytes ${done}]] [[silent]]` });
  expect(replaced.text).toMatch(/^x\ufffdy\n/);
});

test(`${proves('P-24')} a character and a line that come in pieces are whole, also without a last newline`, async () => {
  const line = hex(`${message('é漢😀')}\n`);
  const cut = line.indexOf(hex('é')) + 2;
  const later = line.indexOf(hex('😀')) + 6;
  const pieces = [line.slice(0, cut), line.slice(cut, later), line.slice(later), done];
  // The pauses let the daemon read each piece by itself.
  const task = `${pieces.map((piece) => `[[bytes ${piece}]]`).join(' [[sleep 120]] ')} [[silent]]`;
  const answer = await own.call('ask_codex', { task });
  expect(answer.text).toMatch(/^é漢😀\n.*· succeeded · .* 1 tokens in/s);
  expect(output(jobIn(answer)).at(-1)).toBe('}'.charCodeAt(0));
});
