import { rmSync } from 'node:fs';
import type { Server } from 'node:http';

/** Listens on the state folder's socket, 0600 from its first moment. The lock must be held: a socket file is stale then. */
export async function listenOnSocket(server: Server, socket: string): Promise<void> {
  rmSync(socket, { force: true });
  const before = process.umask(0o177);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socket, resolve);
  }).finally(() => process.umask(before));
}
