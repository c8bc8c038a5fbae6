package io.tcc.participant;

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

  Optional<BranchHandler> of(String participant) {
    return Optional.ofNullable(byName.get(participant));
  }
}
