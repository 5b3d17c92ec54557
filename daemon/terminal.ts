/** The name under which the command line asks: `[hosts.terminal]` in config.toml. */
export const terminalHost = 'terminal';
