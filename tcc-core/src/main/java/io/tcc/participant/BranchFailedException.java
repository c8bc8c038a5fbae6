package io.tcc.participant;

import io.tcc.transaction.Branch;
import org.jspecify.annotations.Nullable;

/** A branch could not be completed; the local transaction has to be rolled back. */
final class BranchFailedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final transient Branch branch;
  private final boolean hopeless;

  BranchFailedException(Branch branch, boolean hopeless, String what, @Nullable Throwable cause) {
    super("Branch " + branch.id() + " of " + branch.participant() + " " + what, cause);
    this.branch = branch;
    this.hopeless = hopeless;
  }

  Branch branch() {
    return branch;
  }

  /** Whether repeating it cannot help. */
  boolean isHopeless() {
    return hopeless;
  }
}
