/** An empty Fastify on a Unix socket. */
import Fastify from 'fastify';

const app = Fastify();
app.get('/status', () => ({}));
app.server.on('connection', (socket) => socket.resume());
await app.listen({ path: process.argv[2] });
console.log('listening');
