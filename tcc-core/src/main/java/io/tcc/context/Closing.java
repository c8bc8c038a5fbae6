package io.tcc.context;

import io.tcc.transaction.Enlistment;
import java.util.List;

/**
 * What a frame had come to when it was closed.
 *
 * @param enlisted sites that hold branches
 * @param attempted calls whose result is unknown, which may hold branches
 * @param obstacles why the transaction must not commit; empty if it may
 * @param ownEffectsElsewhere whether a branch of this service has effects outside its database
 */
public record Closing(
    List<Enlistment> enlisted,
    List<Enlistment> attempted,
    List<String> obstacles,
    boolean ownEffectsElsewhere) {

  /** Whether anybody holds, or may hold, a branch. */
  public boolean isEmpty() {
    return enlisted.isEmpty() && attempted.isEmpty();
  }
}
