import type { Setting } from '../../shared/setting.ts';
import { anyName, type Section, sections, titleOf } from './table.ts';

const head = `# What you decide about qantara. Every key stands here with its default; take its # away to change it. "" means not set.
# \`qantara config\` shows what counts and where it comes from; \`qantara daemon restart\` applies a change.
`;

/** Whose name stands for any in the default file. */
const example = 'claude';

/** The config.toml that setup writes: every key as a comment, so that it says what an empty file says. */
export const defaultFile = (): string => [head, ...sections.map(sectionText)].join('\n');

function sectionText(section: Section): string {
  const { path, meaning, keys, asIn } = section;
  const named = path.includes(anyName);
  if (named && !asIn) {
    const rows = Object.entries(keys).map(([name, key]) => `#   ${name}: ${key.meaning} (${key.expected})`);
    return [`# ${meaning}`, `# ${titleOf(path)}`, ...rows, ''].join('\n');
  }
  const title = titleOf(path.map((part) => (part === anyName ? example : part)));
  const lines = asIn
    ? [`# Keys as in [${asIn}]: ${wrapped(Object.keys(keys))}.`]
    : Object.entries(keys).flatMap(([name, setting]) => keyLines(name, setting));
  return [`# ${meaning}`, `${named ? '#' : ''}${title}`, ...lines, ''].join('\n');
}

/** Names in lines of comment that are not too long. */
const wrapped = (names: readonly string[]): string => names.join(', ').replace(/(.{70,90}?,) /g, '$1\n#   ');

const keyLines = (name: string, setting: Setting): string[] => [
  `# ${setting.meaning} (${setting.expected})`,
  `#${name} = ${tomlOf(setting.fallback)}`,
];

/** A default as TOML. What JSON writes is TOML too. */
const tomlOf = (value: Setting['fallback']): string => JSON.stringify(value ?? '').replaceAll('","', '", "');
