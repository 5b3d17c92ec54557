/** Splits files into lines and parses each as JSON, and nothing else. Prints the milliseconds it took. */
import { closeSync, openSync, readSync } from 'node:fs';

const chunk = Buffer.allocUnsafe(128 * 1024);
const began = performance.now();
for (const path of process.argv.slice(2)) {
  const file = openSync(path, 'r');
  let held = Buffer.alloc(0);
  for (let length = readSync(file, chunk); length > 0; length = readSync(file, chunk)) {
    const bytes = Buffer.concat([held, chunk.subarray(0, length)]);
    let start = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      JSON.parse(bytes.toString('utf8', start, end));
      start = end + 1;
    }
    held = Buffer.from(bytes.subarray(start));
  }
  closeSync(file);
}
console.log(performance.now() - began);
