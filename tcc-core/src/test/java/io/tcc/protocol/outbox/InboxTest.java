package io.tcc.protocol.outbox;

import static io.tcc.protocol.outbox.OutboxOnDatabase.LIMITS;
import static io.tcc.protocol.outbox.OutboxOnDatabase.SENDER;
import static io.tcc.protocol.outbox.OutboxOnDatabase.parcel;
import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.log.LocalSettings;
import io.tcc.testing.Database;
import io.tcc.testing.EveryDatabase;
import io.tcc.transaction.MessageRejectedException;
import io.tcc.transaction.MessageState;
import io.tcc.transaction.Site;
import io.tcc.transaction.TransactionEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;

/** The receiving side, and the replies when they are back at the sender. */
class InboxTest {

  private OutboxOnDatabase here;
  private final List<String> traces = new ArrayList<>();
  private Exception failure;

  @BeforeEach
  void open(Database database) {
    here = new OutboxOnDatabase(database);
    here.outbox
        .inbox()
        .register(
            new Listener(
                "purchases",
                "purchases",
                LocalSettings.DEFAULT_ISOLATION,
                (parcel, sender) -> {
                  here.sql.update("insert into business values (?)", parcel.id());
                  traces.add(String.valueOf(here.traces.current()));
                  if (failure != null) {
                    throw failure;
                  }
                },
                thrown -> thrown instanceof MessageRejectedException));
  }

  private Handover receive(Parcel parcel) {
    return here.receive(parcel).get(0);
  }

  private List<String> replies() {
    return here.sql.query(
        "select * from tcc_message where about is not null",
        (row, n) -> row.getString("body") + " " + row.getString("state"));
  }

  @EveryDatabase
  void aMessageThatComesTwiceIsExecutedOnce() {
    Parcel parcel = parcel("purchases", null, true);

    assertThat(receive(parcel)).isEqualTo(Handover.ACCEPTED);
    assertThat(receive(parcel)).isEqualTo(Handover.ACCEPTED);

    assertThat(here.business()).containsExactly(parcel.id());
    assertThat(replies()).containsExactly("CONSUMED PENDING");
    assertThat(traces).containsExactly("00-trace");
  }

  @EveryDatabase
  void aMessageThatComesTwiceAtOnceIsExecutedOnce() {
    Parcel parcel = parcel("purchases", null, true);
    List<CompletableFuture<Handover>> all = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      all.add(
          CompletableFuture.supplyAsync(() -> receive(parcel), task -> new Thread(task).start()));
    }
    all.forEach(CompletableFuture::join);

    assertThat(all).anySatisfy(each -> assertThat(each.join()).isEqualTo(Handover.ACCEPTED));
    assertThat(here.business()).containsExactly(parcel.id());
    assertThat(replies()).containsExactly("CONSUMED PENDING");
  }

  @EveryDatabase
  void whatAListenerDidIsRolledBackWhenItFailsAndDoneWhenTheMessageComesAgain() {
    Parcel parcel = parcel("purchases", null, true);
    failure = new IllegalStateException("disk full");

    assertThat(receive(parcel).kind()).isEqualTo(Handover.Kind.FAILED);
    assertThat(here.business()).isEmpty();
    assertThat(here.rows("tcc_inbox")).isZero();
    assertThat(replies()).isEmpty();

    failure = null;
    assertThat(receive(parcel)).isEqualTo(Handover.ACCEPTED);
    assertThat(here.business()).containsExactly(parcel.id());
  }

  @EveryDatabase
  void aRefusalIsRolledBackRememberedAndReported() {
    Parcel parcel = parcel("purchases", null, true);
    failure = new MessageRejectedException("sold out");

    assertThat(receive(parcel)).isEqualTo(Handover.ACCEPTED);
    failure = null;
    assertThat(receive(parcel)).isEqualTo(Handover.ACCEPTED);

    assertThat(here.business()).as("not executed again").isEmpty();
    assertThat(replies()).containsExactly("REJECTED PENDING");
    here.outbox.relay().runOnce();
    assertThat(here.carrier.reported)
        .containsExactly(new Result(parcel.id(), MessageState.REJECTED, "sold out"));
    assertThat(replies()).containsExactly("REJECTED SENT");
  }

  @EveryDatabase
  void aRepetitionIsAnsweredFromTheInboxWithoutExecutingAgain() {
    Parcel parcel = parcel("purchases", null, true);
    receive(parcel);
    here.outbox.relay().runOnce();
    assertThat(here.carrier.reported).hasSize(1);

    receive(parcel);
    here.outbox.relay().runOnce();
    assertThat(here.carrier.reported).hasSize(2);

    here.sql.update("delete from tcc_message");
    receive(parcel);
    here.outbox.relay().runOnce();
    assertThat(here.carrier.reported).hasSize(3).containsOnly(here.carrier.reported.get(0));
    assertThat(here.business()).containsExactly(parcel.id());
  }

  @EveryDatabase
  void whatIsGivenUpIsReportedAndCanStillBeExecutedLater() {
    Parcel parcel = parcel("purchases", null, true);

    assertThat(here.outbox.inbox().giveUp(SENDER, parcel, "broken")).isEqualTo(Handover.ACCEPTED);
    assertThat(here.outbox.inbox().giveUp(SENDER, parcel, "still")).isEqualTo(Handover.ACCEPTED);
    assertThat(replies()).containsExactly("DEAD PENDING");
    here.outbox.relay().runOnce();
    assertThat(here.carrier.reported)
        .containsExactly(new Result(parcel.id(), MessageState.DEAD, "still"));

    assertThat(receive(parcel)).isEqualTo(Handover.ACCEPTED);
    assertThat(here.outbox.inbox().giveUp(SENDER, parcel, "late")).isEqualTo(Handover.ACCEPTED);
    assertThat(replies()).containsExactly("CONSUMED PENDING");
    assertThat(here.business()).containsExactly(parcel.id());
  }

  @EveryDatabase
  void aMessageThatItsReceiverGaveUpIsDeadUntilAnOperatorRequeuesItOrItsResultComes() {
    String id = here.stored("asking", null, "one");
    here.outbox.relay().runOnce();
    Site warehouse = new Site("warehouse", SENDER.log());
    Site stranger = new Site("billing", SENDER.log());
    Result dead = new Result(id, MessageState.DEAD, "broken");

    here.outbox.replies().receive(stranger, List.of(dead));
    assertThat(here.message(id).state()).isEqualTo(MessageState.SENT);
    here.outbox.replies().receive(warehouse, List.of(dead));
    here.outbox.replies().receive(warehouse, List.of(dead));

    assertThat(here.message(id).state()).isEqualTo(MessageState.DEAD);
    assertThat(here.message(id).lastError()).contains("warehouse", "broken");
    assertThat(here.events)
        .containsExactly(
            new TransactionEvent.MessageDead(
                id, "asking", "warehouse", here.message(id).lastError()));
    here.clock.advance(Duration.ofHours(1));
    assertThat(here.outbox.relay().runOnce().taken()).isZero();

    here.outbox.replies().receive(warehouse, List.of(new Result(id, MessageState.CONSUMED, null)));
    here.outbox.replies().receive(warehouse, List.of(dead));
    assertThat(here.message(id).state()).isEqualTo(MessageState.CONSUMED);
  }

  @EveryDatabase
  void whoWantsNoReplyGetsNone() {
    receive(parcel("purchases", null, false));
    assertThat(here.business()).hasSize(1);
    assertThat(here.rows("tcc_message")).isZero();
  }

  @EveryDatabase
  void afterAFailureTheLaterOnesOfItsKeyAreNotTried() {
    failure = new IllegalStateException("disk full");
    List<Handover> handovers =
        here.receive(
            parcel("purchases", "a", true),
            parcel("purchases", "a", true),
            parcel("purchases", "b", true),
            parcel("purchases", null, true));
    assertThat(handovers)
        .extracting(Handover::kind)
        .containsExactly(
            Handover.Kind.FAILED,
            Handover.Kind.NOT_TRIED,
            Handover.Kind.FAILED,
            Handover.Kind.FAILED);
  }

  @EveryDatabase
  void whatCannotBeExecutedSafelyIsNotExecuted() {
    assertThat(receive(parcel("unheard-of", null, true)).detail()).contains("has no listener");

    here.carrier.knowsAll = false;
    assertThat(receive(parcel("purchases", null, true)).detail())
        .contains("tcc.services.order.url");
    here.carrier.knowsAll = true;

    Parcel old = parcel("purchases", null, true);
    here.clock.advance(LIMITS.inboxRetention().plusSeconds(1));
    assertThat(receive(old).detail()).contains("longer ago than the receiver remembers");
    assertThat(here.business()).isEmpty();
  }

  @EveryDatabase
  void whatIsForgottenIsOlderThanWhatIsExecuted() {
    Parcel parcel = parcel("purchases", null, false);
    receive(parcel);
    here.clock.advance(LIMITS.inboxRetention());
    here.outbox.relay().runOnce();
    assertThat(here.rows("tcc_inbox")).isEqualTo(1);
    assertThat(receive(parcel)).isEqualTo(Handover.ACCEPTED);

    here.clock.advance(LIMITS.lease().plusSeconds(1));
    here.outbox.relay().runOnce();
    assertThat(here.rows("tcc_inbox")).isZero();
    assertThat(receive(parcel).kind()).isEqualTo(Handover.Kind.FAILED);
    assertThat(here.business()).hasSize(1);
  }

  @EveryDatabase
  void aReplyIsNotedOnceTogetherWithWhatItsListenerDoes() {
    List<String> told = new ArrayList<>();
    boolean[] fails = {true};
    here.outbox
        .replies()
        .register(
            new ReplyListener(
                "asking",
                LocalSettings.DEFAULT_ISOLATION,
                (message, result) -> {
                  told.add(message.body() + " " + result.result() + " " + result.reason());
                  here.sql.update("insert into business values (?)", message.id());
                  if (fails[0]) {
                    throw new IllegalStateException("not now");
                  }
                }));
    String id = here.stored("asking", null, "one");
    here.outbox.relay().runOnce();
    Result rejected = new Result(id, MessageState.REJECTED, "sold out");

    assertThat(report("billing", rejected)).as("from somebody else").isEqualTo(Handover.ACCEPTED);
    assertThat(told).isEmpty();
    assertThat(here.message(id).state()).isEqualTo(MessageState.SENT);

    assertThat(report("warehouse", rejected).kind()).isEqualTo(Handover.Kind.FAILED);
    assertThat(here.message(id).state()).isEqualTo(MessageState.SENT);
    assertThat(here.business()).isEmpty();

    fails[0] = false;
    assertThat(report("warehouse", rejected)).isEqualTo(Handover.ACCEPTED);
    assertThat(report("warehouse", rejected)).isEqualTo(Handover.ACCEPTED);
    assertThat(report("warehouse", new Result(id, MessageState.CONSUMED, null)))
        .isEqualTo(Handover.ACCEPTED);

    assertThat(here.business()).containsExactly(id);
    assertThat(here.message(id).state()).isEqualTo(MessageState.REJECTED);
    assertThat(here.message(id).reason()).isEqualTo("sold out");
    assertThat(told).hasSize(2).containsOnly("one REJECTED sold out");
    here.clock.advance(Duration.ofDays(1));
    assertThat(here.outbox.relay().runOnce().taken()).as("nobody asks any more").isZero();
  }

  @EveryDatabase
  void aReplyThatOvertakesTheMarkingOfItsMessageStands() {
    String id = here.stored("asking", null, "one");
    here.carrier.before =
        to -> {
          report("warehouse", new Result(id, MessageState.CONSUMED, null));
          return null;
        };
    here.outbox.relay().runOnce();
    assertThat(here.message(id).state()).isEqualTo(MessageState.CONSUMED);
  }

  @EveryDatabase
  void resultsThatNobodyListensToAreNotedByOneCommit() {
    List<Result> results = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      results.add(new Result(here.stored("asking", null, "m" + i), MessageState.CONSUMED, null));
    }
    here.dataSource.reset();
    here.outbox.replies().receive(new Site("warehouse", SENDER.log()), results);
    assertThat(here.dataSource.durableCommits()).hasSize(1);
    assertThat(here.sql.queryForList("select distinct state from tcc_message", String.class))
        .containsExactly("CONSUMED");
  }

  private Handover report(String receiver, Result result) {
    return here.outbox.replies().receive(new Site(receiver, SENDER.log()), List.of(result)).get(0);
  }
}
