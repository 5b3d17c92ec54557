#!/bin/sh
# Says a line a second, whenever the world has one for it, and starts no process for that.
printf '%s\n' '{"type":"thread.started","thread_id":"01a20414-74c2-73c3-9f74-ffb46ce2ac0b"}'
exec tail -n 0 -f "$HOME/lines/$(($$ % 20))"
