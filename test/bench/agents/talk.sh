#!/bin/sh
# Says a line a second until the world is gone, a minute at most.
printf '%s\n' '{"type":"thread.started","thread_id":"01a20414-74c2-73c3-9f74-ffb46ce2ac0b"}'
n=0
while [ -d "$HOME/project" ] && [ $n -lt 60 ]; do
  printf '%s\n' '{"type":"item.completed","item":{"id":"item_1","type":"agent_message","text":"Still at it."}}'
  n=$((n + 1))
  sleep 1
done
