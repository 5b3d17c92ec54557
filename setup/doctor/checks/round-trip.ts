import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '../../edits.ts';
import type { Place } from '../../host.ts';
import { isOurs } from '../../registration.ts';
import { type Check, type Finding, fault, type Named, ok, skipped } from '../check.ts';
import { entryOf, forwardedBy, variablesOf, wordsOfEntry } from '../registration.ts';
import { type Started, talk } from '../talk.ts';

/** What the strictest host leaves of its own environment (Codex 0.169). */
const kept = ['HOME', 'LOGNAME', 'PATH', 'SHELL', 'USER', 'LANG', 'LC_ALL', 'TERM', 'TMPDIR', 'TZ'];

/** Each host's shim, started as its registration says and with no more environment than that, gets an answer of the daemon. */
export const roundTrip: Check = {
  id: 'round-trip',
  title: 'Round trip',
  group: 'Proof',
  needs: ['installation', 'state-folder', 'config', 'disk', 'daemon'],
  run: async ({ place, plan, status }, earlier): Promise<Finding | Named[]> => {
    const { same, change } = await plan();
    const registered = [...same, ...change].flatMap((one) => {
      const entry = entryOf(one);
      return entry && isOurs(entry) ? [{ host: one.host, entry }] : [];
    });
    if (registered.length === 0) return skipped('no host is registered');
    const found: Named[] = [];
    let running = (await status()) !== undefined;
    for (const { host, entry } of registered) {
      const broken = earlier.some(({ id, status }) => id === `host.${host.name}` && status === 'fault');
      const finding = broken
        ? skipped(`not possible while host.${host.name} is a fault`)
        : await tried(entry, place, running);
      running ||= finding.status === 'ok';
      found.push({ name: host.name, title: `From ${host.title}`, ...finding });
    }
    return found;
  },
};

/** In a folder of its own, where nobody has jobs. */
async function tried(entry: JsonObject, place: Place, running: boolean): Promise<Finding> {
  const cwd = mkdtempSync(join(tmpdir(), 'qantara-doctor-'));
  try {
    const { ms, answer } = await talk({ ...startedBy(entry, place), cwd }, { call: true });
    if (answer?.isError) return fault(answer.text, 'qantara daemon logs');
    return ok(`answered in ${Math.round(ms)} ms${running ? '' : ', with the start of the daemon'}`);
  } catch (error) {
    return fault(`the shim failed: ${(error as Error).message}`, 'qantara daemon logs');
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

function startedBy(entry: JsonObject, { environment }: Place): Started {
  const [command = '', ...args] = wordsOfEntry(entry);
  const names = [...kept, ...(forwardedBy(entry) ?? [])];
  const passed = Object.fromEntries(names.flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])));
  // `$NAME` is read by the host when it starts the server.
  const own = Object.entries(variablesOf(entry)).map(([name, text]) => [
    name,
    text.startsWith('$') ? environment[text.slice(1)] : text,
  ]);
  return { command, args, environment: { ...passed, ...Object.fromEntries(own) } };
}
