import type { World } from './world.ts';

export type State = 'ok' | 'warning' | 'fault' | 'skipped';

/** What one look found. */
export interface Finding {
  status: State;
  /** What is so, or what is wrong; a sentence or part of one. */
  detail: string;
  /** What to do about it, as a command where that is possible. */
  remedy?: string | undefined;
  /** Mends it, safely, and returns what was done. Touches nothing that is not ours. */
  fix?: (() => Promise<string> | string) | undefined;
}

/** A finding about one of several of the same kind: an agent, a host. */
export interface Named extends Finding {
  name: string;
  title: string;
}

/** One thing that has to be right, as a row of the table in `checks/index.ts`. */
export interface Check {
  /** Stable: scripts and the README name it. With a name it becomes `<id>.<name>`. */
  id: string;
  title: string;
  group: string;
  /** Ids of checks without which this one says nothing; it is skipped when one of them is a fault. */
  needs?: readonly string[];
  /** Only looks. What it throws is a fault in its own words. */
  run(world: World, earlier: readonly Result[]): Finding | Named[] | Promise<Finding | Named[]>;
}

export interface Result extends Finding {
  id: string;
  title: string;
  group: string;
  /** What was done to mend it. */
  did?: string | undefined;
}

export const ok = (detail: string): Finding => ({ status: 'ok', detail });
export const skipped = (detail: string): Finding => ({ status: 'skipped', detail });
export const warning = (detail: string, remedy?: string, fix?: Finding['fix']): Finding => ({
  status: 'warning',
  detail,
  remedy,
  fix,
});
export const fault = (detail: string, remedy?: string, fix?: Finding['fix']): Finding => ({
  status: 'fault',
  detail,
  remedy,
  fix,
});
