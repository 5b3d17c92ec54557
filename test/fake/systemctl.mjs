#!/usr/bin/env node
// A small service manager that stands in for `systemctl --user`: it reads the unit in $HOME and starts, stops and
// restarts its process as the unit says (ExecStart, Environment, StandardOutput, KillMode, Restart). What the process
// inherits is HOME and PATH alone. State is in $HOME/.fake-manager; a file `fault` there is the reason that it is out
// of reach, and `refuse` makes every start fail. Every call is noted in `calls`.
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

const home = process.env.HOME;
const state = join(home, '.fake-manager');
const wants = join(home, '.config/systemd/user/default.target.wants');
const unitFile = join(home, '.config/systemd/user/qantara.service');
const at = (name) => join(state, name);
const text = (name) => (existsSync(at(name)) ? readFileSync(at(name), 'utf8').trim() : '');
const wait = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
mkdirSync(state, { recursive: true });

const fail = (words) => {
  process.stderr.write(`${words}\n`);
  process.exit(1);
};

const alive = (pid) => {
  try {
    process.kill(pid, 0);
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

/** Every process below `pid`, which is what its control group holds. */
const below = (pid) =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return Number(readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1].split(' ')[1]) === pid;
      } catch {
        return false;
      }
    })
    .flatMap((name) => [Number(name), ...below(Number(name))]);

const unit = () => {
  const found = {};
  for (const line of readFileSync(at('loaded'), 'utf8').split('\n')) {
    const [, key, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (key) found[key] = [...(found[key] ?? []), value];
  }
  return found;
};
const words = (line) =>
  [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word]) =>
    word.replace(/\\(.)/g, '$1').replaceAll('%%', '%').replaceAll('$$', '$'),
  );
const pid = () => Number(text('pid')) || 0;
const active = () => pid() > 0 && alive(pid());
const supervised = () => alive(Number(text('supervisor')) || 0);

function supervise() {
  const { ExecStart, Environment, StandardOutput, Restart = [], RestartPreventExitStatus = [] } = unit();
  const [program, ...args] = words(ExecStart[0]);
  const env = Object.fromEntries(
    [`HOME=${home}`, 'PATH=/usr/bin:/bin', ...Environment.flatMap(words)].map((one) => [
      one.slice(0, one.indexOf('=')),
      one.slice(one.indexOf('=') + 1),
    ]),
  );
  const output = openSync(StandardOutput[0].replace('append:', ''), 'a');
  const run = () => {
    const child = spawn(program, args, { cwd: home, env, detached: true, stdio: ['ignore', output, output] });
    child.on('error', () => process.exit(1));
    if (child.pid) writeFileSync(at('pid'), String(child.pid));
    child.on('exit', (code, signal) => {
      rmSync(at('pid'), { force: true });
      const clean = code === 0 || ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGPIPE'].includes(signal);
      const prevented = RestartPreventExitStatus.includes(String(code));
      if (clean || prevented || Restart[0] !== 'on-failure' || existsSync(at('stopping'))) {
        writeFileSync(at('word'), clean ? 'inactive' : 'failed');
        process.exit(0);
      }
      setTimeout(run, 200);
    });
  };
  run();
}

function start() {
  if (existsSync(at('refuse'))) fail('Job for qantara.service failed.');
  if (!existsSync(at('loaded'))) fail('Failed to start qantara.service: Unit qantara.service not found.');
  if (active()) return;
  rmSync(at('stopping'), { force: true });
  const child = spawn(process.execPath, [import.meta.filename, 'supervise'], { detached: true, stdio: 'ignore' });
  writeFileSync(at('supervisor'), String(child.pid));
  child.unref();
  while (!active() && alive(child.pid)) wait(10);
}

function stop() {
  writeFileSync(at('stopping'), '');
  const main = pid();
  if (main && alive(main)) {
    const others = (unit().KillMode ?? ['control-group'])[0] === 'control-group' ? below(main) : [];
    for (const one of [main, ...others]) process.kill(one, 'SIGTERM');
    while (alive(main)) wait(10);
  }
  while (supervised()) wait(10);
}

const [, , ...args] = process.argv;
if (args[0] === 'supervise') supervise();
else {
  appendFileSync(at('calls'), `${args.join(' ')}\n`);
  if (text('fault')) fail(text('fault'));
  const verb = args[1];
  const enabled = existsSync(join(wants, 'qantara.service'));
  if (verb === 'daemon-reload') {
    if (existsSync(unitFile)) writeFileSync(at('loaded'), readFileSync(unitFile));
    else rmSync(at('loaded'), { force: true });
  } else if (verb === 'enable') {
    if (!existsSync(unitFile)) fail('Failed to enable unit: Unit file qantara.service does not exist.');
    mkdirSync(wants, { recursive: true });
    if (!enabled) symlinkSync(unitFile, join(wants, 'qantara.service'));
  } else if (verb === 'disable') {
    rmSync(join(wants, 'qantara.service'), { force: true });
    stop();
  } else if (verb === 'start') start();
  else if (verb === 'stop') stop();
  else if (verb === 'show' && args[2] === '--property=Version') console.log('Version=252');
  else if (verb === 'show') {
    const word = active() ? 'active' : supervised() ? 'activating' : text('word') || 'inactive';
    console.log(`LoadState=${existsSync(at('loaded')) ? 'loaded' : 'not-found'}`);
    console.log(`UnitFileState=${enabled ? 'enabled' : existsSync(unitFile) ? 'disabled' : ''}`);
    console.log(`ActiveState=${word}\nMainPID=${active() ? pid() : 0}`);
  } else fail(`the stand-in knows no ${args.join(' ')}`);
}
