import type { Check } from '../check.ts';
import { agent } from './agent.ts';
import { config } from './config.ts';
import { daemon } from './daemon.ts';
import { disk } from './disk.ts';
import { host } from './host.ts';
import { installation } from './installation.ts';
import { node } from './node.ts';
import { proxy } from './proxy.ts';
import { roundTrip } from './round-trip.ts';
import { service } from './service.ts';
import { socket } from './socket.ts';
import { stateFolder } from './state-folder.ts';
import { store } from './store.ts';

/** Every check, in the order in which they are made. Adding one is its file, a line here and a row in the README. */
export const checks: readonly Check[] = [
  node,
  installation,
  stateFolder,
  disk,
  config,
  store,
  socket,
  daemon,
  service,
  agent,
  host,
  proxy,
  roundTrip,
];
