package io.tcc.transport.http;

import java.util.List;

/** What a service of a test is asked to do. */
public record Step(String what, String argument, List<Step> steps) {

  static Step reserve(String item) {
    return new Step("reserve", item, List.of());
  }

  /** Reserves within the handler's own try block. */
  static Step reserveAndCatch(String item) {
    return new Step("reserveAndCatch", item, List.of());
  }

  static Step fail(String message) {
    return new Step("fail", message, List.of());
  }

  static Step call(String service, Step... steps) {
    return new Step("call", service, List.of(steps));
  }

  /** A call whose failure is caught. */
  static Step callAndCatch(String service, Step... steps) {
    return new Step("callAndCatch", service, List.of(steps));
  }

  /**
   * A call that is not waited for longer than 2 s, time enough to get to its first {@link #await};
   * its failure is caught.
   */
  static Step callBriefly(String service, Step... steps) {
    return new Step("callBriefly", service, List.of(steps));
  }

  /** Holds the handler up until the test lets it go on. */
  static Step await(String gate) {
    return new Step("await", gate, List.of());
  }
}
