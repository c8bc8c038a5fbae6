package io.tcc.transport;

/** Why a message of another service was refused. Nothing was changed by it. */
public enum Refusal {
  /** It is not of the form that the protocol gives it. */
  MALFORMED,
  /** It is longer than the limits allow. */
  OVERSIZED,
  /** It is not signed, and does not come from this machine. */
  UNSIGNED,
  /** Its signature was not made with a secret that is known here. */
  FORGED,
  /** It was sent too long ago, or in the future. */
  STALE,
  /** It was meant for another service. */
  WRONG_SERVICE,
  /** It was meant for this service, but for another log. */
  WRONG_LOG,
  /** Its sender has no part in the transaction that it names. */
  STRANGER,
  /** The initiator of its transaction cannot be reached from here. */
  UNKNOWN_INITIATOR
}
