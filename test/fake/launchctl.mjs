#!/usr/bin/env node
// A small service manager that stands in for `launchctl`: it reads the property list that it is given and starts, stops
// and restarts its program as that says (ProgramArguments, EnvironmentVariables, RunAtLoad, KeepAlive). State is in
// $HOME/.fake-manager. Its `print` has the two lines of the real one's that matter.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'plist';

const home = process.env.HOME;
const state = join(home, '.fake-manager');
const at = (name) => join(state, name);
const text = (name) => (existsSync(at(name)) ? readFileSync(at(name), 'utf8').trim() : '');
const wait = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
mkdirSync(state, { recursive: true });

const fail = (words, code) => {
  process.stderr.write(`${words}\n`);
  process.exit(code);
};

const alive = (pid) => {
  try {
    process.kill(pid, 0);
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};
const pid = () => Number(text('pid')) || 0;
const active = () => pid() > 0 && alive(pid());

function supervise() {
  const job = parse(text('loaded'));
  const [program, ...args] = job.ProgramArguments;
  const output = openSync(job.StandardOutPath, 'a');
  const env = { HOME: home, PATH: '/usr/bin:/bin', ...job.EnvironmentVariables };
  const run = () => {
    const child = spawn(program, args, { cwd: '/', env, detached: true, stdio: ['ignore', output, output] });
    child.on('error', () => process.exit(1));
    if (child.pid) writeFileSync(at('pid'), String(child.pid));
    child.on('exit', (code) => {
      rmSync(at('pid'), { force: true });
      if (code === 0 || job.KeepAlive?.SuccessfulExit !== false || !existsSync(at('loaded'))) process.exit(0);
      setTimeout(run, 200);
    });
  };
  run();
}

function start() {
  if (active()) return;
  const child = spawn(process.execPath, [import.meta.filename, 'supervise'], { detached: true, stdio: 'ignore' });
  child.unref();
  while (!active() && alive(child.pid)) wait(10);
}

const [, , verb, first, second] = process.argv;
const loaded = existsSync(at('loaded'));
const needLoaded = () => loaded || fail('Could not find service "dev.qantara.daemon" in domain for user gui', 113);
if (verb === 'supervise') supervise();
else if (verb === 'print' && first.split('/').length === 2) console.log(`${first} = {\n}`);
else if (verb === 'print') {
  needLoaded();
  console.log(
    `${first} = {\n\tstate = ${active() ? 'running' : 'not running'}\n${active() ? `\tpid = ${pid()}\n` : ''}}`,
  );
} else if (verb === 'bootstrap') {
  if (loaded) fail('Bootstrap failed: 5: Input/output error', 5);
  writeFileSync(at('loaded'), readFileSync(second));
  if (parse(text('loaded')).RunAtLoad) start();
} else if (verb === 'kickstart') {
  needLoaded();
  start();
} else if (verb === 'kill') {
  needLoaded();
  if (active()) process.kill(pid(), first);
} else if (verb === 'bootout') {
  needLoaded();
  rmSync(at('loaded'));
  const main = pid();
  if (main && alive(main)) process.kill(main, 'SIGTERM');
  while (main && alive(main)) wait(10);
} else if (verb !== 'enable') fail(`the stand-in knows no ${verb}`, 64);
