package io.tcc.context;

import io.tcc.transaction.Branch;
import io.tcc.transaction.Enlistment;
import java.util.List;

/**
 * What a frame had come to when it was closed.
 *
 * @param enlisted sites that hold branches
 * @param attempted calls whose result is unknown, which may hold branches
 * @param obstacles why the transaction must not commit; empty if it may
 * @param ownEffectsElsewhere whether a branch of this service has effects outside its database
 * @param own the branches that this execution has recorded here, in the order of Try; all of its
 *     call, if nothing forbids the commit. Empty if there is none, or others were recorded beside
 */
public record Closing(
    List<Enlistment> enlisted,
    List<Enlistment> attempted,
    List<String> obstacles,
    boolean ownEffectsElsewhere,
    List<Branch> own) {

  /** Whether anybody holds, or may hold, a branch. */
  public boolean isEmpty() {
    return enlisted.isEmpty() && attempted.isEmpty();
  }
}
