import meta from '../package.json' with { type: 'json' };

/** The release that this file belongs to. */
export const version: string = meta.version;
