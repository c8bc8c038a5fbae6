package io.tcc.door;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.annotation.Cancel;
import io.tcc.annotation.GlobalTx;
import io.tcc.annotation.Propagation;
import io.tcc.annotation.Try;
import io.tcc.door.InvalidAnnotationsException.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.EnableAspectJAutoProxy;
import org.springframework.context.annotation.Lazy;

/** Calls of a bean on itself, which go past its proxy. */
class SelfInvocationsTest {

  private static List<String> callers(Class<?>... classes) {
    return Application.rejected(classes).problems().stream()
        .map(Problem::mistake)
        .map(
            mistake ->
                mistake
                    .replaceFirst("is called by ", "")
                    .replaceFirst(", line \\d+,", "")
                    .replaceFirst(
                        " on its own object, past the proxy: the annotation has no effect on that"
                            + " call",
                        ""))
        .toList();
  }

  static class Direct {
    @GlobalTx
    public void buy() {
      reserve("book");
    }

    @Try
    public void reserve(String item) {}

    @Cancel
    public void cancel(String item) {}
  }

  @Test
  void aDirectCall() {
    List<Problem> problems = Application.rejected(Direct.class).problems();
    assertThat(problems).hasSize(1);
    assertThat(problems.get(0).method()).isEqualTo("reserve(String)");
    assertThat(problems.get(0).mistake())
        .matches(
            "is called by buy, line \\d\\d, on its own object, past the proxy: the annotation has no"
                + " effect on that call");
    assertThat(problems.get(0).fix())
        .isEqualTo(
            "@Autowired @Lazy SelfInvocationsTest.Direct self;   // self.reserve(…); or move reserve"
                + " to a bean of its own");
  }

  /** Each method is one way to call. */
  static class Ways {
    int field;
    double[] numbers = {1, 2};

    @Try
    public long reserve(Object one, long two, double three, Object... more) {
      return two;
    }

    @Cancel
    public void cancel() {}

    void a(boolean flag, long n) {
      if (flag || field > 3) {
        reserve(flag ? "x" : null, flag ? n : -n, numbers[(int) n]++ * 2.5, "a" + n + flag, this);
      }
    }

    void b(List<String> items) {
      for (String item : items) {
        try {
          synchronized (this) {
            field += reserve(item, items.size(), 1.0) > 0 ? 1 : 2;
          }
        } catch (IllegalStateException e) {
          field--;
        } finally {
          field++;
        }
      }
    }

    Supplier<Long> c(String item) {
      return () -> reserve(item, 1, 2);
    }

    interface Four {
      long call(Object one, long two, double three, Object... more);
    }

    Four d() {
      return this::reserve;
    }

    void e(Consumer<Four> consumer, long n) {
      consumer.accept(n > 0 ? this::reserve : null);
    }

    Runnable f() {
      return new Runnable() {
        @Override
        public void run() {
          reserve("", 1, 2);
        }
      };
    }

    class Inner {
      class Innermost {
        void g() {
          reserve("", 1, 2);
        }
      }
    }

    long h(String text) {
      long before = 5;
      long result =
          switch (text) {
            case "a" -> 1L;
            case "b" -> this.reserve(text, text.length() > 3 ? 1 : 2, 0);
            default -> {
              try {
                yield Long.parseLong(text);
              } catch (NumberFormatException e) {
                yield before > 3 ? reserve(null, 0, 0, new Object[] {e, new int[2][3]}) : 0;
              }
            }
          };
      return before + result;
    }

    private void i() {
      int n = 10;
      do {
        long[] longs = {n, -n};
        longs[0] += longs[1]++ * reserve(longs, longs[1] << 2, (double) longs[0] % 3);
      } while (--n > 0 && numbers.length > 1);
    }

    static void j(Ways other) {
      other.reserve("", 1, 2);
    }
  }

  @Test
  void everyWayToCall() {
    assertThat(callers(Ways.class))
        .containsExactlyInAnyOrder(
            "a",
            "b",
            "c",
            "d",
            "e",
            "SelfInvocationsTest.Ways.1.run",
            "SelfInvocationsTest.Ways.Inner.Innermost.g",
            "h",
            "h",
            "i");
  }

  /** Nothing here goes past a proxy. */
  static class Innocent {
    @Autowired @Lazy Innocent self;
    int field;

    @GlobalTx
    public void buy(Innocent other, boolean flag, long n) {
      self.reserve(flag ? "x" : "y", n);
      (flag ? self : other).reserve("", 1);
      if (other == this) {
        other.reserve(toString(), hashCode());
      }
      BiFunction<String, Long, String> unbound = (item, amount) -> self.reserve(item, amount);
      unbound.apply("", n);
      BiFunction<String, Long, String> bound = self::reserve;
      bound.apply(self().reserve("", field), n);
      List<Innocent> all = new ArrayList<>(List.of(this, self));
      all.get(1).reserve("", 2);
      all.forEach(each -> each.reserve("", 3));
      helper(n);
      new Object() {
        void run() {
          self.reserve("", field);
        }
      }.run();
    }

    private Innocent self() {
      return self;
    }

    private void helper(long n) {
      field += n;
    }

    /** Calls itself: one branch. */
    @Try
    public String reserve(String item, long amount) {
      return amount > 1 ? reserve(item, amount - 1) : item;
    }

    /** Another method of that name. */
    public String reserve(String item) {
      return item;
    }

    void another() {
      reserve("");
      cancel();
    }

    @Cancel
    public void cancel() {}
  }

  static class InnocentBelow extends Innocent {
    @Override
    public String reserve(String item, long amount) {
      return super.reserve(item, amount);
    }
  }

  @Test
  void whatGoesThroughTheProxyOrIsOneCallIsNoMistake() {
    Application.of(Innocent.class).close();
    Application.of(InnocentBelow.class).close();
  }

  static class Below extends Innocent {
    void more() {
      super.reserve("", 1);
    }
  }

  @Test
  void aCallOfTheSuperclassesMethodFromAnotherOne() {
    assertThat(callers(Below.class)).containsExactly("more");
  }

  abstract static class Generic<T> {
    abstract void reserve(T thing);

    public void inTheSuperclass(T thing) {
      reserve(thing);
    }
  }

  interface WithDefault {
    void buy();

    default void twice() {
      buy();
      buy();
    }
  }

  interface Above extends WithDefault {}

  static class Concrete extends Generic<String> implements Above {
    @Try
    @Override
    void reserve(String thing) {}

    @Cancel
    void cancel() {}

    @GlobalTx(propagation = Propagation.REQUIRES_NEW)
    @Override
    public void buy() {}
  }

  @Configuration
  @EnableAspectJAutoProxy(proxyTargetClass = true)
  static class ProxiesOfClasses {}

  @Test
  void callsInASuperclassAndInADefaultMethod() {
    assertThat(callers(ProxiesOfClasses.class, Concrete.class))
        .containsExactly(
            "SelfInvocationsTest.Generic.inTheSuperclass",
            "SelfInvocationsTest.WithDefault.twice",
            "SelfInvocationsTest.WithDefault.twice");
  }
}
