package io.tcc.transport;

/** Hears of refused messages, for instance to count them. */
@FunctionalInterface
public interface RefusalListener {

  /**
   * Hears of one refusal, on the thread that refused; must be quick.
   *
   * @param what for people; abridged, but chosen by whoever sent the message
   */
  void refused(Refusal reason, String what);
}
