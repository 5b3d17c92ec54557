/** stdin to a Unix socket and back: the least that a relay between a host and a daemon can be. */
import { connect } from 'node:net';

const socket = connect(process.argv[2]);
process.stdin.pipe(socket).pipe(process.stdout);
