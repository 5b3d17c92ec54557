/** Answers every line with a fixed one that carries its id: the least that a daemon can do. `argv`: socket, answer. */
import { createServer } from 'node:net';

const text = process.argv[3];
createServer((socket) => {
  let held = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk) => {
    const lines = (held + chunk).split('\n');
    held = lines.pop();
    for (const line of lines) {
      const { id } = JSON.parse(line);
      if (id === undefined) continue;
      socket.write(`${JSON.stringify({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text }] } })}\n`);
    }
  });
}).listen(process.argv[2], () => console.log('listening'));
