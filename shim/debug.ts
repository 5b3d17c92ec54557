import { appendFileSync } from 'node:fs';
import type { Message } from './messages.ts';

/** Notes what passed: direction or concern, then a message (only its kind, id and size) or words of our own. */
export type Debug = (concern: string, what: Message | string, bytes?: number) => void;

const outline = (message: Message): string => {
  const kind = message.method ?? (message.error ? `error ${message.error.code}` : 'result');
  return message.id === undefined ? kind : `${kind} id=${JSON.stringify(message.id)}`;
};

/**
 * Writes to the file of BRIDGE_DEBUG, one line each, never parameters, results or environment. Without a file it
 * does nothing; a file that cannot be written is said once on stderr and then forgotten.
 */
export function createDebug(file: string | undefined): Debug {
  let broken = file === undefined;
  const started = performance.now();
  return (concern, what, bytes) => {
    if (broken || file === undefined) return;
    const text = typeof what === 'string' ? what : outline(what);
    const size = bytes === undefined ? '' : ` ${bytes} bytes`;
    const elapsed = (performance.now() - started).toFixed(1);
    const line = `${new Date().toISOString()} shim ${process.pid} +${elapsed}ms ${concern}: ${text}${size}\n`;
    try {
      appendFileSync(file, line, { mode: 0o600 });
    } catch (error) {
      broken = true;
      process.stderr.write(`qantara-shim: BRIDGE_DEBUG cannot be written: ${(error as Error).message}\n`);
    }
  };
}
