package io.tcc.behaviour;

import io.tcc.annotation.Completion;
import io.tcc.annotation.GlobalTx;
import io.tcc.annotation.Propagation;
import java.io.IOException;
import org.springframework.transaction.annotation.Isolation;
import org.springframework.transaction.annotation.Transactional;

/** Global transactions of each sort, whose bodies the tests write. */
public class Shop {

  /** Business code. */
  @FunctionalInterface
  public interface Body {
    void run() throws Throwable;
  }

  /** An exception that the shop takes for an answer. */
  public static class HarmlessException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** An exception that the shop takes for an answer, but for one method that does not. */
  public static class LessHarmlessException extends HarmlessException {
    private static final long serialVersionUID = 1L;
  }

  @GlobalTx
  public void buy(Body body) throws Throwable {
    body.run();
  }

  @GlobalTx
  public <T> T lookUp(T value, Body body) throws Throwable {
    body.run();
    return value;
  }

  @GlobalTx(
      noRollbackFor = {HarmlessException.class, IOException.class, StackOverflowError.class},
      rollbackFor = LessHarmlessException.class)
  public void buyForgivingly(Body body) throws Throwable {
    body.run();
  }

  @GlobalTx(completion = Completion.DECIDED)
  public void buyInAHurry(Body body) throws Throwable {
    body.run();
  }

  @GlobalTx
  @Transactional
  public void buyInOneLocalTransaction(Body body) throws Throwable {
    body.run();
  }

  @GlobalTx(noRollbackFor = {HarmlessException.class, IOException.class})
  @Transactional(isolation = Isolation.READ_COMMITTED)
  public void buyForgivinglyInOneLocalTransaction(Body body) throws Throwable {
    body.run();
  }

  @GlobalTx(propagation = Propagation.REQUIRED)
  public void required(Body body) throws Throwable {
    body.run();
  }

  @GlobalTx(propagation = Propagation.REQUIRES_NEW)
  public void requiresNew(Body body) throws Throwable {
    body.run();
  }

  @GlobalTx(propagation = Propagation.SUPPORTS)
  public void supports(Body body) throws Throwable {
    body.run();
  }

  @GlobalTx(propagation = Propagation.MANDATORY)
  public void mandatory(Body body) throws Throwable {
    body.run();
  }

  @GlobalTx(propagation = Propagation.NOT_SUPPORTED)
  public void notSupported(Body body) throws Throwable {
    body.run();
  }

  @GlobalTx(propagation = Propagation.NEVER)
  public void never(Body body) throws Throwable {
    body.run();
  }

  /** No global transaction. */
  @Transactional
  public void inALocalTransaction(Body body) throws Throwable {
    body.run();
  }
}
