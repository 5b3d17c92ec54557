import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { tempHome } from './temp.ts';

/** A small file system of its own, mounted at a directory. */
export interface Disk {
  /** Takes every byte that is left. */
  fill(): void;
  free(): void;
  /** Nobody may have a file of it open for writing. */
  readOnly(on: boolean): void;
  unmount(): void;
}

const quiet = { stdio: 'ignore' } as const;

function mount(path: string, bytes: number): void {
  const { uid, gid } = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const options = `size=${bytes},mode=700,uid=${uid},gid=${gid}`;
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], quiet);
}

/** Whether this user may mount a file system here; a container often forbids it, and nobody but root may. */
export const canMount: boolean = (() => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const place = tempHome();
  try {
    mount(place.path, 64 * 1024);
    execFileSync('umount', [place.path], quiet);
    return true;
  } catch {
    return false;
  } finally {
    place.remove();
  }
})();

/** Mounts a disk of `bytes` at `path`, 0700. */
export function smallDisk(path: string, bytes: number): Disk {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  mount(path, bytes);
  const ballast = join(path, 'ballast');
  return {
    fill: () => {
      const file = openSync(ballast, 'a');
      // Ever smaller pieces: the last page must be taken as well.
      for (let size = 65_536; size >= 1; ) {
        try {
          writeSync(file, Buffer.alloc(size));
        } catch {
          size = Math.floor(size / 16);
        }
      }
      closeSync(file);
    },
    free: () => rmSync(ballast, { force: true }),
    readOnly: (on) => void execFileSync('mount', ['-o', `remount,${on ? 'ro' : 'rw'}`, path], quiet),
    unmount: () => void execFileSync('umount', ['-l', path], quiet),
  };
}
