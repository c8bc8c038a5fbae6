package io.tcc.wiring;

import org.jspecify.annotations.Nullable;

/**
 * It cannot be told in which database the transaction log belongs, or which transaction manager
 * works there.
 */
public class LogDatabaseException extends IllegalStateException {

  private static final long serialVersionUID = 1L;

  private final String problem;
  private final String remedy;

  LogDatabaseException(String problem, String remedy, @Nullable Throwable cause) {
    super(problem + " " + remedy, cause);
    this.problem = problem;
    this.remedy = remedy;
  }

  /** What was found, in one or more sentences. */
  public String problem() {
    return problem;
  }

  /** What to change, in one or more sentences. */
  public String remedy() {
    return remedy;
  }
}
