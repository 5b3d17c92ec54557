import type { Command } from 'commander';

export interface Entry {
  name: string;
  /** Adds the command to the program. Its file is loaded only where it is called or described. */
  load(): Promise<(program: Command) => void>;
}

/** Every command, in the order of `--help`. Adding one is its file and a line here. */
export const commands: readonly Entry[] = [
  { name: 'ask', load: async () => (await import('./ask.ts')).addAsk },
  { name: 'jobs', load: async () => (await import('./jobs.ts')).addJobs },
  { name: 'sessions', load: async () => (await import('./sessions.ts')).addSessions },
  { name: 'agents', load: async () => (await import('./agents.ts')).addAgents },
  { name: 'stats', load: async () => (await import('./stats.ts')).addStats },
  { name: 'daemon', load: async () => (await import('./daemon.ts')).addDaemon },
  { name: 'config', load: async () => (await import('./config.ts')).addConfig },
  { name: 'setup', load: async () => (await import('./setup.ts')).addSetup },
  { name: 'doctor', load: async () => (await import('./doctor.ts')).addDoctor },
  { name: 'completion', load: async () => (await import('./completion.ts')).addCompletion },
  { name: 'help', load: async () => (await import('./help.ts')).addHelp },
];
