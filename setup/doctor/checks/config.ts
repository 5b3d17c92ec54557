import { existsSync } from 'node:fs';
import { textOfConfig } from '../../../daemon/config/config.ts';
import { readToml } from '../../../daemon/config/read.ts';
import { type Check, fault, ok } from '../check.ts';

/** config.toml says only what it may. */
export const config: Check = {
  id: 'config',
  title: 'config.toml',
  group: 'State',
  needs: ['state-folder'],
  run: (world) => {
    const path = world.paths().config;
    const { problems } = readToml(textOfConfig(path));
    if (problems.length === 0) return ok(existsSync(path) ? path : 'none; defaults hold');
    const lines = problems.map(({ line, text }) => `line ${line}: ${text}`);
    return fault(`${path}: ${lines.join('; ')}`, 'Correct the file, then run `qantara daemon restart`.');
  },
};
