import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'plist';
import { expect, onTestFinished, test } from 'vitest';
import { definitionOf, type Program } from '../../../setup/service/definition.ts';
import { unreachable } from '../../../setup/service/state.ts';
import { type Service, serviceOn } from '../../../shim/service.ts';
import { tempHome } from '../../helpers/temp.ts';
import { proves } from '../../promises.ts';

const program: Program = {
  node: process.execPath,
  daemon: '/opt/a b/100%/"x"\\y/$HOME/<&>/qantara-daemon.js',
  stateFolder: '/home/me/st%te "q" <&> $x',
  console: '/home/me/st%te "q" <&> $x/logs/console.log',
};
const on = (platform: NodeJS.Platform): Service => serviceOn(platform, '/home/me') as Service;

test(`${proves('D-07')} the systemd unit says what it must, with every path quoted as systemd reads it`, () => {
  const text = definitionOf(on('linux'), program);
  for (const line of ['KillMode=process', 'OOMPolicy=continue', 'TasksMax=infinity', 'WantedBy=default.target'])
    expect(text.split('\n')).toContain(line);
  expect(text).toContain('"/opt/a b/100%%/\\"x\\"\\\\y/$$HOME/<&>/qantara-daemon.js"');
  expect(text).toContain('Environment="QANTARA_HOME=/home/me/st%%te \\"q\\" <&> $x"');
  expect(text).toContain('StandardError=append:/home/me/st%%te "q" <&> $x/logs/console.log');
});

const present = spawnSync('systemd-analyze', ['--version']).status === 0;
const verified = present ? ['systemd-analyze verify'] : [];
if (!present) console.log('systemd-analyze is not installed here: the unit was not verified by it.');

test(`${proves('D-07')} systemd itself finds no fault in the unit, where it is installed`, () => {
  const { path, remove } = tempHome();
  onTestFinished(remove);
  mkdirSync(join(path, 'run'), { mode: 0o700 });
  const file = join(path, 'qantara.service');
  writeFileSync(file, definitionOf(on('linux'), program));
  const env = { PATH: process.env.PATH, HOME: path, XDG_RUNTIME_DIR: join(path, 'run'), LC_ALL: 'C' };
  const verify = () => spawnSync('systemd-analyze', ['--user', 'verify', file], { env, encoding: 'utf8' });
  for (const _ of verified) {
    expect(verify().stderr).toBe('');
    // That it would have seen one.
    writeFileSync(file, definitionOf(on('linux'), program).replace('KillMode=', 'KilMode='));
    expect(verify().stderr).toContain('KilMode');
  }
});

test(`${proves('D-07')} the launchd agent is a property list that says what it must`, () => {
  expect(parse(definitionOf(on('darwin'), program))).toEqual({
    Label: 'dev.qantara.daemon',
    ProgramArguments: [process.execPath, program.daemon],
    EnvironmentVariables: { QANTARA_HOME: program.stateFolder },
    StandardOutPath: program.console,
    StandardErrorPath: program.console,
    Umask: 0o077,
    AbandonProcessGroup: true,
    RunAtLoad: true,
    KeepAlive: { SuccessfulExit: false },
  });
});

test.each([
  [{ missing: true, words: 'spawn systemctl ENOENT' }, true, /no systemctl on the PATH\. The daemon needs none/],
  [{ missing: false, words: 'Failed to connect to bus: No medium found' }, false, /not started with systemd/],
  [{ missing: false, words: 'Failed to connect to bus: No medium found' }, true, /loginctl enable-linger \w+`/],
])(`${proves('D-06')} a manager out of reach is explained: %o, booted %s`, (answer, booted, expected) => {
  expect(unreachable(on('linux'), answer, booted).message).toMatch(expected);
});
