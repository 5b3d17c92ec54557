#!/usr/bin/env node
/** Says every 20 ms, 100 times, what the monotonic clock shows, which is one for all processes of a Linux machine. */
const say = (message) => console.log(JSON.stringify(message));
let left = 100;
say({ type: 'thread.started', thread_id: '01a20414-74c2-73c3-9f74-ffb46ce2ac0b' });
const timer = setInterval(() => {
  if (left-- === 0) {
    clearInterval(timer);
    return say({ type: 'turn.completed', usage: { input_tokens: 1, output_tokens: 1 } });
  }
  say({ type: 'item.completed', item: { id: 'item_1', type: 'agent_message', text: `at ${process.hrtime.bigint()}` } });
}, 20);
