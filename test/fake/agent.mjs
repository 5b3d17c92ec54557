#!/usr/bin/env node
// A stand-in for an agent CLI: a real executable that speaks the stream of `claude`, `codex` or `gemini` (whichever
// name it is called by) and misbehaves on demand. It reads its prompt from stdin and obeys the directives in it, in
// order:
//   [[say TEXT]] answer TEXT          [[sleep MS]] wait                  [[lines N]] N numbered messages first
//   [[env NAME]] answer the variable  [[args]] answer the arguments      [[cwd]] answer the directory
//   [[prompt]] answer the prompt      [[repeat N]] answer N characters   [[fds]] answer the open descriptors
//   [[until PATH]] wait until there is a file
//   [[fail TEXT]] report an error     [[exit N]] end with that code      [[silent]] end without a result
//   [[ignore-term]] survive TERM      [[grandchild]] [[setsid]] [[double-fork]] leave a process behind
//   [[stray]] leave one with a session of its own and a clean environment
//   [[chatter]] leave one that writes to stdout without end        [[signal NAME]] end by that signal
//   [[spend IN OUT USD]] a model call of that many tokens and that cost, told at once by claude, at the end by all
//   [[hang]] never end after the result                                  [[kill-supervisor]] take it down with KILL
//   [[huge-line N]] one line of N bytes   [[bytes HEX]] raw bytes to stdout   [[no-newline]] no last newline
//   [[ask AGENT TASK]] ask AGENT through the shim in $FAKE_SHIM, as a host in this job, and answer what comes back;
//   [[ask-stripped AGENT TASK]] the same with an environment like Codex gives: no marker. in TASK {{…}} becomes [[…]], <<…>> {{…}}
//   [[ask-orphaned AGENT TASK]] stripped as well, from a shim that has lost its parent process; [[ask-marked MARKER AGENT
//   TASK]] with that marker; [[ask-env NAME=VALUE AGENT TASK]] with that variable
//   [[run AGENT TASK]] run `qantara ask AGENT TASK`, as an agent without MCP does, and answer its stdout and exit code;
//   [[run-stripped AGENT TASK]] the same without the marker
//   [[ask-in DIR AGENT TASK]] the same in another directory   [[ask-background AGENT TASK]] without waiting
//    [[cancel ID]] call cancel_job and answer what comes back
// On a terminal it is its own screen: it says where it is and what it was told, that it was interrupted, and `exit N` ends it.
// Without an answer of its own it answers `ECHO: <prompt>`. It appends `start <pid> <job>` to $FAKE_LOG, ends by itself
// after two minutes whatever happens.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const lifeMs = 120_000;
setTimeout(() => process.exit(99), lifeMs).unref();
const cli = process.env.FAKE_AGENT ?? basename(process.argv[1]);
const args = process.argv.slice(2);
if (args.includes('--version')) {
  console.log(`0.0.0 (fake ${cli})`);
  process.exit(0);
}
if (process.env.FAKE_LOG)
  appendFileSync(process.env.FAKE_LOG, `start ${process.pid} ${process.env.QANTARA_JOB?.split('.')[0]}\n`);
if (process.stdin.isTTY) await interact();
const prompt = readFileSync(0, 'utf8');
const resumed = args.map((arg) => /(?:^|=)([0-9a-f]{8}-[0-9a-f-]{27})$/.exec(arg)?.[1]).find(Boolean);
const session = resumed ?? randomUUID();

async function interact() {
  process.on('SIGINT', () => console.log('INTERRUPTED'));
  console.log(`SCREEN ${JSON.stringify({ cli, args, cwd: process.cwd(), tty: process.stdout.isTTY })}`);
  for await (const typed of createInterface({ input: process.stdin })) {
    const code = /^exit (\d+)$/.exec(typed.trim())?.[1];
    if (code) process.exit(Number(code));
  }
}

const put = (text) => {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; ) done += writeSync(1, bytes, done);
};
let newline = '\n';
const line = (value) => put(`${JSON.stringify(value)}${newline}`);
const usage = { input_tokens: 11, cached_input_tokens: 3, output_tokens: 7 };
let cost = 0.0123;
const calls = [];
const budget = Number(args.find((arg) => arg.startsWith('--max-budget-usd='))?.split('=')[1] ?? Infinity);

function spend(given) {
  const [input, output, usd = 0] = given.split(' ').map(Number);
  if (calls.length === 0) {
    Object.assign(usage, { input_tokens: 0, cached_input_tokens: 0, output_tokens: 0 });
    cost = 0;
  }
  usage.input_tokens += input;
  usage.output_tokens += output;
  cost += usd;
  calls.push(input);
  if (cli !== 'claude') return;
  // As Claude Code does: a line a block, and of the output only what the message began with.
  const message = { id: `msg_${calls.length}`, role: 'assistant', usage: { input_tokens: input, output_tokens: 1 } };
  for (const text of ['first', 'second']) {
    line({
      type: 'assistant',
      session_id: session,
      message: { ...message, content: [{ type: 'thinking', thinking: text }] },
    });
  }
  if (cost < budget) return;
  line({
    type: 'result',
    subtype: 'error_max_budget_usd',
    is_error: true,
    errors: [`Reached maximum budget ($${budget})`],
    session_id: session,
    total_cost_usd: cost,
    usage,
  });
  process.exit(1);
}

/** Codex tells the tokens of the whole session, also of its earlier runs. */
function ofSession() {
  const file = `${process.env.FAKE_LOG}.${session}`;
  const before = resumed && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const sum = Object.fromEntries(Object.entries(usage).map(([name, tokens]) => [name, tokens + (before[name] ?? 0)]));
  if (process.env.FAKE_LOG) writeFileSync(file, JSON.stringify(sum));
  return sum;
}

const streams = {
  codex: {
    open: () => [{ type: 'thread.started', thread_id: session }, { type: 'turn.started' }],
    say: (text, n) => [{ type: 'item.completed', item: { id: `item_${n}`, type: 'agent_message', text } }],
    close: () => [{ type: 'turn.completed', usage: ofSession() }],
    fail: (message) => [
      { type: 'error', message },
      { type: 'turn.failed', error: { message } },
    ],
  },
  claude: {
    open: () => [
      { type: 'system', subtype: 'init', session_id: session, cwd: process.cwd(), model: 'fake', tools: [] },
    ],
    say: (text) => [
      { type: 'assistant', session_id: session, message: { role: 'assistant', content: [{ type: 'text', text }] } },
    ],
    close: (text) => [
      {
        type: 'result',
        subtype: 'success',
        is_error: false,
        result: text,
        session_id: session,
        total_cost_usd: cost,
        usage,
      },
    ],
    // Claude Code says `success` also when the API refused (seen with 2.1.330).
    fail: (message) => [
      {
        type: 'result',
        subtype: 'success',
        is_error: true,
        result: message,
        session_id: session,
        total_cost_usd: 0,
        usage,
      },
    ],
  },
  gemini: {
    open: () => [{ type: 'init', session_id: session, model: 'fake' }],
    say: (text) => [{ type: 'message', role: 'assistant', content: text, delta: true }],
    close: () => [{ type: 'result', status: 'success', stats: { ...usage, cached: usage.cached_input_tokens } }],
    fail: (message) => [{ type: 'result', status: 'error', error: { type: 'Error', message } }],
  },
};
const stream = streams[cli];
if (!stream) throw new Error(`this stand-in is no "${cli}"`);

const linger = 'setTimeout(() => {}, 120000); process.on("SIGTERM", () => {});';
const leave = (options) =>
  spawn(process.execPath, ['-e', linger], { stdio: ['ignore', 'inherit', 'ignore'], ...options }).unref();
const chatter = `const write = () => process.stdout.write('late\\n'.repeat(1000), write); write(); ${linger}`;
const forkTwice = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(linger)}], { detached: true, stdio: 'ignore' }).unref()`;

const asChild = (args, env) => spawn(process.execPath, args, { env });
/** The shell that starts it ends at once, so its parent is init. It stays in the job's process group. */
const asOrphan = (args, env) => {
  const script = '"$0" "$@" <&3 3<&- & exit 0';
  const shell = spawn('/bin/sh', ['-c', script, process.execPath, ...args], {
    env,
    stdio: ['ignore', 'pipe', 2, 'pipe'],
  });
  return { stdin: shell.stdio[3], stdout: shell.stdout };
};

/** One `tools/call` through a shim of our own; the text of the result. */
function ask([agent, ...words], environment, more = {}, launch = asChild) {
  const open = words.join(' ').replaceAll('{{', '[[').replaceAll('}}', ']]');
  const task = open.replaceAll('<<', '{{').replaceAll('>>', '}}');
  const shim = launch([process.env.FAKE_SHIM, '--host', cli], environment);
  const send = (id, method, params) => shim.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
  send(0, 'initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: cli, version: '0' } });
  const tool = agent.includes('_')
    ? { name: agent, arguments: more }
    : { name: `ask_${agent}`, arguments: { task, ...more } };
  send(1, 'tools/call', tool);
  return new Promise((resolve) => {
    createInterface(shim.stdout).on('line', (text) => {
      const { id, result } = JSON.parse(text);
      if (id !== 1) return;
      shim.stdin.end();
      resolve(result.content.map((block) => block.text).join('\n'));
    });
  });
}
const { HOME, PATH, LANG } = process.env;
/** `qantara ask` as a command of this agent's shell; its stdout and its exit code. */
function run([agent, ...words], environment) {
  const program = process.env.FAKE_SHIM.replace('qantara-shim.js', 'qantara.js');
  const task = words.join(' ').replaceAll('{{', '[[').replaceAll('}}', ']]');
  const child = spawn(process.execPath, [program, 'ask', agent, task], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  child.stderr.on('data', (chunk) => (text += chunk));
  return new Promise((resolve) => child.on('close', (exit) => resolve(`${text}exit ${exit}`)));
}

let answer;
let code = 0;
let failure;
let silent = false;
let hang = false;
const acts = {
  say: (text) => (answer = text),
  sleep: (ms) => sleep(Number(ms)),
  until: async (path) => {
    while (!existsSync(path)) await sleep(20);
  },
  lines: (count) => {
    for (let n = 1; n <= Number(count); n++) stream.say(`line ${n}`, n).forEach(line);
  },
  env: (name) => (answer = `${name}=${process.env[name] ?? '(unset)'}`),
  args: () => (answer = JSON.stringify(args)),
  cwd: () => (answer = process.cwd()),
  prompt: () => (answer = prompt),
  repeat: (count) => (answer = 'é'.repeat(Math.floor(Number(count) / 2)) + 'x'.repeat(Number(count) % 2)),
  fds: () => (answer = readdirSync('/proc/self/fd').join(' ')),
  fail: (text) => (failure = text),
  exit: (number) => (code = Number(number)),
  silent: () => (silent = true),
  'ignore-term': () => process.on('SIGTERM', () => {}),
  grandchild: () => leave({}),
  setsid: () => leave({ detached: true }),
  stray: () => leave({ detached: true, env: {} }),
  chatter: () => spawn(process.execPath, ['-e', chatter], { stdio: ['ignore', 'inherit', 'ignore'] }).unref(),
  signal: (name) => process.kill(process.pid, name),
  'double-fork': () => spawn(process.execPath, ['-e', forkTwice], { stdio: 'ignore' }),
  spend,
  hang: () => (hang = true),
  'kill-supervisor': () => process.kill(process.ppid, 'SIGKILL'),
  'huge-line': (bytes) => put(`${'x'.repeat(Number(bytes))}\n`),
  bytes: (hex) => writeSync(1, Buffer.from(hex, 'hex')),
  ask: async (text) => (answer = await ask(text.split(' '), process.env)),
  'ask-background': (text) => ask(text.split(' '), process.env, { background: true }),
  run: async (text) => (answer = await run(text.split(' '), process.env)),
  'run-stripped': async (text) => (answer = await run(text.split(' '), { HOME, PATH, LANG })),
  'ask-in': async (text) => {
    const [cwd, ...rest] = text.split(' ');
    answer = await ask(rest, process.env, { cwd });
  },
  cancel: async (id) => (answer = await ask(['cancel_job'], process.env, { job_id: id })),
  'ask-stripped': async (text) => (answer = await ask(text.split(' '), { HOME, PATH, LANG })),
  'ask-orphaned': async (text) => (answer = await ask(text.split(' '), { HOME, PATH, LANG }, {}, asOrphan)),
  'ask-env': async (text) => {
    const [entry, ...rest] = text.split(' ');
    const [name, value] = entry.split('=');
    answer = await ask(rest, { ...process.env, [name]: value });
  },
  'ask-marked': async (text) => {
    const [marker, ...rest] = text.split(' ');
    answer = await ask(rest, { ...process.env, QANTARA_JOB: marker });
  },
  'no-newline': () => (newline = ''),
};

stream.open().forEach(line);
for (const [, name, argument] of prompt.matchAll(/\[\[([a-z-]+) ?([^\]]*)\]\]/g)) await acts[name]?.(argument);
const text = answer ?? `ECHO: ${prompt}`;
if (failure !== undefined) stream.fail(failure).forEach(line);
else if (!silent) {
  stream.say(text, 0).forEach(line);
  stream.close(text).forEach(line);
}
if (hang) await sleep(lifeMs);
process.exit(code);
