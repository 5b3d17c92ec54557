import type { Host } from '../host.ts';
import { claude } from './claude.ts';
import { codex } from './codex.ts';
import { copilot } from './copilot.ts';
import { cursor } from './cursor.ts';
import { gemini } from './gemini.ts';
import { opencode } from './opencode.ts';
import { qwen } from './qwen.ts';
import { vscode } from './vscode.ts';
import { windsurf } from './windsurf.ts';
import { zed } from './zed.ts';

/** Every host that setup can register the shim in. Adding one is its file and a line here. */
export const hosts: readonly Host[] = [claude, codex, gemini, opencode, qwen, copilot, cursor, vscode, zed, windsurf];
