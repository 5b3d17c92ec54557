/**
 * `qantara-shim`: the MCP server that a host spawns. It answers what needs no daemon and relays the rest, line by
 * line; it outlives daemons, since Codex and Gemini CLI never reconnect to a server that died.
 */
import { maxLineBytes } from '../shared/wire.ts';
import { answer, isModern, refuse } from './answers.ts';
import { createDebug } from './debug.ts';
import { createLink } from './link.ts';
import { isRequest, type Message, parse } from './messages.ts';
import { hello, readSettings } from './settings.ts';
import { talkToHost } from './stdio.ts';

const settings = readSettings(process.argv.slice(2), process.env);
const debug = createDebug(settings.debug);
const host = talkToHost(maxLineBytes, { onLine, onTooLong });
const link =
  settings.paths && createLink({ paths: settings.paths, hello: () => hello(settings), toHost: host.write, debug });

if (settings.fault) complain(settings.fault);

function onLine(line: Buffer): void {
  const message = parse(line.toString());
  if ('problem' in message) {
    if (message.id !== undefined) send(refuse(message.id, message.code, message.problem));
    return complain(`${message.problem} (${line.length} bytes on stdin)`);
  }
  debug('host', message, line.length);
  if (!isRequest(message)) return message.method ? link?.notify(message, line) : link?.respond(message, line);
  if (message.method === 'initialize' && !isModern(message)) link?.remember(message);
  const own = answer(message, settings);
  if (own) send(own);
  else link?.request(message, line);
}

function onTooLong(id: string | number | undefined): void {
  const words = `Invalid Request: the line is longer than ${maxLineBytes} bytes.`;
  if (id !== undefined) send(refuse(id, -32600, words));
  complain(words);
}

function send(message: Message): void {
  debug('shim', message);
  host.write(JSON.stringify(message));
}

function complain(words: string): void {
  debug('shim', words);
  process.stderr.write(`qantara-shim: ${words}\n`);
}
