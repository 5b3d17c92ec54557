import { readFileSync, statSync } from 'node:fs';
import { jsonFormat } from './edit-json.ts';
import { tomlFormat } from './edit-toml.ts';
import type { JsonObject } from './edits.ts';
import { documentOf, type Format } from './format.ts';
import type { Place } from './host.ts';

/** Signs of a login or an installation. None of these throws: what cannot be read is no sign. */

export const someVariable = ({ environment }: Place, names: readonly string[]): boolean =>
  names.some((name) => Boolean(environment[name]));

/** Whether there is a file with something in it. */
export function someFile(path: string): boolean {
  try {
    return statSync(path).size > 0;
  } catch {
    return false;
  }
}

const lenient = jsonFormat({ comments: true, trailingCommas: true });

const read = (path: string, format: Format): JsonObject => {
  try {
    return documentOf(format, readFileSync(path, 'utf8'));
  } catch {
    return {};
  }
};

/** The document of a JSON file; empty where there is none. */
export const readJson = (path: string): JsonObject => read(path, lenient);

/** The document of a TOML file; empty where there is none. */
export const readToml = (path: string): JsonObject => read(path, tomlFormat);
