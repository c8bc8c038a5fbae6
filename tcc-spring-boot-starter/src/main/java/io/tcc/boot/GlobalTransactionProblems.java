package io.tcc.boot;

import io.tcc.transaction.GlobalTransactionAbortedException;
import io.tcc.transaction.GlobalTransactionException;
import io.tcc.transaction.GlobalTransactionInDoubtException;
import io.tcc.transaction.GlobalTransactionTimeoutException;
import io.tcc.transaction.WorkRefusedException;
import io.tcc.transaction.Xid;
import java.net.URI;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/**
 * Answers a request whose handler let an exception of a global transaction out, unless the
 * application has an answer of its own. What went wrong inside stays in the log; the client learns
 * the xid and whether it may repeat the request:
 *
 * <table>
 * <caption>Problems</caption>
 * <tr><th>exception</th><th>status</th><th>type</th><th>repeat?</th></tr>
 * <tr><td>aborted</td><td>409</td><td>{@code urn:tcc:problem:aborted}</td><td>yes</td></tr>
 * <tr><td>timeout</td><td>504</td><td>{@code urn:tcc:problem:timed-out}</td><td>yes</td></tr>
 * <tr><td>Try refused</td><td>409</td><td>{@code urn:tcc:problem:refused}</td><td>yes</td></tr>
 * <tr><td>in doubt</td><td>500</td><td>{@code urn:tcc:problem:in-doubt-do-not-repeat}</td>
 * <td>no</td></tr>
 * <tr><td>misuse</td><td>500</td><td>{@code urn:tcc:problem:misuse}</td><td>no</td></tr>
 * </table>
 */
@RestControllerAdvice
@Order(Ordered.LOWEST_PRECEDENCE)
class GlobalTransactionProblems {

  private static final Logger log = LoggerFactory.getLogger(GlobalTransactionProblems.class);

  /**
   * @param thrown by the handler
   * @param found the exception itself; Spring looks among the causes too
   * @throws Exception the thrown one if it is the application's own, to be answered as if this were
   *     not here
   */
  @ExceptionHandler
  ProblemDetail answer(Exception thrown, GlobalTransactionException found) throws Exception {
    if (thrown != found) {
      throw thrown;
    }
    ProblemDetail problem = problem(found);
    Xid xid = found.xid();
    if (xid != null) {
      problem.setProperty("xid", xid.value());
    }
    if (problem.getStatus() == HttpStatus.INTERNAL_SERVER_ERROR.value()) {
      log.error("A request failed by its global transaction", found);
    }
    return problem;
  }

  private static ProblemDetail problem(GlobalTransactionException e) {
    if (e instanceof GlobalTransactionTimeoutException) {
      return problem(
          HttpStatus.GATEWAY_TIMEOUT,
          "timed-out",
          "Global transaction timed out",
          "It took too long and is aborted; nothing of it remains. It may be tried again.");
    }
    if (e instanceof GlobalTransactionAbortedException) {
      return problem(
          HttpStatus.CONFLICT,
          "aborted",
          "Global transaction aborted",
          "Nothing of it remains. It may be tried again.");
    }
    if (e instanceof WorkRefusedException) {
      return problem(
          HttpStatus.CONFLICT,
          "refused",
          "Refused by a participant",
          "The global transaction that this request belongs to has ended, or is ending.");
    }
    if (e instanceof GlobalTransactionInDoubtException) {
      return problem(
          HttpStatus.INTERNAL_SERVER_ERROR,
          "in-doubt-do-not-repeat",
          "Outcome of the global transaction in doubt",
          "It may have been committed, and will be settled one way for all participants. Repeating"
              + " the request could do the work twice.");
    }
    return problem(
        HttpStatus.INTERNAL_SERVER_ERROR,
        "misuse",
        "Global transaction misused",
        "Nothing was done. The log of the service says what has to be changed there.");
  }

  private static ProblemDetail problem(
      HttpStatus status, String type, String title, String detail) {
    ProblemDetail problem = ProblemDetail.forStatusAndDetail(status, detail);
    problem.setType(URI.create("urn:tcc:problem:" + type));
    problem.setTitle(title);
    return problem;
  }
}
