package io.tcc.door;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.annotation.Cancel;
import io.tcc.annotation.Confirm;
import io.tcc.annotation.GlobalTx;
import io.tcc.annotation.Recording;
import io.tcc.annotation.Returned;
import io.tcc.annotation.Try;
import io.tcc.door.Application.Heard;
import io.tcc.log.PayloadException;
import io.tcc.transaction.BranchId;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** Confirm and Cancel get what Try got, with the same types, or Try does not run at all. */
class ArgumentsTest {

  enum Colour {
    RED,
    BLUE
  }

  record Money(BigDecimal amount, String currency) {
    /** Derived: JSON libraries take it for a property. */
    public boolean isZero() {
      return amount.signum() == 0;
    }
  }

  record Line(String item, int count, List<Money> prices) {}

  /** Everything that came to Confirm, Cancel, or Try. */
  static class Seen {
    final List<List<?>> tried = new ArrayList<>();
    final List<List<?>> completed = new ArrayList<>();
  }

  static class Stock {
    @Autowired Seen seen;

    @Try("values")
    public Money values(
        long amount,
        @Nullable Long boxed,
        BigDecimal price,
        BigInteger big,
        LocalDateTime when,
        ZonedDateTime where,
        Instant instant,
        UUID id,
        Colour colour,
        char letter,
        double ratio,
        byte[] bytes,
        String text) {
      seen.tried.add(
          Arrays.asList(
              amount, boxed, price, big, when, where, instant, id, colour, letter, ratio, bytes,
              text));
      return new Money(price, "EUR");
    }

    @Confirm("values")
    public void confirmValues(
        @Returned Money result,
        String text,
        byte[] bytes,
        double ratio,
        char letter,
        Colour colour,
        UUID id,
        Instant instant,
        ZonedDateTime where,
        LocalDateTime when,
        BigInteger big,
        BigDecimal price,
        @Nullable Long boxed,
        Long amount) {
      assertThat(result).isEqualTo(new Money(price, "EUR"));
      seen.completed.add(
          Arrays.asList(
              amount, boxed, price, big, when, where, instant, id, colour, letter, ratio, bytes,
              text));
    }

    @Cancel("values")
    public void cancelValues() {}

    @Try("structures")
    public void structures(
        Line line,
        List<Money> monies,
        Map<String, List<Long>> counts,
        Set<Colour> colours,
        Optional<Money> maybe,
        Money[] array,
        @Nullable List<Money> none) {
      seen.tried.add(Arrays.asList(line, monies, counts, colours, maybe, array, none));
    }

    @Cancel("structures")
    public void cancelStructures(
        BranchId key,
        Line line,
        List<Money> monies,
        Map<String, List<Long>> counts,
        Set<Colour> colours,
        Optional<Money> maybe,
        Money[] array,
        @Nullable List<Money> none) {
      assertThat(key.ordinal()).isEqualTo(1);
      seen.completed.add(Arrays.asList(line, monies, counts, colours, maybe, array, none));
    }

    @Try("anything")
    public void anything(Object thing) {
      seen.tried.add(List.of(thing));
    }

    @Confirm("anything")
    public void confirmAnything(Object thing) {
      seen.completed.add(List.of(thing));
    }

    @Cancel("anything")
    public void cancelAnything() {}

    @Try("result")
    public Object result(Object thing) {
      seen.tried.add(List.of(thing));
      return new Thread(String.valueOf(thing));
    }

    @Confirm("result")
    public void confirmResult(@Returned Object result) {
      seen.completed.add(List.of(result));
    }

    @Cancel("result")
    public void cancelResult() {}

    @Try(value = "elsewhere", recording = Recording.BEFORE)
    public String elsewhere(boolean fails) {
      if (fails) {
        throw new IllegalStateException("after the effect");
      }
      return "receipt";
    }

    @Confirm("elsewhere")
    public void confirmElsewhere(@Returned String receipt) {
      seen.completed.add(List.of(receipt));
    }

    @Cancel("elsewhere")
    public void cancelElsewhere(@Returned @Nullable String receipt, boolean fails) {
      seen.completed.add(Arrays.asList(receipt, fails));
    }
  }

  static class Shop {
    @GlobalTx
    public void sell(Runnable work) {
      work.run();
    }
  }

  private final Application application =
      Application.of(Seen.class, Stock.class, Shop.class, Heard.class);

  private final Stock stock = application.bean(Stock.class);
  private final Shop shop = application.bean(Shop.class);
  private final Seen seen = application.bean(Seen.class);

  @AfterEach
  void close() {
    application.close();
  }

  @Test
  void valuesComeBackAsTheyWere() {
    shop.sell(
        () ->
            stock.values(
                9_007_199_254_740_993L,
                null,
                new BigDecimal("10.00"),
                BigInteger.TWO.pow(200),
                LocalDateTime.of(2026, 1, 2, 3, 4, 5, 123_456_789),
                ZonedDateTime.of(2026, 7, 1, 12, 0, 0, 1, ZoneId.of("Asia/Shanghai")),
                Instant.ofEpochSecond(1, 999_999_999),
                new UUID(1, 2),
                Colour.BLUE,
                '中',
                0.1,
                new byte[] {-1, 0, 1},
                "line\nbreak, \u0000 and 𝄞"));
    assertSameTypesAndValues();
  }

  @Test
  void structuresComeBackAsTheyWere() {
    Map<String, List<Long>> counts = new LinkedHashMap<>();
    counts.put("b", List.of(1L, 2L));
    counts.put("a", List.of());
    assertThatThrownBy(
            () ->
                shop.sell(
                    () -> {
                      stock.structures(
                          new Line("book", 2, List.of(new Money(BigDecimal.ONE, "EUR"))),
                          List.of(new Money(new BigDecimal("0.10"), "USD")),
                          counts,
                          EnumSet.allOf(Colour.class),
                          Optional.of(new Money(BigDecimal.ZERO, "CNY")),
                          new Money[] {new Money(BigDecimal.TEN, "CHF")},
                          null);
                      throw new IllegalStateException("no");
                    }))
        .hasMessage("no");
    assertSameTypesAndValues();
  }

  private void assertSameTypesAndValues() {
    assertThat(seen.completed).hasSize(1);
    List<?> tried = seen.tried.get(0);
    List<?> completed = seen.completed.get(0);
    assertThat(completed).hasSameSizeAs(tried);
    for (int i = 0; i < tried.size(); i++) {
      // Of arrays the elements are compared.
      assertThat((Object) completed.get(i)).isEqualTo(tried.get(i));
    }
  }

  @Test
  void whatIsTooLargeIsRefusedBeforeAnythingIsReserved() {
    assertThatThrownBy(() -> shop.sell(() -> stock.anything("x".repeat(Application.MAX_PAYLOAD))))
        .isInstanceOf(PayloadException.class)
        .hasMessage(
            "The values of thing are 2012 characters of JSON, the limit is 2000: pass an id instead"
                + " of the data, or raise tcc.max-payload");
    assertNothingHappened();
  }

  @Test
  void whatCannotBeWrittenIsRefusedBeforeAnythingIsReserved() {
    Object circular = new ArrayList<>();
    ((List<Object>) circular).add(circular);
    assertThatThrownBy(() -> shop.sell(() -> stock.anything(circular)))
        .isInstanceOf(PayloadException.class)
        .hasMessageContaining("it contains itself, or is nested too deeply");
    assertNothingHappened();
  }

  @Test
  void whatDoesNotComeBackAsItWasIsRefusedBeforeAnythingIsReserved() {
    assertThatThrownBy(() -> shop.sell(() -> stock.anything(5L)))
        .isInstanceOf(PayloadException.class)
        .hasMessage(
            "The value of thing, a java.lang.Object, cannot be stored as JSON and read back (a"
                + " java.lang.Long comes back as a java.lang.Integer); use a record, a value type of"
                + " the JDK, or an id");
    assertThatThrownBy(() -> shop.sell(() -> stock.anything(TimeUnit.DAYS)))
        .hasMessageContaining("comes back as a java.lang.String");
    assertThatThrownBy(() -> shop.sell(() -> stock.anything(new Money(BigDecimal.ONE, "EUR"))))
        .hasMessageContaining("comes back as a java.util.LinkedHashMap");
    assertNothingHappened();
  }

  private void assertNothingHappened() {
    assertThat(seen.tried).isEmpty();
    assertThat(application.branches()).isEmpty();
    assertThat(application.decisions()).isEmpty();
  }

  @Test
  void aResultThatCannotBeStoredRollsTheTryBack() {
    assertThatThrownBy(() -> shop.sell(() -> stock.result("x")))
        .isInstanceOf(PayloadException.class)
        .hasMessageContaining("The value of result, a java.lang.Object,");
    assertThat(seen.tried).hasSize(1);
    assertThat(application.branches()).isEmpty();
  }

  @Test
  void theResultOfATryThatDidNotReturnIsNull() {
    assertThatThrownBy(() -> shop.sell(() -> stock.elsewhere(true))).hasMessage("after the effect");
    assertThat(seen.completed).containsExactly(Arrays.asList(null, true));
    shop.sell(() -> stock.elsewhere(false));
    assertThat(seen.completed.get(1)).isEqualTo(List.of("receipt"));
  }
}
