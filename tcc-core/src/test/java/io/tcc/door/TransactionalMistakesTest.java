package io.tcc.door;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.tcc.annotation.Cancel;
import io.tcc.annotation.Confirm;
import io.tcc.annotation.GlobalTx;
import io.tcc.annotation.Propagation;
import io.tcc.annotation.Recording;
import io.tcc.annotation.Try;
import io.tcc.door.InvalidAnnotationsException.Problem;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Primary;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionManager;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Isolation;
import org.springframework.transaction.annotation.TransactionManagementConfigurer;
import org.springframework.transaction.annotation.Transactional;

/** What {@code @Transactional} must not say on annotated methods. */
class TransactionalMistakesTest {

  private static Problem only(Class<?>... classes) {
    List<Problem> problems = Application.rejected(classes).problems();
    assertThat(problems).hasSize(1);
    return problems.get(0);
  }

  private static final String OPENED =
      ", but the local transaction is opened by this library and has to be joined";

  static class Steps {
    @Try("new")
    @Transactional(
        propagation = org.springframework.transaction.annotation.Propagation.REQUIRES_NEW)
    public void tryNew() {}

    @Confirm("new")
    @Transactional(propagation = org.springframework.transaction.annotation.Propagation.NESTED)
    public void confirmNested() {}

    @Cancel("new")
    @Transactional(propagation = org.springframework.transaction.annotation.Propagation.NEVER)
    public void cancelNever() {}

    @Try("without")
    @Transactional(
        propagation = org.springframework.transaction.annotation.Propagation.NOT_SUPPORTED)
    public void tryWithout() {}

    @Confirm("without")
    @Transactional(propagation = org.springframework.transaction.annotation.Propagation.MANDATORY)
    public void mandatoryIsFulfilled() {}

    @Cancel("without")
    @Transactional(propagation = org.springframework.transaction.annotation.Propagation.SUPPORTS)
    public void supportsJoins() {}

    @Try(value = "before", recording = Recording.BEFORE)
    @Transactional(propagation = org.springframework.transaction.annotation.Propagation.MANDATORY)
    public void mandatoryWithoutTransaction() {}

    @Confirm("before")
    @Transactional
    public void confirmRequired() {}

    @Cancel("before")
    public void cancelAsUsual() {}
  }

  @Test
  void propagationsOfStepsThatDoNotJoin() {
    List<Problem> problems = Application.rejected(Steps.class).problems();
    assertThat(problems)
        .extracting(Problem::method, Problem::mistake)
        .containsExactly(
            tuple("cancelNever()", "is @Transactional(propagation = NEVER)" + OPENED),
            tuple("confirmNested()", "is @Transactional(propagation = NESTED)" + OPENED),
            tuple(
                "mandatoryWithoutTransaction()",
                "is @Transactional(propagation = MANDATORY)" + OPENED),
            tuple("tryNew()", "is @Transactional(propagation = REQUIRES_NEW)" + OPENED),
            tuple("tryWithout()", "is @Transactional(propagation = NOT_SUPPORTED)" + OPENED));
    assertThat(problems.get(0).fix()).isEqualTo("@Transactional\npublic void cancelNever()");
  }

  @Transactional(readOnly = true)
  static class ReadOnly {
    @Try
    public void reserve() {}

    @Cancel
    @Transactional
    public void cancel() {}
  }

  @Test
  void readOnlySteps() {
    Problem problem = only(ReadOnly.class);
    assertThat(problem.method()).isEqualTo("reserve()");
    assertThat(problem.mistake())
        .isEqualTo(
            "is @Transactional(readOnly = true), as its class says, but this library writes into the"
                + " same local transaction");
    assertThat(problem.fix()).isEqualTo("@Transactional\npublic void reserve()");
  }

  @Transactional(isolation = Isolation.SERIALIZABLE)
  static class Isolated {
    @Try
    public void reserve() {}

    @Cancel
    public void cancel() {}
  }

  @Test
  void isolationOfCompletions() {
    Problem problem = only(Isolated.class);
    assertThat(problem.method()).isEqualTo("cancel()");
    assertThat(problem.mistake())
        .isEqualTo(
            "is @Transactional(isolation = SERIALIZABLE), as its class says, but Confirm and Cancel run"
                + " in a local transaction that is already open, READ COMMITTED; lock the rows that it"
                + " has to rely on (select … for update)");
  }

  static class Global {
    @GlobalTx
    @Transactional(
        propagation = org.springframework.transaction.annotation.Propagation.REQUIRES_NEW)
    public void requiresNew() {}

    @GlobalTx
    @Transactional(propagation = org.springframework.transaction.annotation.Propagation.SUPPORTS)
    public void supports() {}

    @GlobalTx
    @Transactional(propagation = org.springframework.transaction.annotation.Propagation.MANDATORY)
    public void mandatory() {}

    @GlobalTx
    @Transactional(propagation = org.springframework.transaction.annotation.Propagation.NESTED)
    public void nested() {}

    @GlobalTx(propagation = Propagation.REQUIRES_NEW)
    @Transactional(propagation = org.springframework.transaction.annotation.Propagation.NEVER)
    public void never() {}

    @GlobalTx(propagation = Propagation.SUPPORTS)
    @Transactional(
        propagation = org.springframework.transaction.annotation.Propagation.NOT_SUPPORTED)
    public void notSupported() {}

    @GlobalTx(propagation = Propagation.MANDATORY)
    @Transactional(readOnly = true)
    public void readOnly() {}

    @GlobalTx(propagation = Propagation.NEVER)
    @Transactional(
        readOnly = true,
        propagation = org.springframework.transaction.annotation.Propagation.REQUIRES_NEW)
    public void outsideNobodyCares() {}

    @GlobalTx
    @Transactional(isolation = Isolation.SERIALIZABLE)
    public void isolated() {}
  }

  @Test
  void globalTransactionsThatAreLocalOnes() {
    List<Problem> problems = Application.rejected(Global.class).problems();
    assertThat(problems)
        .extracting(Problem::method)
        .containsExactly(
            "mandatory()",
            "nested()",
            "never()",
            "notSupported()",
            "readOnly()",
            "requiresNew()",
            "supports()");
    assertThat(problems.get(6).mistake())
        .isEqualTo("is @Transactional(propagation = SUPPORTS)" + OPENED);
  }

  /** A second database, as the application's default one or not. */
  @Configuration
  @EnableTransactionManagement
  static class Second {
    @Bean
    PlatformTransactionManager second() {
      return new DataSourceTransactionManager(new DriverManagerDataSource("jdbc:h2:mem:second"));
    }
  }

  @Configuration
  @EnableTransactionManagement
  static class PrimarySecond {
    @Bean
    @Primary
    PlatformTransactionManager second() {
      return new DataSourceTransactionManager(new DriverManagerDataSource("jdbc:h2:mem:second"));
    }
  }

  @Configuration
  static class Chosen implements TransactionManagementConfigurer {
    @Qualifier("transactionManager")
    @Autowired
    @Lazy
    TransactionManager chosen;

    @Override
    public TransactionManager annotationDrivenTransactionManager() {
      return chosen;
    }
  }

  static class Named {
    @GlobalTx
    @Transactional("second")
    public void other() {}

    @GlobalTx
    @Transactional("transactionManager")
    public void own() {}

    @GlobalTx
    @Transactional("third")
    public void unknown() {}
  }

  private static final String APART = ": its changes and the rows of the log would commit apart";

  @Test
  void namedManagersOfOtherDatabases() {
    List<Problem> problems = Application.rejected(Second.class, Named.class).problems();
    assertThat(problems).extracting(Problem::method).containsExactly("other()", "unknown()");
    assertThat(problems.get(0).mistake())
        .isEqualTo("uses another transaction manager than the transaction log" + APART);
    assertThat(problems.get(0).fix())
        .isEqualTo("@Transactional(\"transactionManager\")\npublic void other()");
    assertThat(problems.get(1).mistake())
        .isEqualTo("names a transaction manager that does not exist" + APART);
  }

  @Transactional
  static class Unnamed {
    @Try
    public void reserve() {}

    @Cancel
    @Transactional("transactionManager")
    public void cancel() {}
  }

  @Test
  void theDefaultManagerOfAnotherDatabase() {
    Problem problem = only(PrimarySecond.class, Unnamed.class);
    assertThat(problem.method()).isEqualTo("reserve()");
    assertThat(problem.mistake())
        .isEqualTo(
            "uses another transaction manager than the transaction log, by the @Transactional of its"
                + " class"
                + APART);
  }

  @Test
  void severalManagersOfWhichNoneIsTheDefault() {
    assertThat(only(Second.class, Unnamed.class).mistake())
        .isEqualTo(
            "does not say which of several transaction managers it uses, by the @Transactional of its"
                + " class"
                + APART);
  }

  @Test
  void theManagerThatTheApplicationHasChosen() {
    Application.of(Second.class, Chosen.class, Unnamed.class).close();
    Application.of(PrimarySecond.class, Chosen.class, Unnamed.class).close();
  }

  @Qualifier("second")
  @Transactional
  static class QualifiedClass {
    @GlobalTx
    public void buy() {}
  }

  @Qualifier("something else")
  @Transactional
  static class OtherwiseQualifiedClass {
    @GlobalTx
    public void buy() {}
  }

  @Test
  void theManagerThatTheQualifierOfTheClassNames() {
    assertThat(only(Second.class, QualifiedClass.class).mistake())
        .startsWith("uses another transaction manager than the transaction log");
    Application.of(OtherwiseQualifiedClass.class).close();
  }
}
