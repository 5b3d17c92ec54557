import { wordsOf } from '../../shared/errors.ts';
import type { Place } from '../host.ts';
import { type Check, type Finding, type Named, type Result, skipped } from './check.ts';
import { checks } from './checks/index.ts';
import { type World, worldOf } from './world.ts';

/**
 * Looks at everything, in the order of the table, and never throws. With `fix` it mends at once what can be mended
 * safely and looks again, so that what comes after is judged by the mended state; else it changes nothing.
 */
export async function examine(place: Place, fix = false, table: readonly Check[] = checks): Promise<Result[]> {
  let world = worldOf(place);
  const results: Result[] = [];
  for (const check of table) {
    let found = await resultsOf(check, world, results);
    if (fix && found.some((one) => one.fix)) {
      const done = await mend(found);
      world = worldOf(place);
      found = (await resultsOf(check, world, results)).map((one) => ({ ...one, did: done.get(one.id) }));
    }
    results.push(...found);
  }
  return results;
}

async function resultsOf(check: Check, world: World, earlier: readonly Result[]): Promise<Result[]> {
  const { id, title, group } = check;
  const found = await look(check, world, earlier);
  if (!Array.isArray(found)) return [{ id, title, group, ...found }];
  return found.map(({ name, ...one }) => ({ id: `${id}.${name}`, group, ...one }));
}

async function look(check: Check, world: World, earlier: readonly Result[]): Promise<Finding | Named[]> {
  const faults = earlier.filter(({ status }) => status === 'fault');
  const missing = faults.find(({ id }) => check.needs?.includes(id));
  if (missing) return after(missing);
  try {
    return await check.run(world, earlier);
  } catch (error) {
    const detail = wordsOf(error);
    const same = faults.find((one) => one.detail === detail);
    return same ? after(same) : { status: 'fault', detail };
  }
}

const after = ({ id }: Result): Finding => skipped(`not possible while ${id} is a fault`);

/** What was done about each, by id. */
async function mend(results: readonly Result[]): Promise<Map<string, string>> {
  const done = new Map<string, string>();
  for (const { id, fix } of results) {
    try {
      if (fix) done.set(id, await fix());
    } catch (error) {
      done.set(id, `could not be mended: ${wordsOf(error).split('\n')[0]}`);
    }
  }
  return done;
}
