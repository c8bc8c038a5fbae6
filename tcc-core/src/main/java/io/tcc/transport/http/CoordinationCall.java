package io.tcc.transport.http;

import io.tcc.transaction.Site;

/** A coordination call that is believed. */
public final class CoordinationCall {

  private final Site from;
  private final Site to;
  private final byte[] body;

  CoordinationCall(Site from, Site to, byte[] body) {
    this.from = from;
    this.to = to;
    this.body = body;
  }

  /** Who sent it. */
  public Site from() {
    return from;
  }

  /**
   * Who sent it, where it has to name its log.
   *
   * @throws IllegalArgumentException if it does not
   */
  public Site fromLog() {
    if (!from.knowsItsLog()) {
      throw new IllegalArgumentException("it comes from a log, which it does not name");
    }
    return from;
  }

  /** Whom it is meant for: this service and, where it names one, this log. */
  public Site to() {
    return to;
  }

  /**
   * Whom it is meant for, where it has to name the log.
   *
   * @throws IllegalArgumentException if it does not
   */
  public Site toLog() {
    if (!to.knowsItsLog()) {
      throw new IllegalArgumentException("it is meant for a log, which it does not name");
    }
    return to;
  }

  /**
   * Its body.
   *
   * @throws RuntimeException if it is not exactly such a JSON object
   */
  public <T> T body(Class<T> type) {
    return Coordination.read(body, type);
  }
}
