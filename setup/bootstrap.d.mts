/** What of a `package-lock.json` is compared. */
interface Lock {
  packages: Record<string, { version?: string; optional?: boolean; link?: boolean }>;
}

export function isInstalled(wanted: Lock | undefined, installed: Lock | undefined): boolean;
export function meets(version: string, engines: string): boolean;
