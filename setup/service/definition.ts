import { homeMark, type Service, systemdQuoted, xmlString } from '../../shim/service.ts';

/** What a service manager is told about the daemon. All paths are absolute. */
export interface Program {
  node: string;
  daemon: string;
  stateFolder: string;
  /** The file for stdout and stderr; its log proper the daemon writes itself. */
  console: string;
}

/** By this a definition is known as ours, of whatever release. */
export const authorMark = 'Written by "qantara daemon install"';

/** The text of the definition for the service's manager. */
export const definitionOf = (service: Service, program: Program): string =>
  service.manager === 'systemd' ? systemdUnit(service, program) : launchdAgent(service, program);

/**
 * `KillMode=process`, `OOMPolicy=continue` and `TasksMax=infinity`, since agents run in the service's control group:
 * stopping the daemon must leave them alone, and so must one of them that grows too large. Status 5 is a failed start
 * that gave its reason, which trying again does not mend. Keys that an old systemd does not know it ignores: before 244
 * `OOMPolicy`, before 240 `append:` and `Type=exec`.
 */
function systemdUnit(service: Service, { node, daemon, stateFolder, console }: Program): string {
  // `$` is a variable in arguments, but not in the program's own path.
  const command = `${systemdQuoted(node)} ${systemdQuoted(daemon).replaceAll('$', '$$$$')}`;
  const output = `append:${console.replaceAll('%', '%%')}`;
  return `# ${authorMark}. Changes of your own: systemctl --user edit ${service.name}
[Unit]
Description=qantara, the bridge between coding agents

[Service]
Type=exec
ExecStart=${command}
${homeMark(service, stateFolder)}
StandardOutput=${output}
StandardError=${output}
UMask=0077
KillMode=process
OOMPolicy=continue
TasksMax=infinity
Restart=on-failure
RestartSec=1
RestartPreventExitStatus=5
TimeoutStopSec=10

[Install]
WantedBy=default.target
`;
}

/** `AbandonProcessGroup` is launchd's way to leave the agents alone; started at login, and again after a crash. */
function launchdAgent(service: Service, { node, daemon, stateFolder, console }: Program): string {
  const list = [node, daemon].map((word) => `    ${xmlString(word)}`).join('\n');
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- ${authorMark}. -->
<plist version="1.0">
<dict>
  <key>Label</key>${xmlString(service.name)}
  <key>ProgramArguments</key>
  <array>
${list}
  </array>
  <key>EnvironmentVariables</key>
  <dict>
    ${homeMark(service, stateFolder)}
  </dict>
  <key>StandardOutPath</key>${xmlString(console)}
  <key>StandardErrorPath</key>${xmlString(console)}
  <key>Umask</key><integer>63</integer>
  <key>AbandonProcessGroup</key><true/>
  <key>RunAtLoad</key><true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key><false/>
  </dict>
</dict>
</plist>
`;
}
