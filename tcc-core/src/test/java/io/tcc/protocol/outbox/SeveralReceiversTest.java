package io.tcc.protocol.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.log.LocalSettings;
import io.tcc.testing.Database;
import io.tcc.testing.EveryDatabase;
import io.tcc.transaction.Message;
import io.tcc.transaction.MessageState;
import io.tcc.transaction.Site;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;

/** A topic that goes to a warehouse and to billing: each has the message once, in its own time. */
class SeveralReceiversTest {

  private OutboxOnDatabase here;

  @BeforeEach
  void open(Database database) {
    here = new OutboxOnDatabase(database);
  }

  private void pass() {
    here.outbox.relay().runOnce();
  }

  private Optional<String> store(String uniqueKey) {
    List<Optional<String>> id = new ArrayList<>();
    here.inTransaction(
        () -> id.add(here.outbox.store().store(new Draft("both", "k", uniqueKey, "one"))));
    return id.get(0);
  }

  private Map<String, MessageState> states() {
    return here
        .sql
        .queryForList("select id from tcc_message order by sequence", String.class)
        .stream()
        .map(here::message)
        .collect(Collectors.toMap(m -> m.destination().service(), Message::state));
  }

  private String idOf(String receiver) {
    return here.sql.queryForObject(
        "select id from tcc_message where destination = ?", String.class, receiver);
  }

  private void isDown(String receiver) {
    here.carrier.before =
        to ->
            to.equals(receiver)
                ? CompletableFuture.completedFuture(List.of(Handover.failed("it is down")))
                : null;
  }

  @EveryDatabase
  void eachHasTheMessageOnceUnderAnIdOfItsOwn() {
    String id = here.stored("both", "k", "one");

    pass();
    pass();

    assertThat(here.carrier.delivered).containsExactly("one", "one");
    assertThat(idOf("warehouse")).isEqualTo(id);
    assertThat(idOf("billing")).isNotEqualTo(id).startsWith(id.substring(0, 30));
    assertThat(here.carrier.parcels)
        .extracting(Parcel::id)
        .containsExactlyInAnyOrder(id, idOf("billing"));
    assertThat(states())
        .isEqualTo(Map.of("warehouse", MessageState.SENT, "billing", MessageState.SENT));
  }

  @EveryDatabase
  void oneThatIsDownNeitherHoldsUpTheOtherNorRepeatsIt() {
    isDown("billing");
    here.stored("both", "k", "one");
    here.stored("both", "k", "two");
    pass();
    pass();
    assertThat(here.carrier.delivered).containsExactly("one", "two");

    here.carrier.before = to -> null;
    for (int i = 0; i < 6; i++) {
      here.clock.advance(Duration.ofSeconds(10));
      pass();
    }

    assertThat(here.carrier.delivered).containsExactly("one", "two", "one", "two");
    assertThat(here.carrier.parcels).extracting(Parcel::id).doesNotHaveDuplicates();
  }

  @EveryDatabase
  void oneThatStaysDownIsDeadForItselfAlone() {
    isDown("warehouse");
    here.stored("both", null, "one");

    for (int i = 0; i < 6; i++) {
      pass();
      here.clock.advance(Duration.ofSeconds(10));
    }

    assertThat(states())
        .isEqualTo(Map.of("warehouse", MessageState.DEAD, "billing", MessageState.SENT));
  }

  @EveryDatabase
  void allOrNoneIsStored() {
    assertThatThrownBy(
            () ->
                here.inTransaction(
                    () -> {
                      here.outbox.store().store(new Draft("both", "k", null, "one"));
                      throw new IllegalStateException("rolled back");
                    }))
        .hasMessage("rolled back");
    assertThat(here.rows("tcc_message")).isZero();
  }

  @EveryDatabase
  void oneUniqueKeyIsOneMessageToEach() {
    assertThat(store("only")).isPresent();
    assertThat(store("only")).isEmpty();
    assertThat(here.rows("tcc_message")).isEqualTo(2);
    assertThat(store("another")).isPresent();
    assertThat(here.rows("tcc_message")).isEqualTo(4);
  }

  @EveryDatabase
  void eachTellsItsOwnResult() {
    List<String> told = new ArrayList<>();
    here.outbox
        .replies()
        .register(
            new ReplyListener(
                "both",
                LocalSettings.DEFAULT_ISOLATION,
                (message, result) ->
                    told.add(message.destination().service() + " " + result.result())));
    here.stored("both", "k", "one");
    pass();

    tells("warehouse", "warehouse", MessageState.CONSUMED);
    tells("warehouse", "warehouse", MessageState.CONSUMED);
    assertThat(states())
        .isEqualTo(Map.of("warehouse", MessageState.CONSUMED, "billing", MessageState.SENT));
    tells("warehouse", "billing", MessageState.CONSUMED);
    tells("billing", "billing", MessageState.REJECTED);

    assertThat(states())
        .isEqualTo(Map.of("warehouse", MessageState.CONSUMED, "billing", MessageState.REJECTED));
    assertThat(told).containsExactly("warehouse CONSUMED", "billing REJECTED");
  }

  private void tells(String who, String about, MessageState result) {
    here.outbox
        .replies()
        .receive(Site.ofUnknownLog(who), List.of(new Result(idOf(about), result, null)));
  }
}
