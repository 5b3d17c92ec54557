import { type CliName, clis, installCli } from '../helpers/real-clis.ts';

/** Installs every CLI once. One that cannot be installed or does not start fails the whole run: nothing is skipped. */
export async function setup(): Promise<void> {
  for (const name of Object.keys(clis) as CliName[]) await installCli(name);
}
