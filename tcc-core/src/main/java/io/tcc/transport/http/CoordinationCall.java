package io.tcc.transport.http;

import io.tcc.transaction.Site;

/**
 * A coordination call that is believed.
 *
 * @param from who sent it
 * @param to whom it is meant for: this service and, where it names one, this log
 * @param body JSON
 */
public record CoordinationCall(Site from, Site to, byte[] body) {

  /** The addressee, where the call has to name its log. */
  Site toLog() {
    if (!to.knowsItsLog()) {
      throw new IllegalArgumentException("it is meant for a log, which it does not name");
    }
    return to;
  }

  /** The sender, where the call has to name its log. */
  Site fromLog() {
    if (!from.knowsItsLog()) {
      throw new IllegalArgumentException("it comes from a log, which it does not name");
    }
    return from;
  }
}
