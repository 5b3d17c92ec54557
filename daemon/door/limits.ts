/**
 * How much a client may take of the daemon before it is let go. Real ones are far below all of it; what is above
 * neither hangs nor grows the daemon.
 */

/** A request's head, from the first moment of the connection; ms. */
export const headMs = 10_000;
/** A whole request with its body; ms. */
export const requestMs = 60_000;
/** A connection between two requests; ms. */
export const idleMs = 5_000;
/** How often the three above are looked at; ms. */
export const checkMs = 5_000;
/** The body of a request, where its route does not allow more; bytes. */
export const bodyBytes = 1024 * 1024;

/** From the upgrade to the end of the hello; ms. */
export const helloMs = 10_000;
/** Linux gives a process up to 6 MiB of environment, which grows when it is written as JSON; bytes. */
export const helloBytes = 16 * 1024 * 1024;

/** One JSON-RPC message: more than a shim passes on (`maxLineBytes`), so that the shim says it first; bytes. */
export const messageBytes = 64 * 1024 * 1024;
/** From the first byte of a message to its last; ms. */
export const messageMs = 60_000;
/** What a client may always have under way of a message, and what all may have beyond that together; bytes. */
export const smallBytes = 256 * 1024;
export const heldBytes = 128 * 1024 * 1024;
/** Calls of one connection that are not answered yet. */
export const callsAtOnce = 256;

/** Unread answers of a client from which on nothing more is read of it, and from which on it is let go; bytes. */
export const unreadBytes = 1024 * 1024;
export const mostUnreadBytes = 128 * 1024 * 1024;
/** How long a client may read nothing of what waits for it; ms. */
export const unreadMs = 60_000;

/** Connections that have a request under way or have said hello; further ones are told to come back. */
export const mostActive = 1_000;
/** Connections that are silent or have not said who they are; the oldest goes when another one comes. */
export const mostIdle = 250;
