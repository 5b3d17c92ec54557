import fc from 'fast-check';

/** Texts that become something else where anybody parses what is only to be passed on. */
export const nasty: readonly string[] = [
  '--help',
  '-c',
  '--config=model_provider="evil"',
  '--dangerously-bypass-approvals-and-sandbox',
  '--yolo',
  '-',
  '--',
  '$(touch /tmp/qantara-was-here)',
  '`id`',
  '; rm -rf ~ #',
  '"; exit 1; "',
  "'\\''",
  'a\nb',
  'a\r\nb',
  '%s%n%x',
  '!!',
  '~root',
  '../../../etc',
  '\u001b]0;title\u0007\u001b[2J',
  '\u009b31m',
  'user\u202etxt.exe',
  '\u2066isolated\u2069',
  '\ufeffbom',
  '👩‍👩‍👧',
  '{"mcpServers":{}}',
  '@/etc/passwd',
  '/model evil',
  '[[x]]',
  'x'.repeat(200),
];

/** Any text at all, often a nasty one or one with a nasty one inside. */
export const hostile: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...nasty),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc
    .tuple(fc.string({ maxLength: 8 }), fc.constantFrom(...nasty), fc.string({ maxLength: 8 }))
    .map((parts) => parts.join('')),
  fc.string({ unit: fc.constantFrom('a', 'Z', '7', '-', '.', '_', ':', '/', '@', '[', ']', '=', ' '), maxLength: 40 }),
);
