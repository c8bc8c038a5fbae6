package io.tcc.door;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.annotation.Abort;
import io.tcc.annotation.CanCommit;
import io.tcc.annotation.Cancel;
import io.tcc.annotation.Commit;
import io.tcc.annotation.Confirm;
import io.tcc.annotation.DoCommit;
import io.tcc.annotation.GlobalTx;
import io.tcc.annotation.OnDivergence;
import io.tcc.annotation.PreCommit;
import io.tcc.annotation.Prepare;
import io.tcc.annotation.Recording;
import io.tcc.annotation.Returned;
import io.tcc.annotation.Rollback;
import io.tcc.annotation.Try;
import io.tcc.door.InvalidAnnotationsException.Problem;
import io.tcc.transaction.BranchId;
import jakarta.servlet.http.HttpServletRequest;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.reactivestreams.Publisher;
import org.springframework.aop.framework.autoproxy.DefaultAdvisorAutoProxyCreator;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;
import org.springframework.core.PriorityOrdered;
import org.springframework.scheduling.annotation.Async;
import org.springframework.web.context.request.SessionScope;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Each mistake that keeps an application from starting, and what its developer is told. */
class MistakesTest {

  private static Problem only(Class<?>... classes) {
    List<Problem> problems = Application.rejected(classes).problems();
    assertThat(problems).hasSize(1);
    return problems.get(0);
  }

  private static void assertTold(Problem problem, String method, String mistake, String fix) {
    assertThat(problem.method()).isEqualTo(method);
    assertThat(problem.mistake()).isEqualTo(mistake);
    assertThat(problem.fix()).isEqualTo(fix);
  }

  // ---- which Confirm and which Cancel belong to which Try

  static class Unnamed {
    @Try
    public void reserve(String item) {}

    @Try
    public void lend(String item) {}

    @Confirm
    public void confirm(String item) {}

    @Cancel("reserve")
    public void cancelReserve() {}

    @Cancel("lend")
    public void cancelLend() {}
  }

  @Test
  void severalTriesAndAConfirmWithoutName() {
    assertTold(
        only(Unnamed.class),
        "confirm(String)",
        "is a @Confirm that does not say which @Try it belongs to",
        """
        @Confirm("lend")   // for lend(String)
        @Confirm("reserve")   // for reserve(String)
        public void confirm(String item)""");
  }

  static class Overloaded {
    @Try("one")
    public void reserve(String item) {}

    @Try("many")
    public void reserve(List<String> items) {}

    @Cancel("reserve")
    public void cancel() {}
  }

  @Test
  void aNameThatTwoTriesShare() {
    assertTold(
        only(Overloaded.class),
        "cancel()",
        "is a @Cancel that does not say which @Try it belongs to",
        """
        @Cancel("many")   // for reserve(List<String>)
        @Cancel("one")   // for reserve(String)
        public void cancel()""");
  }

  static class WithoutTry {
    @Confirm
    public void confirm(String item) {}
  }

  @Test
  void aConfirmWithoutTry() {
    Problem problem = only(WithoutTry.class);
    assertThat(problem.bean()).isEqualTo("mistakesTest.WithoutTry");
    assertThat(problem.className()).isEqualTo(WithoutTry.class.getName());
    assertTold(
        problem,
        "confirm(String)",
        "is a @Confirm, but the bean has no @Try that it could complete",
        "@Try\npublic void reserve(String item)");
  }

  static class WrongName {
    @Try
    public void reserve(String item) {}

    @Confirm
    public void confirm() {}

    @Cancel("resreve")
    public void cancel() {}
  }

  @Test
  void aNameThatNoTryHas() {
    assertTold(
        only(WrongName.class),
        "cancel()",
        "is the @Cancel of \"resreve\", but the bean has no @Try of that name",
        "@Cancel(\"reserve\")   // for reserve(String)\npublic void cancel()");
  }

  static class TwoConfirms {
    @Try
    public void reserve(String item) {}

    @Confirm
    public void confirm() {}

    @Confirm("reserve")
    public void settle() {}
  }

  @Test
  void twoConfirmsOfOneTry() {
    assertTold(
        only(TwoConfirms.class),
        "settle()",
        "is the second @Confirm of reserve(String)",
        "one @Confirm that does the work of both");
  }

  static class Alone {
    @Try
    public void reserve(String item, long amount) {}
  }

  @Test
  void aTryWithNeitherConfirmNorCancel() {
    assertTold(
        only(Alone.class),
        "reserve(String, long)",
        "is a @Try that has neither @Confirm nor @Cancel: what it does would stay, whatever the"
            + " outcome",
        """
        @Confirm
        public void confirmReserve(String item, long amount)
        @Cancel
        public void cancelReserve(String item, long amount)""");
  }

  static class WithoutCancel {
    @Try
    public void reserve(String item, long amount) {}

    @Confirm
    public void confirm(String item) {}
  }

  @Test
  void aTryWithoutCancel() {
    assertTold(
        only(WithoutCancel.class),
        "reserve(String, long)",
        "is a @Try that has no @Cancel: nobody could complete it with ABORT",
        """
        @Cancel
        public void cancelReserve(String item, long amount)""");
  }

  static class WithoutConfirm {
    @Try
    public void reserve(String item, long amount) {}

    @Cancel
    public void cancel(String item) {}
  }

  @Test
  @ExtendWith(OutputCaptureExtension.class)
  void aTryWithoutConfirmIsASagaStepAndToldOf(CapturedOutput output) {
    Application.of(WithoutConfirm.class).close();
    assertThat(output)
        .contains(
            "reserve(String, long) of bean mistakesTest.WithoutConfirm has no @Confirm, so it is a"
                + " saga step: what it does is final unless @Cancel undoes it");
  }

  static class AloneAmongOthers {
    @Try
    public void reserve(String item) {}

    @Cancel("reserve")
    public void cancel() {}

    @Try
    public void lend(String item) {}
  }

  @Test
  void aTryAmongOthersWithNeitherConfirmNorCancel() {
    Problem problem = only(AloneAmongOthers.class);
    assertThat(problem.method()).isEqualTo("lend(String)");
    assertThat(problem.fix())
        .isEqualTo(
            """
            @Confirm("lend")
            public void confirmLend(String item)
            @Cancel("lend")
            public void cancelLend(String item)""");
  }

  // ---- parameters

  static class UnknownParameter {
    @Try
    public void reserve(String item, long amount) {}

    @Cancel
    public void cancel(String itm) {}
  }

  @Test
  void aParameterThatTryDoesNotHave() {
    assertTold(
        only(UnknownParameter.class),
        "cancel(String)",
        "has a parameter itm, but reserve(String, long) has only the arguments item, amount",
        "public void cancel(String item, long amount)   // or fewer of these parameters");
  }

  static class OtherType {
    @Try
    public void reserve(List<Long> amounts, Long boxed) {}

    @Confirm
    public void confirm(List<Integer> amounts) {}

    @Cancel
    public void cancel(long boxed) {}
  }

  @Test
  void aParameterOfAnotherType() {
    List<Problem> problems = Application.rejected(OtherType.class).problems();
    assertThat(problems)
        .extracting(Problem::mistake)
        .containsExactly(
            "has a parameter amounts of type List<Integer>, but the argument amounts of"
                + " reserve(List<Long>, Long) is a List<Long>",
            // A null would never get through.
            "has a parameter boxed of type long, but the argument boxed of reserve(List<Long>,"
                + " Long) is a Long");
    assertThat(problems.get(1).fix())
        .isEqualTo(
            "public void cancel(List<Long> amounts, Long boxed)   // or fewer of these"
                + " parameters");
  }

  static class WiderTypes {
    @Try
    public void reserve(long amount, List<Long> amounts) {}

    @Cancel
    public void cancel(Long amount, Iterable<? extends Number> amounts) {}
  }

  @Test
  void aParameterOfAWiderTypeIsNoMistake() {
    Application.of(WiderTypes.class).close();
  }

  static class NoResult {
    @Try
    public void reserve(String item) {}

    @Confirm
    public void confirm(@Returned String result) {}

    @Cancel
    public void cancel() {}
  }

  @Test
  void aResultOfATryThatReturnsNothing() {
    assertTold(
        only(NoResult.class),
        "confirm(String)",
        "asks for what was @Returned, but reserve(String) returns nothing",
        "public void confirm(String item)   // or fewer of these parameters");
  }

  static class OtherResult {
    @Try
    public String reserve(String item) {
      return item;
    }

    @Confirm
    public void confirm(@Returned Long result) {}

    @Cancel
    public void cancel() {}
  }

  @Test
  void aResultOfAnotherType() {
    assertTold(
        only(OtherResult.class),
        "confirm(Long)",
        "asks for a @Returned Long, but reserve(String) returns String",
        "@Returned String result");
  }

  static class PrimitiveResult {
    @Try(recording = Recording.BEFORE)
    public int reserve(String item) {
      return 1;
    }

    @Cancel
    public void cancel(@Returned int result) {}
  }

  @Test
  void aPrimitiveResultThatMayBeMissing() {
    assertTold(
        only(PrimitiveResult.class),
        "cancel(int)",
        "asks for a @Returned value of a primitive type, but with recording = BEFORE there is none after"
            + " a @Try that did not return",
        "@Returned @Nullable Integer result");
  }

  static class KeyInTry {
    @Try
    public void reserve(BranchId key) {}

    @Cancel
    public void cancel(BranchId key) {}
  }

  @Test
  void aBranchIdAsArgumentOfTry() {
    assertTold(
        only(KeyInTry.class),
        "reserve(BranchId)",
        "is a @Try with an argument of type BranchId, which only Confirm and Cancel are given: it"
            + " names the branch that this call is going to make",
        "an id of your own as an argument, such as String paymentId");
  }

  static class Living {
    @Try
    public void reserve(
        InputStream in, HttpServletRequest request, Connection connection, Supplier<String> text) {}

    @Cancel
    public void cancel() {}
  }

  @Test
  void argumentsThatCannotBeStored() {
    List<Problem> problems = Application.rejected(Living.class).problems();
    assertThat(problems)
        .extracting(Problem::mistake)
        .containsExactly(
            "is a @Try with an argument of type InputStream, which cannot be stored for Confirm and"
                + " Cancel",
            "is a @Try with an argument of type HttpServletRequest, which cannot be stored for"
                + " Confirm and Cancel",
            "is a @Try with an argument of type Connection, which cannot be stored for Confirm and"
                + " Cancel",
            "is a @Try with an argument of type Supplier, which cannot be stored for Confirm and"
                + " Cancel");
    assertThat(problems.get(0).fix())
        .isEqualTo("an argument of a record, a value type of the JDK, or an id");
  }

  @Test
  void aClassThatWasCompiledWithoutParameterNames(@TempDir Path folder) throws Exception {
    String nameless =
        """
        import io.tcc.annotation.*;
        public class Nameless {
          @Try public void reserve(String item, long amount) {}
          @Confirm public void confirm(String item) {}
          @Cancel public void cancel() {}
        }
        """;
    List<Problem> problems = compiled(folder, "Nameless", nameless);
    assertThat(problems).hasSize(1);
    assertTold(
        problems.get(0),
        "reserve(String, long)",
        "was compiled without -parameters: the names of its parameters, by which arguments are"
            + " stored and found again, are lost",
        """
        <maven.compiler.parameters>true</maven.compiler.parameters>      <!-- Maven -->
        tasks.withType(JavaCompile) { options.compilerArgs << '-parameters' }   // Gradle""");
  }

  @Test
  void aMethodThatIsHiddenFromTheProxyInAnotherPackage(@TempDir Path folder) throws Exception {
    String hidden =
        """
        package above;
        public class Hidden {
          @io.tcc.annotation.GlobalTx void buy() {}
        }
        """;
    String below = "package below; public class Shop extends above.Hidden {}";
    List<Problem> problems = compiled(folder, "below.Shop", hidden, below);
    assertThat(problems).hasSize(1);
    assertTold(
        problems.get(0),
        "buy()",
        "is visible in package above only: the proxy, which is elsewhere, cannot override it, and"
            + " would run it on itself, with empty fields",
        "protected void buy()");
  }

  /** What an application with a bean of a class is told that was compiled without options. */
  private static List<Problem> compiled(Path folder, String bean, String... sources)
      throws Exception {
    List<String> arguments = new ArrayList<>();
    arguments.add("-cp");
    arguments.add(
        Path.of(Try.class.getProtectionDomain().getCodeSource().getLocation().toURI()).toString());
    arguments.add("-proc:none");
    arguments.add("-d");
    arguments.add(folder.toString());
    for (String source : sources) {
      Matcher name = Pattern.compile("public class (\\w+)").matcher(source);
      assertThat(name.find()).isTrue();
      arguments.add(Files.writeString(folder.resolve(name.group(1) + ".java"), source).toString());
    }
    assertThat(
            ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, arguments.toArray(String[]::new)))
        .isZero();
    try (URLClassLoader loader =
        new URLClassLoader(
            new URL[] {folder.toUri().toURL()}, MistakesTest.class.getClassLoader())) {
      Class<?> type = loader.loadClass(bean);
      return Application.rejected(
              context -> {
                context.setClassLoader(loader);
                context.register(type);
              })
          .problems();
    }
  }

  // ---- names

  static class One {
    @Try("stock")
    public void reserve() {}

    @Cancel
    public void cancel() {}
  }

  static class Other extends One {}

  @Test
  void twoParticipantsOfOneName() {
    assertTold(
        only(One.class, Other.class),
        "reserve()",
        "is participant \"stock\", and so is reserve() of bean mistakesTest.One: a stored branch"
            + " could not tell whom to complete",
        "@Try(\"another-name\")\npublic void reserve()");
  }

  static class LongName {
    @Try(
        "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567"
            + "8901234567890123456789012345678901234567890123456789012345678901234567890123456789"
            + "0123456789012345678901234567890")
    public void reserve() {}

    @Cancel
    public void cancel() {}
  }

  @Test
  void aParticipantWithALongName() {
    assertTold(
        only(LongName.class),
        "reserve()",
        "is a participant with a name of 201 characters; it has 1 to 200, because it is stored",
        "@Try(\"short-name\")\npublic void reserve()");
  }

  static class BlankName {
    @Try(" ")
    public void reserve() {}

    @Cancel
    public void cancel() {}
  }

  @Test
  void aParticipantWithABlankName() {
    assertThat(only(BlankName.class).mistake())
        .isEqualTo(
            "is a participant with a name of 0 characters; it has 1 to 200, because it is stored");
  }

  static class LongTransaction {
    @GlobalTx(
        name =
            "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234"
                + "5678901234567890123456789012345678901234567890123456789012345678901234567890123"
                + "4567890123456789012345678901234567890")
    public void buy() {}
  }

  @Test
  void aTransactionWithALongName() {
    Problem problem = only(LongTransaction.class);
    assertThat(problem.mistake())
        .startsWith(
            "begins a transaction whose name cannot be stored: The name of a global transaction has"
                + " 1 to 200 characters: 0123");
    assertThat(problem.fix()).isEqualTo("@GlobalTx(name = \"short-name\")\npublic void buy()");
  }

  // ---- timeouts

  static class Timeouts {
    @GlobalTx(timeout = "soon")
    public void soon() {}

    @GlobalTx(timeout = "0s")
    public void zero() {}

    @GlobalTx(timeout = "-PT1S")
    public void negative() {}

    @GlobalTx(timeout = "${shop.timeout}")
    public void unknownPlaceholder() {}

    @GlobalTx(timeout = "${shop.timeout:5}")
    public void seconds() {}

    @GlobalTx(timeout = "1m30s")
    public void composite() {}
  }

  @Test
  void timeoutsThatAreNone() {
    List<Problem> problems = Application.rejected(Timeouts.class).problems();
    assertThat(problems)
        .extracting(Problem::method)
        .containsExactly("negative()", "soon()", "unknownPlaceholder()", "zero()");
    assertTold(
        problems.get(1),
        "soon()",
        "has a timeout that is no positive duration: 'soon' is not a valid duration, cannot detect"
            + " any known style",
        "@GlobalTx(timeout = \"30s\")\npublic void soon()");
    assertThat(problems.get(2).mistake()).contains("'${shop.timeout}'");
    assertThat(problems.get(3).mistake())
        .isEqualTo("has a timeout that is no positive duration: '0s' is not positive");
  }

  // ---- work that goes on after the return

  static class Promises {
    @GlobalTx
    public Future<String> future() {
      return CompletableFuture.completedFuture("");
    }

    @GlobalTx
    public Callable<String> callable() {
      return () -> "";
    }

    @Try
    public Mono<String> mono() {
      return Mono.empty();
    }

    @Confirm("mono")
    public Flux<String> flux() {
      return Flux.empty();
    }

    @Cancel("mono")
    public Publisher<String> publisher() {
      return Mono.empty();
    }

    @Try
    public CompletableFuture<String> stage() {
      return CompletableFuture.completedFuture("");
    }

    @Cancel("stage")
    public int ignored() {
      return 1;
    }
  }

  @Test
  void resultsThatAreNotThereYet() {
    List<Problem> problems = Application.rejected(Promises.class).problems();
    assertThat(problems)
        .extracting(Problem::method)
        .containsExactly("callable()", "flux()", "future()", "mono()", "publisher()", "stage()");
    assertTold(
        problems.get(3),
        "mono()",
        "is a @Try that returns a Mono: it would be taken for done while its work still runs",
        "@Try\nmono()   // waits for the work, and returns its result");
  }

  static class Asynchronous {
    @Try
    @Async
    public void reserve() {}

    @Cancel
    public void cancel() {}

    @GlobalTx
    @Async
    public void buy() {}
  }

  @Async
  static class AsynchronousClass {
    @Try
    public void reserve() {}

    @Cancel
    public void cancel() {}
  }

  @Test
  void asynchronousBranches() {
    assertTold(
        only(Asynchronous.class),
        "reserve()",
        "is a @Try and @Async: its work would run on another thread, outside the local transaction of"
            + " its branch",
        "@Try   // without @Async; a @GlobalTx method may be @Async\npublic void reserve()");
    assertThat(Application.rejected(AsynchronousClass.class).problems())
        .extracting(Problem::method)
        .containsExactly("cancel()", "reserve()");
  }

  // ---- roles

  static class BothRoles {
    @GlobalTx
    @Try
    public void buy() {}

    @Cancel
    public void cancel() {}
  }

  static class TryAndConfirm {
    @Try
    @Confirm
    public void reserve() {}

    @Cancel
    public void cancel() {}
  }

  static class ConfirmAndCancel {
    @Try
    public void reserve() {}

    @Confirm
    @Cancel
    public void release() {}
  }

  @Test
  void severalRolesOfOneMethod() {
    assertTold(
        only(BothRoles.class),
        "buy()",
        "is @Try and @GlobalTx at once: a transaction, its branches and their completion are"
            + " different calls",
        "one of these annotations; a @GlobalTx method that calls the @Try method of another bean");
    assertThat(only(TryAndConfirm.class).mistake()).startsWith("is @Try and @Confirm at once");
    Application.of(ConfirmAndCancel.class).close();
  }

  // ---- proxies

  static class Unreachable {
    @Try("a")
    public final void last() {}

    @Try("b")
    private void hidden() {}

    @Try("c")
    public static void classes() {}

    @Cancel("a")
    public final void cancelA() {}

    @Cancel("b")
    public void cancelB() {}

    @Cancel("c")
    public void cancelC() {}
  }

  @Test
  void methodsThatNoProxyCanTakeTheCallsOf() {
    List<Problem> problems = Application.rejected(Unreachable.class).problems();
    assertThat(problems)
        .extracting(Problem::method)
        .containsExactly("cancelA()", "classes()", "hidden()", "last()");
    assertTold(
        problems.get(3),
        "last()",
        "is final: the proxy cannot override it, and would run it on itself, with empty fields",
        "public void last()");
    assertTold(
        problems.get(2),
        "hidden()",
        "is private, so no proxy can take its calls",
        "public void hidden()");
    assertTold(
        problems.get(1),
        "classes()",
        "is static, so no proxy can take its calls",
        "public void classes()");
  }

  static final class FinalClass {
    @GlobalTx
    public void buy() {}
  }

  @Test
  void aFinalClass() {
    assertTold(
        only(FinalClass.class),
        "buy()",
        "belongs to a final class, of which there can be no proxy: the annotation has no effect",
        "class MistakesTest.FinalClass   // not final");
  }

  interface Stock {
    void reserve(String item);

    default void release() {}
  }

  static final class OnTheClassOnly implements Stock {
    @Try
    @Override
    public void reserve(String item) {}

    @Confirm
    public final void confirm(String item) {}

    @Cancel
    @Override
    public void release() {}
  }

  @Test
  void aConfirmThatIsOnTheClassOnlyBehindAProxyOfInterfaces() {
    assertTold(
        only(OnTheClassOnly.class),
        "confirm(String)",
        ProxyRules.NOT_ON_AN_INTERFACE,
        "void confirm(String item);   // in MistakesTest.Stock");
  }

  static class GloballyOnTheClassOnly implements Stock {
    @Override
    public void reserve(String item) {}

    @GlobalTx
    public void buy() {}
  }

  @Test
  void aGlobalTxThatIsOnTheClassOnlyBehindAProxyOfInterfaces() {
    assertThat(only(GloballyOnTheClassOnly.class).mistake())
        .isEqualTo(ProxyRules.NOT_ON_AN_INTERFACE);
  }

  static class Unproxied {
    @GlobalTx
    public void buy() {}
  }

  @Test
  void aBeanThatWasRegisteredAsAnObject() {
    List<Problem> problems =
        Application.rejected(
                context -> context.getBeanFactory().registerSingleton("shop", new Unproxied()))
            .problems();
    assertThat(problems).hasSize(1);
    assertThat(problems.get(0).bean()).isEqualTo("shop");
    assertTold(
        problems.get(0),
        "buy()",
        "is not behind a proxy, so the annotation has no effect: the bean was registered as a"
            + " finished object, or made too early, for a BeanPostProcessor",
        "@Component class MistakesTest.Unproxied   // or a @Bean method; and"
            + " ObjectProvider<MistakesTest.Unproxied> where a BeanPostProcessor needs it");
  }

  static class Early implements BeanPostProcessor, PriorityOrdered, BeanFactoryAware {
    @Override
    public void setBeanFactory(BeanFactory beans) {
      beans.getBean(Unproxied.class);
    }

    @Override
    public int getOrder() {
      return 0;
    }
  }

  @Test
  void aBeanThatWasMadeTooEarly() {
    assertThat(only(Early.class, Unproxied.class).mistake()).startsWith("is not behind a proxy");
  }

  @Configuration
  static class TwoProxyCreators {
    @Bean
    static DefaultAdvisorAutoProxyCreator second() {
      DefaultAdvisorAutoProxyCreator creator = new DefaultAdvisorAutoProxyCreator();
      creator.setProxyTargetClass(true);
      return creator;
    }
  }

  @Test
  void aBeanWithTwoProxies() {
    assertTold(
        only(TwoProxyCreators.class, Unproxied.class),
        "buy()",
        "is behind 2 proxies that all begin transactions or branches: the application has a second"
            + " auto-proxy creator",
        "@EnableAspectJAutoProxy   // and no DefaultAdvisorAutoProxyCreator beside it");
  }

  static class SessionStock {
    @Try
    public void reserve() {}

    @Cancel
    public void cancel() {}
  }

  @Test
  void aBeanOfAScopeThatEndsBeforeConfirm() {
    List<Problem> problems =
        Application.rejected(
                context -> {
                  context.getBeanFactory().registerScope("session", new SessionScope());
                  context.registerBean(
                      "stock", SessionStock.class, definition -> definition.setScope("session"));
                })
            .problems();
    assertThat(problems).hasSize(1);
    assertTold(
        problems.get(0),
        "reserve()",
        "is a @Try of a bean in scope session, but Confirm and Cancel are called later and on other"
            + " threads",
        "@Try in a singleton, with arguments for what it needs of the session");
  }

  @Configuration
  static class PrototypesOfOneClass {
    @Bean
    @Scope("prototype")
    SessionStock one() {
      return new SessionStock();
    }

    @Bean
    SessionStock two() {
      return new SessionStock();
    }
  }

  @Test
  void beansOfOneClassThatCannotBeToldApart() {
    Problem problem = only(PrototypesOfOneClass.class);
    assertThat(problem.bean()).isEqualTo("one");
    assertTold(
        problem,
        "reserve()",
        "belongs to a class of which there are several beans, and this one is not a singleton: when"
            + " it is called, nobody can tell which bean's participant it is",
        "class AnotherSessionStock extends MistakesTest.SessionStock {}   // for one of the beans");
  }

  // ---- all of them

  @Test
  void allMistakesOfTheApplicationAreToldAtOnce() {
    InvalidAnnotationsException e =
        Application.rejected(WithoutTry.class, OtherResult.class, Timeouts.class);
    assertThat(e.problems()).hasSize(6);
    assertThat(e)
        .hasMessageStartingWith(
            """
            6 mistakes in the annotations of this application, which does not start with them:

            1. io.tcc.door.MistakesTest$WithoutTry.confirm(String)
               bean mistakesTest.WithoutTry
               The method is a @Confirm, but the bean has no @Try that it could complete. Write:
                 @Try
                 public void reserve(String item)

            2. io.tcc.door.MistakesTest$OtherResult.confirm(Long)
               bean mistakesTest.OtherResult
               The method asks for a @Returned Long, but reserve(String) returns String. Write:
                 @Returned String result

            3. io.tcc.door.MistakesTest$Timeouts.negative()
            """);
  }

  /** A class that no rule was written for. */
  @Test
  void methodsAreShownAsPeopleWriteThem() throws Exception {
    Method method = MistakesTest.class.getDeclaredMethod("only", Class[].class);
    assertThat(Declaration.of(method))
        .isEqualTo("private InvalidAnnotationsException.Problem only(Class<?>[] classes)");
  }

  // ---- the same by two-phase commit, in its own words

  static class WithoutRollback {
    @Prepare
    public void prepare(String item) {}

    @Commit
    public void commit(String item) {}
  }

  @Test
  void aPrepareWithoutRollback() {
    assertTold(
        only(WithoutRollback.class),
        "prepare(String)",
        "is a @Prepare that has no @Rollback: nobody could complete it with ABORT",
        "@Rollback\npublic void rollbackPrepare(String item)");
  }

  static class PreparedAlone {
    @Prepare
    public void prepare(String item) {}
  }

  @Test
  void aPrepareWithNeitherCommitNorRollback() {
    assertTold(
        only(PreparedAlone.class),
        "prepare(String)",
        "is a @Prepare that has neither @Commit nor @Rollback: what it does would stay, whatever the"
            + " outcome",
        """
        @Commit
        public void commitPrepare(String item)
        @Rollback
        public void rollbackPrepare(String item)""");
  }

  static class WithoutPrepare {
    @Try
    public void reserve(String item) {}

    @Cancel
    public void cancel() {}

    @Rollback
    public void rollback(String item) {}
  }

  @Test
  void aRollbackWithoutPrepareIsNotThatOfATry() {
    assertTold(
        only(WithoutPrepare.class),
        "rollback(String)",
        "is a @Rollback, but the bean has no @Prepare that it could complete",
        "@Prepare\npublic void prepare(String item)");
  }

  static class WrongArguments {
    @Prepare(recording = Recording.BEFORE)
    public int prepare(String item, Connection connection) {
      return 1;
    }

    @Commit
    public void commit(long amount) {}

    @Rollback
    public void rollback(@Returned int result) {}
  }

  @Test
  void argumentsOfTwoPhaseCommitThatAreNone() {
    assertThat(Application.rejected(WrongArguments.class).problems())
        .extracting(Problem::mistake)
        .containsExactlyInAnyOrder(
            "is a @Prepare with an argument of type Connection, which cannot be stored for Commit and"
                + " Rollback",
            "has a parameter amount, but prepare(String, Connection) has only the arguments item,"
                + " connection",
            "asks for a @Returned value of a primitive type, but with recording = BEFORE there is"
                + " none after a @Prepare that did not return");
  }

  static class OneName {
    @Try("stock")
    public void reserve() {}

    @Cancel
    public void cancel() {}

    @Prepare("stock")
    public void prepare() {}

    @Commit
    public void commit() {}

    @Rollback
    public void rollback() {}
  }

  @Test
  void aNameThatTwoProtocolsShare() {
    assertTold(
        only(OneName.class),
        "prepare()",
        "is participant \"stock\", and so is reserve() of bean mistakesTest.OneName: a stored branch"
            + " could not tell whom to complete",
        "@Prepare(\"another-name\")\npublic void prepare()");
  }

  static class TwoWorks {
    @Try
    @Prepare
    public void reserve() {}

    @Cancel
    public void cancel() {}

    @Commit
    public void commit() {}

    @Rollback
    public void rollback() {}
  }

  @Test
  void aMethodThatDoesTheWorkOfTwoProtocols() {
    assertThat(Application.rejected(TwoWorks.class).problems())
        .extracting(Problem::mistake)
        .contains(
            "is @Try and @Prepare at once: a transaction, its branches and their completion are"
                + " different calls");
  }

  static class Unseen {
    public void buy() {
      prepare();
    }

    @Prepare
    public final Future<String> prepare() {
      return CompletableFuture.completedFuture("");
    }

    @Commit
    public void commit() {}

    @Rollback
    private void rollback() {}
  }

  @Test
  void whatHoldsForATryHoldsForAPrepare() {
    assertThat(Application.rejected(Unseen.class).problems())
        .extracting(Problem::mistake)
        .anyMatch(told -> told.startsWith("is final: the proxy cannot override it"))
        .anyMatch(told -> told.startsWith("is private, so no proxy can take its calls"))
        .anyMatch(told -> told.startsWith("is a @Prepare that returns a Future"))
        .anyMatch(told -> told.startsWith("is called by buy, line"));
  }

  // ---- the same by 3PC, in its own words

  static class CheckedAlone {
    @CanCommit
    public void check(String item) {}

    @DoCommit
    public void book(String item) {}
  }

  @Test
  void aCanCommitWithoutPreCommitAndAbort() {
    assertTold(
        only(CheckedAlone.class),
        "check(String)",
        "is a @CanCommit that has neither @PreCommit nor @Abort: nobody could complete it with"
            + " PRE_COMMIT",
        """
        @PreCommit
        public void preCommitCheck(String item)
        @Abort
        public void abortCheck(String item)""");
  }

  static class WithoutCanCommit {
    @Prepare
    public void prepare() {}

    @Commit
    public void commit() {}

    @Rollback
    public void rollback() {}

    @DoCommit
    public void book(String item) {}
  }

  @Test
  void aDoCommitWithoutCanCommitIsNotThatOfAPrepare() {
    assertTold(
        only(WithoutCanCommit.class),
        "book(String)",
        "is a @DoCommit, but the bean has no @CanCommit that it could complete",
        "@CanCommit\npublic void check(String item)");
  }

  static class WrongThreePhase {
    @CanCommit
    public void check(String item, Connection connection) {}

    @PreCommit
    public Future<String> execute(String item) {
      return CompletableFuture.completedFuture(item);
    }

    @DoCommit
    public void book(long amount) {}

    @Abort
    public void release(@Returned String result) {}

    @OnDivergence
    public void diverged(String xid) {}
  }

  @Test
  void allMistakesOf3pcAreToldAtOnce() {
    assertThat(Application.rejected(WrongThreePhase.class).problems())
        .extracting(Problem::mistake)
        .containsExactlyInAnyOrder(
            "is a @CanCommit with an argument of type Connection, which cannot be stored for"
                + " PreCommit, DoCommit and Abort",
            "is a @PreCommit that returns a Future: it would be taken for done while its"
                + " work still runs",
            "has a parameter amount, but check(String, Connection) has only the arguments item,"
                + " connection",
            "asks for what was @Returned, but check(String, Connection) returns nothing",
            "is an @OnDivergence that cannot be called: it takes nothing, or what is told");
  }
}
