package io.tcc.log.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.log.PayloadCodec.Typed;
import io.tcc.log.PayloadException;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.core.ParameterizedTypeReference;

class JsonPayloadCodecTest {

  private final JsonPayloadCodec codec = new JsonPayloadCodec(10_000);

  private Object roundTrip(Object value, Type type) {
    return codec.read(codec.write(Map.of("it", new Typed(type, value))), "it", type);
  }

  /** A class as JavaBeans are, without equality. */
  static class Box {
    private Set<String> labels = new LinkedHashSet<>();
    private Object content;

    public Set<String> getLabels() {
      return labels;
    }

    public void setLabels(Set<String> labels) {
      this.labels = labels;
    }

    public Object getContent() {
      return content;
    }

    public void setContent(Object content) {
      this.content = content;
    }

    public int getNumberOfLabels() {
      return labels.size();
    }
  }

  record Holder(Object any, double[] numbers) {}

  @Test
  void aSetComesBackWhateverItsOrder() {
    Type type = new ParameterizedTypeReference<Set<String>>() {}.getType();
    Set<String> many = new LinkedHashSet<>();
    for (int i = 100; i > 0; i--) {
      many.add("label " + i);
    }
    assertThat(roundTrip(many, type)).isEqualTo(many);
  }

  @Test
  void anObjectWithoutEqualityIsComparedByItsProperties() {
    Box box = new Box();
    for (int i = 100; i > 0; i--) {
      box.getLabels().add("label " + i);
    }
    box.setContent("content");
    Box again = (Box) roundTrip(box, Box.class);
    assertThat(again.getLabels()).isEqualTo(box.getLabels());
    assertThat(again.getContent()).isEqualTo("content");
  }

  @Test
  void derivedPropertiesAreNotWritten() {
    assertThat(codec.write(Map.of("it", new Typed(Box.class, new Box()))))
        .isEqualTo("{\"it\":{\"content\":null,\"labels\":[]}}");
  }

  @Test
  void anOffsetIsKept() {
    OffsetDateTime moment = OffsetDateTime.of(2026, 1, 1, 0, 0, 0, 0, ZoneOffset.ofHours(8));
    assertThat(roundTrip(moment, OffsetDateTime.class)).isEqualTo(moment);
  }

  @Test
  void arraysInsideARecordAreComparedByTheirElements() {
    Holder again = (Holder) roundTrip(new Holder("x", new double[] {1, 0.5}), Holder.class);
    assertThat(again.numbers()).containsExactly(1, 0.5);
  }

  @Test
  void aValueOfAnotherTypeInsideARecordIsNoticed() {
    assertThatThrownBy(() -> roundTrip(new Holder(5L, new double[0]), Holder.class))
        .isInstanceOf(PayloadException.class)
        .hasMessageContaining("its value changes on the way");
  }

  @Test
  void aNumberThatCouldNotBeReadBackIsRefused() {
    BigInteger huge = BigInteger.TEN.pow(1_200);
    assertThatThrownBy(() -> roundTrip(huge, BigInteger.class))
        .isInstanceOf(PayloadException.class)
        .hasMessageContaining("Number value length (1201) exceeds the maximum allowed");
    assertThatThrownBy(() -> roundTrip(new BigDecimal(huge), BigDecimal.class))
        .isInstanceOf(PayloadException.class);
  }

  @Test
  void halfOfASurrogatePairIsRefused() {
    assertThatThrownBy(() -> roundTrip("\ud834", String.class))
        .isInstanceOf(PayloadException.class)
        .hasMessageContaining("half of a surrogate pair");
    assertThat(roundTrip("\ud834\udd1e", String.class)).isEqualTo("𝄞");
  }

  @Test
  void messagesTellTypesAndNoValues() {
    assertThatThrownBy(() -> roundTrip(new StringBuilder("secret"), Object.class))
        .hasMessageContaining("a java.lang.StringBuilder comes back as a java.lang.String")
        .hasMessageNotContaining("secret");
  }

  @Test
  void whatIsNestedTooDeeplyForTheWholeIsRefused() {
    List<Object> nested = new ArrayList<>();
    for (int i = 0; i < 499; i++) {
      nested = new ArrayList<>(List.of(nested));
    }
    List<Object> whole = nested;
    assertThatThrownBy(() -> roundTrip(whole, Object.class)).isInstanceOf(PayloadException.class);
  }

  @Test
  void aStoredValueThatIsMissingOrOfAnotherTypeIsToldByName() {
    assertThatThrownBy(() -> codec.read("{\"it\":\"text\"}", "other", String.class))
        .isInstanceOf(PayloadException.class)
        .hasMessage("The stored payload has no value named other");
    assertThatThrownBy(() -> codec.read("{\"it\":\"text\"}", "it", int.class))
        .isInstanceOf(PayloadException.class)
        .hasMessageStartingWith("The stored value of it cannot be read as int: ");
  }
}
