package io.tcc.door;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.annotation.Cancel;
import io.tcc.annotation.Confirm;
import io.tcc.annotation.GlobalTx;
import io.tcc.annotation.Propagation;
import io.tcc.annotation.Try;
import io.tcc.context.Frame;
import io.tcc.context.TransactionContext;
import io.tcc.door.Application.Heard;
import io.tcc.transaction.GlobalTransactionAbortedException;
import io.tcc.transaction.TransactionUsageException;
import io.tcc.transaction.Xid;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Transactional;

/** What a {@code @GlobalTx} method does where a global transaction is, or is not, running. */
class PropagationTest {

  static class Stock {
    @Autowired Heard heard;

    @Try
    public void reserve(String item) {}

    @Confirm
    public void confirm(String item) {
      heard.say("confirm", item);
    }

    @Cancel
    public void cancel(String item) {
      heard.say("cancel", item);
    }
  }

  static class Inner {
    @Autowired Stock stock;
    @Autowired TransactionContext context;

    private Xid work(String item, boolean fails) {
      Xid xid = context.current().map(Frame::transaction).map(t -> t.xid()).orElse(null);
      if (item != null) {
        stock.reserve(item);
      }
      if (fails) {
        throw new IllegalStateException("inner");
      }
      return xid;
    }

    @GlobalTx
    public Xid required(String item, boolean fails) {
      return work(item, fails);
    }

    @GlobalTx(propagation = Propagation.REQUIRES_NEW)
    public Xid requiresNew(String item, boolean fails) {
      return work(item, fails);
    }

    @GlobalTx(propagation = Propagation.SUPPORTS)
    public Xid supports(String item, boolean fails) {
      return work(item, fails);
    }

    @GlobalTx(propagation = Propagation.MANDATORY)
    public Xid mandatory(String item, boolean fails) {
      return work(item, fails);
    }

    @GlobalTx(propagation = Propagation.NOT_SUPPORTED)
    public Xid notSupported(String item, boolean fails) {
      return work(item, fails);
    }

    @GlobalTx(propagation = Propagation.NEVER)
    public Xid never(String item, boolean fails) {
      return work(item, fails);
    }

    @GlobalTx
    @Transactional
    public Xid withLocalWrites(String item, boolean fails) {
      return work(item, fails);
    }

    @GlobalTx(noRollbackFor = IllegalStateException.class)
    public Xid forgiving(String item, boolean fails) {
      return work(item, fails);
    }
  }

  interface Call {
    Xid on(Inner inner, String item, boolean fails);
  }

  static class Outer {
    @Autowired Inner inner;
    @Autowired Stock stock;
    @Autowired TransactionContext context;
    @Autowired JdbcTemplate jdbc;

    Xid own;
    Xid inners;

    @GlobalTx
    public void around(Call call, boolean innerFails, boolean catches) {
      own = context.current().orElseThrow().transaction().xid();
      stock.reserve("outer");
      run(call, innerFails, catches);
      assertThat(context.current().orElseThrow().transaction().xid()).isEqualTo(own);
    }

    @GlobalTx
    @Transactional
    public void aroundInOneLocalTransaction(Call call) {
      own = context.current().orElseThrow().transaction().xid();
      run(call, false, false);
    }

    private void run(Call call, boolean innerFails, boolean catches) {
      try {
        inners = call.on(inner, "inner", innerFails);
      } catch (IllegalStateException e) {
        if (!catches) {
          throw e;
        }
      }
    }

    /** Plain Spring, no global transaction. */
    @Transactional
    public void inALocalTransaction(Call call) {
      call.on(inner, null, false);
    }
  }

  @Configuration
  @EnableTransactionManagement
  static class LocalTransactions {}

  private final Application application =
      Application.of(LocalTransactions.class, Stock.class, Inner.class, Outer.class);

  private final Outer outer = application.bean(Outer.class);
  private final Inner inner = application.bean(Inner.class);

  @AfterEach
  void close() {
    application.close();
  }

  @Test
  void requiredBeginsOne() {
    assertThat(inner.required("inner", false)).isNotNull();
    assertThat(application.heard())
        .containsExactly("confirm inner", "decided Inner.required COMMIT");
  }

  @Test
  void requiredJoinsAndLeavesTheEndToTheOuterOne() {
    outer.around(Inner::required, false, false);
    assertThat(outer.inners).isEqualTo(outer.own);
    assertThat(application.heard())
        .containsExactly("confirm outer", "confirm inner", "decided Outer.around COMMIT");
  }

  @Test
  void anExceptionThatLeftAJoinedMethodForbidsTheCommitAlsoIfItIsCaught() {
    assertThatThrownBy(() -> outer.around(Inner::required, true, true))
        .isInstanceOf(GlobalTransactionAbortedException.class)
        .hasMessageContaining("Inner.required, which had joined, threw")
        .hasMessageContaining("inner");
    assertThat(application.heard())
        .containsExactly("cancel inner", "cancel outer", "decided Outer.around ABORT");
  }

  @Test
  void anExceptionThatDoesNotRollTheJoinedMethodBackMayBeCaught() {
    outer.around(Inner::forgiving, true, true);
    assertThat(application.heard())
        .containsExactly("confirm outer", "confirm inner", "decided Outer.around COMMIT");
  }

  @Test
  void requiresNewBeginsOneOfItsOwn() {
    outer.around(Inner::requiresNew, true, true);
    assertThat(outer.inners).isNull();
    assertThat(application.heard())
        .containsExactly(
            "cancel inner",
            "decided Inner.requiresNew ABORT",
            "confirm outer",
            "decided Outer.around COMMIT");
  }

  @Test
  void requiresNewStaysCommittedWhereTheOuterOneIsAborted() {
    assertThatThrownBy(
            () ->
                outer.around(
                    (bean, item, fails) -> {
                      bean.requiresNew(item, false);
                      throw new IllegalStateException("outer");
                    },
                    false,
                    false))
        .hasMessage("outer");
    assertThat(application.heard())
        .containsExactly(
            "confirm inner",
            "decided Inner.requiresNew COMMIT",
            "cancel outer",
            "decided Outer.around ABORT");
  }

  @Test
  void supportsJoinsOrRunsWithout() {
    assertThat(inner.supports(null, false)).isNull();
    outer.around(Inner::supports, false, false);
    assertThat(outer.inners).isEqualTo(outer.own);
    assertThatThrownBy(() -> outer.around(Inner::supports, true, true))
        .isInstanceOf(GlobalTransactionAbortedException.class);
  }

  @Test
  void mandatoryJoinsOrFails() {
    assertThatThrownBy(() -> inner.mandatory(null, false))
        .isInstanceOf(TransactionUsageException.class)
        .hasMessage(
            "Inner.mandatory has propagation MANDATORY, and no global transaction is running");
    outer.around(Inner::mandatory, false, false);
    assertThat(outer.inners).isEqualTo(outer.own);
  }

  @Test
  void notSupportedRunsWithoutAndDoesNotHarmTheOuterOne() {
    assertThat(inner.notSupported(null, false)).isNull();
    outer.around((bean, item, fails) -> bean.notSupported(null, fails), true, true);
    assertThat(application.heard()).containsExactly("confirm outer", "decided Outer.around COMMIT");
    assertThatThrownBy(() -> inner.notSupported("inner", false))
        .isInstanceOf(TransactionUsageException.class)
        .hasMessageContaining("Stock.reserve is a @Try method and was called outside a global");
  }

  @Test
  void neverFailsWhereOneRuns() {
    assertThat(inner.never(null, false)).isNull();
    assertThatThrownBy(() -> outer.around(Inner::never, false, false))
        .isInstanceOf(TransactionUsageException.class)
        .hasMessage("Inner.never has propagation NEVER, and a global transaction is running");
    assertThat(application.heard()).containsExactly("cancel outer", "decided Outer.around ABORT");
  }

  @Test
  void noneBeginsInsideALocalTransactionThatIsNotItsOwn() {
    assertThatThrownBy(() -> outer.inALocalTransaction(Inner::required))
        .isInstanceOf(TransactionUsageException.class)
        .hasMessageContaining("Inner.required would begin inside an open local transaction");
    assertThatThrownBy(() -> outer.aroundInOneLocalTransaction(Inner::requiresNew))
        .isInstanceOf(TransactionUsageException.class)
        .hasMessageContaining("Inner.requiresNew would begin inside an open local transaction");
    outer.inALocalTransaction(Inner::supports);
  }

  @Test
  void localWritesJoinOnlyWhereTheyCanBeRolledBackWithTheGlobalTransaction() {
    outer.aroundInOneLocalTransaction(Inner::withLocalWrites);
    assertThat(outer.inners).isEqualTo(outer.own);
    assertThatThrownBy(() -> outer.around(Inner::withLocalWrites, false, false))
        .isInstanceOf(TransactionUsageException.class)
        .hasMessageContaining("Inner.withLocalWrites is @Transactional and would join a global")
        .hasMessageContaining("Put @Transactional on the @GlobalTx method that begins as well");
  }
}
