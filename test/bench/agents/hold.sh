#!/bin/sh
# Runs for two minutes and says nothing, as an agent that waits for its model.
printf '%s\n' '{"type":"thread.started","thread_id":"01a20414-74c2-73c3-9f74-ffb46ce2ac0b"}'
exec sleep 120
