package io.tcc.door;

import java.util.List;

/**
 * The annotations of this application contain mistakes. Thrown once, at start-up and before
 * anything is served, with all mistakes of the whole application; the message lists them.
 */
public class InvalidAnnotationsException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;

  InvalidAnnotationsException(List<Problem> problems) {
    super(report(problems));
    this.problems = List.copyOf(problems);
  }

  /** All mistakes, in the order of the beans' definitions; at least one. */
  public List<Problem> problems() {
    return problems;
  }

  private static String report(List<Problem> problems) {
    StringBuilder report =
        new StringBuilder()
            .append(problems.size())
            .append(problems.size() == 1 ? " mistake" : " mistakes")
            .append(" in the annotations of this application, which does not start with ")
            .append(problems.size() == 1 ? "it:" : "them:");
    for (int i = 0; i < problems.size(); i++) {
      Problem problem = problems.get(i);
      report
          .append("\n\n")
          .append(i + 1)
          .append(". ")
          .append(problem.className())
          .append('.')
          .append(problem.method())
          .append("\n   bean ")
          .append(problem.bean())
          .append("\n   The method ")
          .append(problem.mistake())
          .append(". Write:\n")
          .append(problem.fix().indent(5).stripTrailing());
    }
    return report.append('\n').toString();
  }

  /**
   * One mistake.
   *
   * @param bean the bean's name
   * @param className of the bean, without proxy
   * @param method that is wrong, with its parameter types
   * @param mistake what is wrong with it; a sentence whose subject is the method
   * @param fix the code to write instead, or what else to do
   */
  public record Problem(String bean, String className, String method, String mistake, String fix) {}
}
