package io.tcc.participant;

import io.tcc.transaction.Protocol;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The participants of this service, by name. Filled at start-up. */
public final class BranchHandlers {

  private final Map<String, BranchHandler> byName = new ConcurrentHashMap<>();

  /**
   * Makes a participant known.
   *
   * @throws IllegalStateException if the name is taken by another handler
   */
  public void add(BranchHandler handler) {
    BranchHandler other = byName.putIfAbsent(handler.participant(), handler);
    if (other != null && other != handler) {
      throw new IllegalStateException("Two participants are named " + handler.participant());
    }
  }

  /**
   * The handler of a participant that was made known.
   *
   * @throws IllegalStateException if there is none of that name and protocol
   */
  public BranchHandler registered(String participant, Protocol protocol) {
    return of(participant, protocol.name())
        .orElseThrow(
            () -> new IllegalStateException("Participant " + participant + " is not registered"));
  }

  Optional<BranchHandler> of(String participant, String protocol) {
    return Optional.ofNullable(byName.get(participant))
        .filter(handler -> handler.protocol().name().equals(protocol));
  }
}
