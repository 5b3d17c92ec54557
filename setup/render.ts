import { existsSync } from 'node:fs';
import { agentNamed } from '../shared/agents/index.ts';
import { colour, safe, table, terminalColumns } from '../shim/terminal.ts';
import type { ConfigPlan } from './default-config.ts';
import type { Found } from './detect.ts';
import { hunksOf, patchesBetween } from './diff.ts';
import type { Host } from './host.ts';
import { lifetimeOf, nodePath } from './launch.ts';
import { changes, type HostPlan, type Skip, type Step } from './plan.ts';
import { backupPath } from './replace-file.ts';

/** The plan and its outcome in words, for a terminal or a pipe. */

/** What was found, one line for each host. */
export function foundTable(found: readonly Found[]): string {
  const rows = found.map(({ host, version, binary, login }) => [
    safe(host.title),
    safe(version ?? (binary ? 'does not start' : '-')),
    loginWords(host, login),
    safe(binary ?? ''),
  ]);
  return table([['HOST', 'VERSION', 'LOGIN', 'PATH'], ...rows], terminalColumns());
}

function loginWords(host: Host, login: Found['login']): string {
  if (login === undefined) return '-';
  return login === 'yes' ? 'yes' : `none found: ${agentNamed(host.name)?.login ?? 'log in there'}`;
}

/** Everything that will change in one host, file by file. */
export function planText(plan: HostPlan, found: Found | undefined): string {
  const { host, expose, notes, record } = plan;
  const offers =
    record && `offers ${expose.join(', ')}${record.approve && host.approval ? ', without asking for each call' : ''}`;
  const head = [colour('bold', host.title), offers && `(${offers})`].filter(Boolean).join(' ');
  const warnings =
    found || !record ? notes : [`${host.title} was not found here; it is registered because you named it.`, ...notes];
  return [head, ...warnings.map((note) => `  note: ${safe(note)}`), ...plan.steps.filter(changes).map(diffText)].join(
    '\n',
  );
}

/** A unified diff of one file, as `diff -u` prints it. */
export function diffText({ before, after }: Step): string {
  const old = before.text ?? '';
  const fresh = after ?? '';
  const name = (text: string | undefined) => (text === undefined ? '/dev/null' : safe(before.path));
  const lines = [`--- ${name(before.text)}`, `+++ ${name(after)}`];
  for (const hunk of hunksOf(old, patchesBetween(old, fresh))) {
    lines.push(
      colour('cyan', hunk.header),
      ...hunk.lines.map(({ mark, text }) => lineText(mark, text, lengthOfLongest(hunk.lines))),
    );
  }
  return lines.join('\n');
}

const lengthOfLongest = (lines: readonly { text: string }[]): number =>
  Math.max(...lines.map(({ text }) => text.length));

/** Characters; a settings file on one line would fill the screen with what does not change. */
const longLine = 1_000;

function lineText(mark: ' ' | '+' | '-', line: string, longest: number): string {
  const open = line.endsWith('\n') ? '' : '\n\\ No newline at end of file';
  const text = masked(line.replace(/\r?\n$/, ''))
    .split('\t')
    .map(safe)
    .join('\t');
  const shown = longest > longLine ? around(text) : text;
  const painted = { ' ': undefined, '+': 'green', '-': 'red' } as const;
  const style = painted[mark];
  return (style ? colour(style, mark + shown) : mark + shown) + open;
}

/** Of a very long line only what is about qantara; what is left out is said. */
function around(text: string): string {
  const at = text.indexOf('"qantara"');
  const from = Math.max(0, at - 80);
  const part = text.slice(from, from + longLine);
  return `${from > 0 ? `[${from} characters] … ` : ''}${part}${from + part.length < text.length ? ` … [${text.length - from - part.length} characters]` : ''}`;
}

const secretName = /key|token|secret|passw|auth|credential|cookie/i;

/** Lines that change or stand around a change may hold other people's secrets; what setup writes itself never does. */
const masked = (line: string): string =>
  line.replace(/("?)([\w.-]+)\1(\s*[:=]\s*)"(?:[^"\\]|\\.)*"/g, (all, quote, name, between) =>
    secretName.test(name) ? `${quote}${name}${quote}${between}"(not shown)"` : all,
  );

/** What becomes of config.toml; undefined where there is nothing to say. */
export function configText({ step, note }: ConfigPlan): string | undefined {
  const parts = [note && `  note: ${safe(note)}`, step && changes(step) && diffText(step)].filter(Boolean);
  return parts.length > 0 ? [colour('bold', 'What you decide'), ...parts].join('\n') : undefined;
}

export const configDone = (step: Step): string =>
  `${colour('bold', 'What you decide')}\n  ${step.after === undefined ? 'removed' : 'wrote'} ${safe(step.before.path)}`;

export const skipText = ({ host, reason }: Skip): string => `${colour('bold', host.title)}: skipped. ${safe(reason)}`;

/** What was written, with the backups. */
export function doneText({ host, steps }: HostPlan): string {
  const lines = steps.filter(changes).map(({ before, after }) => {
    if (after === undefined) return `  removed ${safe(before.path)}`;
    const backup = backupPath(before.path);
    return `  wrote ${safe(before.path)}${existsSync(backup) ? ` (as it was before the first setup: ${safe(backup)})` : ''}`;
  });
  return [colour('bold', host.title), ...lines].join('\n');
}

/** What the person has to do now, and the one command that proves that the bridge works. */
export function adviceText(plans: readonly HostPlan[]): string {
  const names = plans.map(({ host }) => host.title).join(', ');
  const notes = plans.flatMap(({ host }) => (host.note ? [`  ${host.title}: ${host.note}`] : []));
  const lines = [`Restart ${names}: a running session does not see the change.`, ...notes];
  const lifetime = lifetimeOf(nodePath());
  if (lifetime) lines.push(lifetime);
  lines.push('Check the whole path: qantara doctor');
  const proof = proofOf(plans);
  if (proof) lines.push('See it work, in a folder where you use them:', `  ${proof}`);
  return lines.join('\n');
}

function proofOf(plans: readonly HostPlan[]): string | undefined {
  const plan = plans.find(({ host, expose }) => host.ask && expose.length > 0);
  const agent = plan?.expose[0];
  return (
    agent && plan.host.ask?.(`'Call ask_${agent} with the task "Say pong." and repeat its answer with its footer.'`)
  );
}
