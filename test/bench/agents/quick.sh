#!/bin/sh
# Ends at once: the stream of a short codex run (0.169), and nothing that costs time.
printf '%s\n' '{"type":"thread.started","thread_id":"01a20414-74c2-73c3-9f74-ffb46ce2ac0b"}' '{"type":"turn.started"}' '{"type":"item.completed","item":{"id":"item_1","type":"agent_message","text":"The sum is 4."}}' '{"type":"turn.completed","usage":{"input_tokens":11,"cached_input_tokens":4,"cache_write_input_tokens":0,"output_tokens":7,"reasoning_output_tokens":2}}'
