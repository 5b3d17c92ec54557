import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { lastingPath, lifetimeOf, nodePath, shimPath } from '../../../setup/launch.ts';

function tree(): { root: string; file: (path: string) => string; link: (path: string, target: string) => void } {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'qantara-launch-')));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const make = (path: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    return join(root, path);
  };
  return {
    root,
    file: (path) => {
      writeFileSync(make(path), '');
      return join(root, path);
    },
    link: (path, target) => symlinkSync(join(root, target), make(path)),
  };
}

test('Homebrew’s versioned folder gives way to the link that stays', () => {
  const { root, file, link } = tree();
  const node = file('Cellar/node@22/22.19.0/bin/node');
  expect(lastingPath(node)).toBe(node);
  link('opt/node@22', 'Cellar/node@22/22.19.0');
  expect(lastingPath(node)).toBe(join(root, 'opt/node@22/bin/node'));
});

test('a link to another version is not taken', () => {
  const { file, link } = tree();
  const node = file('Cellar/node/24.1.0/bin/node');
  file('Cellar/node/25.0.0/bin/node');
  link('opt/node', 'Cellar/node/25.0.0');
  expect(lastingPath(node)).toBe(node);
});

test('pnpm’s store gives way to the folder of the installed package', () => {
  const { root, file, link } = tree();
  const shim = file('global/5/.pnpm/qantara@0.1.0_x/node_modules/qantara/dist/qantara-shim.js');
  link('global/5/node_modules/qantara', 'global/5/.pnpm/qantara@0.1.0_x/node_modules/qantara');
  expect(lastingPath(shim)).toBe(join(root, 'global/5/node_modules/qantara/dist/qantara-shim.js'));
});

test('a version manager’s folder stays: its versions live side by side', () => {
  const { file } = tree();
  const node = file('.nvm/versions/node/v22.19.0/bin/node');
  expect(lastingPath(node)).toBe(node);
  expect(lifetimeOf(node)).toContain('Before you remove this one, install qantara with the other');
  expect(lifetimeOf('/usr/bin/node')).toBeUndefined();
});

test('the paths of this very installation are absolute and there', () => {
  expect(nodePath()).toMatch(/^\/.*node$/);
  expect(shimPath()).toBe(join(import.meta.dirname, '../../../dist/qantara-shim.js'));
});

test('npm’s cache is no place to register', () => {
  const { file } = tree();
  const own = file('.npm/_npx/0a1b/node_modules/qantara/dist/qantara.js');
  file('.npm/_npx/0a1b/node_modules/qantara/dist/qantara-shim.js');
  expect(() => shimPath(own)).toThrow('npm install --global qantara');
});
