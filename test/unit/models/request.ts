import { type Models, startModels } from '../../models/server.ts';

/** Starts the models for one test file; `post` sends a raw request with a key. */
export async function models() {
  const server: Models = await startModels();
  const post = (path: string, body: object, headers: Record<string, string> = { authorization: 'Bearer secret' }) =>
    fetch(server.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  return { server, post };
}

/** The data of every server-sent event of a body, parsed. */
export const eventsOf = (body: string): Record<string, unknown>[] =>
  body
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice(6)));

/** The JSON of a body, of which the test says what it expects. */
export const jsonOf = async <T>(response: Response): Promise<T> => (await response.json()) as T;
