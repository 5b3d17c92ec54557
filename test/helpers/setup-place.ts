import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { applyHost } from '../../setup/apply.ts';
import type { Host, Place } from '../../setup/host.ts';
import { readLedger } from '../../setup/ledger.ts';
import { type HostPlan, planHost, type Skip } from '../../setup/plan.ts';
import type { Wish } from '../../setup/registration.ts';
import { planUndo } from '../../setup/undo.ts';
import { type Paths, pathsIn } from '../../shared/paths.ts';

/** A temporary HOME in which setup works without being started as a program. Removed when the test ends. */
export interface Bench {
  home: string;
  place: Place;
  paths: Paths;
  plan(host: Host, wish?: Partial<Wish>): HostPlan | Skip;
  planUndo(host: Host): HostPlan | Skip;
  /** Plans and carries out; returns the reason when the host was left as it was. */
  setup(host: Host, wish?: Partial<Wish>): string | undefined;
  undo(host: Host): string | undefined;
}

export const wish: Wish = {
  replace: false,
  usual: () => ['codex', 'gemini'],
  command: '/opt/node/bin/node',
  shim: '/opt/qantara/dist/qantara-shim.js',
  proxies: [],
};

export function setupPlace(environment: Record<string, string> = {}): Bench {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'qantara-setup-')));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const place: Place = { home, environment: { HOME: home, ...environment }, platform: 'linux' };
  const paths = pathsIn(place.environment);
  const record = (host: Host) => readLedger(paths).hosts[host.name];
  const plan = (host: Host, more: Partial<Wish> = {}) => planHost(host, place, { ...wish, ...more }, record(host));
  const undo = (host: Host) => planUndo(host, place, record(host));
  const carryOut = (one: HostPlan | Skip) => ('reason' in one ? one.reason : applyHost(one, paths));
  return {
    home,
    place,
    paths,
    plan,
    planUndo: undo,
    setup: (host, more) => carryOut(plan(host, more)),
    undo: (host) => carryOut(undo(host)),
  };
}

/** The path of a host's n-th settings file. */
export const pathOf = (bench: Bench, host: Host, at = 0): string => host.files[at]?.path(bench.place) ?? '';

/** Writes a file with the folders above it. */
export function put(path: string, text: string, mode = 0o600): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
}

/** Makes `path` a link to a file elsewhere, as people who keep their dotfiles in one folder have it. */
export function linkAway(path: string, target: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}

/** Everything about a path that setup must give back. */
export function stateOf(path: string): string {
  if (!existsSync(path)) return 'nothing';
  const link = lstatSync(path).isSymbolicLink() ? 'link' : 'file';
  return `${link} ${(statSync(path).mode & 0o7777).toString(8)} ${readFileSync(path, 'latin1')}`;
}
