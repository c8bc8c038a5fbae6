package io.tcc.wiring;

/** Databases cannot take part in two-phase commit as they are; the message says what to change. */
public class TwoPhaseDatabaseException extends IllegalStateException {

  private static final long serialVersionUID = 1L;

  private final String problem;
  private final String remedy;

  TwoPhaseDatabaseException(String problem, String remedy) {
    super(problem + " " + remedy);
    this.problem = problem;
    this.remedy = remedy;
  }

  /** What was found, one paragraph for each database. */
  public String problem() {
    return problem;
  }

  /** What to change, one paragraph for each database. */
  public String remedy() {
    return remedy;
  }
}
