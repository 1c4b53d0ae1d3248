// What can go wrong without being an answer. What the gateway refuses is a value, never one of these.
// No message quotes a pass, a PIN, a code or a token.

export class Failure extends Error {}

/** Nobody knows: no answer, or none that decides. The same request may be sent again. */
export class Unavailable extends Failure {
  /** @param {string} message @param {number} [retryAfter] seconds that the gateway asks for */
  constructor(message, retryAfter = 0) {
    super(message);
    this.retryAfter = retryAfter;
  }
}

/** The gateway doesn't accept this device: it was revoked, it has ended, or its partner is suspended. */
export class Unauthenticated extends Failure {}

/** Nothing is wrong but this tablet's clock, which is so many seconds fast, or slow where negative. */
export class ClockSkew extends Failure {
  /** @param {number} seconds */
  constructor(seconds) {
    super("the clock is wrong");
    this.seconds = seconds;
  }
}

/** No valid request looks like this; nothing was recorded. */
export class BadInput extends Failure {}

/** This device may not do that: its scopes or rewards don't cover it. */
export class Forbidden extends Failure {}

/** No device was registered; `code` is one of RFC 6749's or ours. */
export class EnrolmentRefused extends Failure {
  /** @param {string} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** No answer of the contract: the gateway failed, or something between answered. */
export class BadReply extends Failure {}
