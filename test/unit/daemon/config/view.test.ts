import { expect, test } from 'vitest';
import { readToml } from '../../../../daemon/config/read.ts';
import { viewOf } from '../../../../daemon/config/view.ts';
import { proves } from '../../../promises.ts';

const view = (text: string, env: Record<string, string>) =>
  viewOf('/x/config.toml', readToml(text).entries, [{ name: 'codex', path: '/x/codex', env }]);

test(`${proves('C-03')} a registration that holds a bad value is shown with its fault and what would hold without it`, () => {
  const { codex } = view('[hosts.codex]\ntimeout_ms = 5\n', { BRIDGE_MAX_DEPTH: 'deep' }).hosts;
  expect(codex?.problem).toContain('BRIDGE_MAX_DEPTH is "deep", which is not a whole number of levels from 0 up');
  expect(codex?.policy).toMatchObject({ max_depth: { value: 3, from: 'default' }, timeout_ms: { value: 5 } });
});

test(`${proves('C-03')} the ceiling is where a value comes from only when it cuts it`, () => {
  const text = '[policy]\nmax_depth = 1\n[ceiling]\nmax_depth = 2\nsandbox = "read-only"\n';
  const { policy } = view(text, { BRIDGE_SANDBOX: 'danger-full-access' }).hosts.codex ?? {};
  expect(policy).toMatchObject({
    max_depth: { value: 1, from: '[policy], line 2' },
    sandbox: { value: 'read-only', from: '[ceiling], line 5' },
  });
});
