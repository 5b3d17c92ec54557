#!/bin/sh
# Prints a recorded stream as fast as it is read.
exec cat "$HOME/stream.jsonl"
