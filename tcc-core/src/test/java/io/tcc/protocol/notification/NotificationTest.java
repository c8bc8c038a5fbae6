package io.tcc.protocol.notification;

import static io.tcc.protocol.notification.NotifyingService.LEASE;
import static io.tcc.protocol.notification.NotifyingService.LIMITS;
import static io.tcc.protocol.notification.NotifyingService.PARTNER;
import static io.tcc.protocol.notification.NotifyingService.START;
import static io.tcc.protocol.notification.NotifyingService.TWO_MORE;
import static io.tcc.protocol.notification.NotifyingService.target;
import static io.tcc.protocol.notification.Party.away;
import static io.tcc.protocol.notification.Party.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.testing.Database;
import io.tcc.testing.EveryDatabase;
import io.tcc.testing.OnDatabase;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.Notification;
import io.tcc.transaction.NotificationAttempt;
import io.tcc.transaction.NotificationAttempt.Result;
import io.tcc.transaction.NotificationState;
import io.tcc.transaction.TransactionUsageException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** How a third party is told of what was committed. */
class NotificationTest {

  private static final Duration SECOND = Duration.ofSeconds(1);

  /** Where the database matters. */
  @Nested
  class Stored {

    private NotifyingService service;

    @BeforeEach
    void start(Database database) {
      service = NotifyingService.on(database);
    }

    @AfterEach
    void stop() {
      service.close();
    }

    @EveryDatabase
    void whatCommitsIsToldAtOnceByAnotherThreadAndNeverBefore() {
      service.inTransaction(
          () -> {
            service.payments().pay("p1", 100);
            service.letOthersWork();
          });

      assertThat(service.party.calls()).isEmpty();
      assertThat(service.tasks()).isEqualTo(1);
      service.letOthersWork();
      assertThat(service.party.calls()).singleElement().satisfies(NotificationTest::isOfP1);
      assertThat(service.notification("p1").state()).isEqualTo(NotificationState.DELIVERED);
      service.clock.advance(Duration.ofDays(2));
      service.pass();
      assertThat(service.party.calls()).hasSize(1);
      assertThat(service.events).singleElement().isInstanceOf(NotificationEvent.Delivered.class);
    }

    @EveryDatabase
    void whatIsRolledBackIsNeverTold() {
      assertThatThrownBy(() -> service.payments().payAndFail("p1")).hasMessage("the bank says no");
      service.letOthersWork();
      service.clock.advance(LEASE);
      service.pass();
      assertThat(service.rows()).isZero();
      assertThat(service.party.calls()).isEmpty();
    }

    @EveryDatabase
    void whatIsRolledBackInPartIsNotToldAlthoughTheRestCommits() {
      service.payments().payInVain("p1");
      service.letOthersWork();
      service.clock.advance(LEASE);
      service.pass();
      assertThat(service.party.calls()).isEmpty();
    }

    @EveryDatabase
    void withoutALocalTransactionNothingIsStoredAndTheErrorSaysWhatToDo() {
      assertThatThrownBy(() -> service.payments().payWithoutTransaction(1))
          .isInstanceOf(TransactionUsageException.class)
          .hasMessageContaining("partner about payment/without")
          .hasMessageContaining("@Transactional");
      assertThat(service.rows()).isZero();
    }

    @EveryDatabase
    void theSameBusinessKeyIsToldOnceAndTheCallerGoesOn() {
      service.payments().pay("p1", 100);
      service.payments().pay("p1", 200);
      service.inTransaction(
          () ->
              assertThat(
                      service
                          .bean(Notifications.class)
                          .tell(PARTNER, NotifyingService.Payments.told("p1")))
                  .isFalse());

      service.letOthersWork();
      assertThat(service.payments().paid()).containsExactly("p1", "p1");
      assertThat(service.rows()).isEqualTo(1);
      assertThat(service.party.calls()).singleElement().satisfies(NotificationTest::isOfP1);
    }

    @EveryDatabase
    void itCostsNoCommitToStoreAndOneForEachAttempt() {
      int before = service.durableCommits();
      service.payments().pay("p1", 100);
      assertThat(service.durableCommits() - before)
          .as("business work and notification")
          .isEqualTo(1);
      service.letOthersWork();
      assertThat(service.durableCommits() - before).as("first attempt").isEqualTo(2);
    }

    @EveryDatabase
    void whatIsDueIsTakenByOneCommit() {
      service.party.usually(away());
      for (int i = 0; i < 4; i++) {
        service.payments().pay("p" + i, 100);
      }
      service.letOthersWork();
      service.clock.advance(Duration.ofSeconds(10));
      int before = service.durableCommits();
      service.system.sender().start();
      assertThat(service.durableCommits() - before).isEqualTo(1);
      service.letOthersWork();
      assertThat(service.durableCommits() - before).as("and one for each attempt").isEqualTo(5);
    }

    @EveryDatabase
    void whoTakeAtOnceShareWhatIsDue() {
      for (int i = 0; i < 40; i++) {
        service.payments().pay("p" + i, 100);
      }
      Instant due = START.plus(LEASE);
      List<CompletableFuture<List<Notification>>> takers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        takers.add(
            CompletableFuture.supplyAsync(
                () -> service.claim(due, 10), task -> new Thread(task).start()));
      }
      assertThat(takers.stream().flatMap(each -> each.join().stream()).map(Notification::id))
          .doesNotHaveDuplicates()
          .isNotEmpty();
    }

    @EveryDatabase
    void insideAGlobalTransactionItLeavesIfThatCommits() {
      service.bean(NotifyingService.Shop.class).buyInOneTransaction("root", false);
      service.bean(NotifyingService.Shop.class).tellAlone("alone", false);
      service.bean(NotifyingService.Shop.class).buy("branch", false);

      service.letOthersWork();
      assertThat(service.party.calls())
          .extracting(Party.Call::subject)
          .containsExactly("payment/root", "payment/alone", "receipt/branch", "payment/branch");
    }

    @EveryDatabase
    void insideAGlobalTransactionItIsForgottenIfThatAborts() {
      NotifyingService.Shop shop = service.bean(NotifyingService.Shop.class);
      assertThatThrownBy(() -> shop.buyInOneTransaction("root", true)).hasMessage("sold out");
      assertThatThrownBy(() -> shop.tellAlone("alone", true)).hasMessage("sold out");
      assertThatThrownBy(() -> shop.buy("branch", true)).hasMessage("sold out");

      service.letOthersWork();
      service.clock.advance(LEASE);
      service.pass();
      assertThat(service.rows()).isZero();
      assertThat(service.party.calls()).isEmpty();
      shop.tellAlone("alone", false);
      service.letOthersWork();
      assertThat(service.party.calls()).as("the key is free again").hasSize(1);
    }

    @EveryDatabase
    void insideAGlobalTransactionALocalTransactionOfItsOwnIsRefused() {
      assertThatThrownBy(() -> service.bean(NotifyingService.Shop.class).payApart("p1"))
          .isInstanceOf(TransactionUsageException.class)
          .hasMessageContaining("although the global transaction is aborted");
      assertThat(service.rows()).isZero();
      assertThat(service.payments().paid()).isEmpty();
    }
  }

  private static void isOfP1(Party.Call call) {
    assertThat(call.subject()).isEqualTo("payment/p1");
    assertThat(call.body())
        .isEqualTo(
            "{\"type\":\"payment\",\"number\":\"p1\",\"data\":{\"paymentId\":\"p1\",\"cents\":100}}");
    assertThat(call.connections()).as("connections held during the call").isZero();
  }

  /** Where it does not. */
  @Nested
  @OnDatabase(TestDatabase.H2)
  class Told {

    private Database database;
    private NotifyingService service;

    @BeforeEach
    void start(Database own) {
      database = own;
      service = NotifyingService.on(own);
    }

    @AfterEach
    void stop() {
      service.close();
    }

    private void start(Target target) {
      service.close();
      service = NotifyingService.on(database, target);
    }

    private void pay(String number) {
      service.payments().pay(number, 100);
      service.letOthersWork();
    }

    private NotificationState state(String number) {
      return service.notification(number).state();
    }

    @Test
    void retriesComeAtExactlyTheListedTimesAndStopAfterTheLast() {
      service.party.usually(status(500));
      pay("p1");
      for (int i = 0; i < 400; i++) {
        service.clock.advance(SECOND);
        service.pass();
      }
      service.clock.advance(Duration.ofDays(1));
      service.pass();
      assertThat(service.party.times())
          .containsExactly(START, START.plusSeconds(10), START.plusSeconds(10 + 300));
      assertThat(state("p1")).isEqualTo(NotificationState.GIVEN_UP);
      assertThat(service.notification("p1").lastError())
          .isEqualTo("the last attempt of schedule two more failed: REFUSED: status 500");
      assertThat(service.events)
          .hasExactlyElementsOfTypes(
              NotificationEvent.AttemptFailed.class,
              NotificationEvent.AttemptFailed.class,
              NotificationEvent.GivenUp.class);
    }

    @Test
    void theDelayCountsFromTheEndOfTheFailedAttempt() {
      service.party.nextAfter(Duration.ofSeconds(14), away());
      pay("p1");
      assertThat(service.notification("p1").nextAttempt()).isEqualTo(START.plusSeconds(14 + 10));
    }

    @Test
    void whatIsNot2xxIsAFailure() {
      List<Integer> statuses = List.of(199, 300, 301, 302, 307, 308, 400, 404, 500, 503);
      for (int each : statuses) {
        service.party.next(status(each));
        pay("s" + each);
        assertThat(state("s" + each)).as("status " + each).isEqualTo(NotificationState.PENDING);
        assertThat(service.attempts("s" + each).get(0).result()).isEqualTo(Result.REFUSED);
      }
      for (int each : List.of(200, 201, 204, 299)) {
        service.party.next(status(each));
        pay("s" + each);
        assertThat(state("s" + each)).as("status " + each).isEqualTo(NotificationState.DELIVERED);
      }
    }

    @Test
    void inBodyModeOnlySuccessAcknowledges() {
      start(target(TWO_MORE, Acknowledgement.BODY, 4));
      service.party.next(
          new Answer.Response(200, "fail", null),
          new Answer.Response(200, "", null),
          new Answer.Response(500, "success", null),
          new Answer.Response(200, "success\n", null));
      pay("p1");
      pay("p2");
      pay("p3");
      pay("p4");
      assertThat(state("p1")).isEqualTo(NotificationState.PENDING);
      assertThat(service.notification("p1").lastError())
          .isEqualTo("REFUSED: status 200, but its body is not \"success\"");
      assertThat(state("p2")).isEqualTo(NotificationState.PENDING);
      assertThat(state("p3")).isEqualTo(NotificationState.PENDING);
      assertThat(state("p4")).isEqualTo(NotificationState.DELIVERED);
    }

    @Test
    void everyAttemptIsRecordedWithStatusLatencyAndTheBeginningOfTheAnswer() {
      service.party.nextAfter(
          Duration.ofMillis(1234), new Answer.Response(500, "x".repeat(2000), null));
      pay("p1");
      service.clock.advance(Duration.ofSeconds(10));
      service.party.next(new Answer.Failure(Result.TIMED_OUT, "no answer within PT15S"));
      service.pass();
      service.clock.advance(Duration.ofMinutes(5));
      service.pass();

      List<NotificationAttempt> attempts = service.attempts("p1");
      assertThat(attempts)
          .extracting(NotificationAttempt::result)
          .containsExactly(Result.REFUSED, Result.TIMED_OUT, Result.ACKNOWLEDGED);
      NotificationAttempt first = attempts.get(0);
      assertThat(first.at()).isEqualTo(START);
      assertThat(first.latency()).isEqualTo(Duration.ofMillis(1234));
      assertThat(first.status()).isEqualTo(500);
      assertThat(first.answer()).hasSize(1000).startsWith("xxx").endsWith("…");
      assertThat(first.error()).isEqualTo("status 500");
      assertThat(attempts.get(1).status()).isNull();
      assertThat(attempts.get(1).error()).isEqualTo("no answer within PT15S");
      assertThat(attempts.get(2).error()).isNull();
      assertThat(attempts)
          .extracting(NotificationAttempt::notification)
          .containsOnly(service.notification("p1").id());
      assertThat(service.party.calls())
          .extracting(Party.Call::id)
          .hasSize(3)
          .containsOnly(first.notification());
    }

    @Test
    void aThirdPartyThatAsksToBeLeftAloneIsLeftAloneForADayAtMost() {
      service.party.next(
          new Answer.Response(503, "", Duration.ofSeconds(3)),
          new Answer.Response(429, "", Duration.ofSeconds(90)),
          new Answer.Response(429, "", Duration.ofDays(9)));
      pay("short");
      pay("long");
      pay("longest");
      assertThat(next("short"))
          .as("the schedule's delay is longer")
          .isEqualTo(START.plusSeconds(10));
      assertThat(next("long")).isEqualTo(START.plusSeconds(90));
      assertThat(next("longest")).isEqualTo(START.plus(LIMITS.retryAfter()));
    }

    private Instant next(String number) {
      return service.notification(number).nextAttempt();
    }

    @Test
    void goneGivesUpAtOnce() {
      service.party.next(status(410));
      pay("p1");
      assertThat(state("p1")).isEqualTo(NotificationState.GIVEN_UP);
      assertThat(service.attempts("p1"))
          .extracting(NotificationAttempt::result)
          .containsExactly(Result.GONE);
      assertThat(service.events).hasExactlyElementsOfTypes(NotificationEvent.GivenUp.class);
      service.clock.advance(Duration.ofDays(1));
      service.pass();
      assertThat(service.party.calls()).hasSize(1);
    }

    @Test
    void afterItWasGivenUpItCanBeToldAgainAndThatIsAudited() {
      service.party.usually(away());
      giveUp("p1");
      service.party.usually(status(200));
      String id = service.notification("p1").id();

      assertThat(service.system.desk().resend(id, "jane", "they are up again")).isTrue();
      service.pass();

      assertThat(state("p1")).isEqualTo(NotificationState.DELIVERED);
      assertThat(service.party.calls()).extracting(Party.Call::id).containsOnly(id);
      assertThat(service.system.desk().find(id).orElseThrow().actions())
          .singleElement()
          .satisfies(
              entry -> {
                assertThat(entry.action()).isEqualTo("RESEND");
                assertThat(entry.actor()).isEqualTo("jane");
                assertThat(entry.reason()).isEqualTo("they are up again");
              });
      assertThat(service.system.desk().resend("0".repeat(32), "jane", "why not")).isFalse();
    }

    @Test
    void toldAgainItsScheduleStartsAnew() {
      service.party.usually(away());
      giveUp("p1");
      service.system.desk().resend(service.notification("p1").id(), "jane", "once more");
      service.pass();
      assertThat(state("p1")).isEqualTo(NotificationState.PENDING);
      assertThat(service.notification("p1").failures()).isEqualTo(1);
    }

    private void giveUp(String number) {
      pay(number);
      for (int i = 0; i < 2; i++) {
        service.clock.advance(Duration.ofMinutes(5));
        service.pass();
      }
      assertThat(state(number)).isEqualTo(NotificationState.GIVEN_UP);
    }

    @Test
    void aLateAcknowledgementIsRecordedEvenAfterItWasGivenUp() {
      service.party.next(
          () -> {
            // Meanwhile the lease ends, and others try in vain until nothing more is to be tried.
            service.clock.advance(LEASE);
            NotificationTest.giveUpElsewhere(database, service);
            return status(200);
          });
      pay("p1");
      assertThat(state("p1")).isEqualTo(NotificationState.DELIVERED);
      assertThat(service.attempts("p1"))
          .extracting(NotificationAttempt::result)
          .containsExactly(
              Result.ACKNOWLEDGED, Result.UNREACHABLE, Result.UNREACHABLE, Result.UNREACHABLE);
    }

    @Test
    void aLateFailureChangesNothing() {
      service.party.next(
          () -> {
            service.clock.advance(LEASE);
            try (NotifyingService other =
                new NotifyingService(
                    database, service.clock, target(TWO_MORE, Acknowledgement.STATUS, 4))) {
              other.party.usually(away());
              other.pass();
            }
            return status(500);
          });
      pay("p1");
      assertThat(service.notification("p1").failures()).isEqualTo(1);
      assertThat(service.notification("p1").lastError()).startsWith("UNREACHABLE");
      assertThat(service.attempts("p1")).as("but it is recorded").hasSize(2);
      assertThat(service.events).isEmpty();
    }

    @Test
    void aLateLastFailureDoesNotGiveUpWhatAnotherHasTakenOver() {
      start(target(new Schedule("once", List.of(), 0), Acknowledgement.STATUS, 4));
      service.party.next(
          () -> {
            service.clock.advance(LEASE);
            service.sql.update("update tcc_notification set epoch = epoch + 1");
            return status(500);
          });
      pay("p1");
      assertThat(service.notification("p1").state()).isEqualTo(NotificationState.PENDING);
      assertThat(service.events).isEmpty();
    }

    @Test
    void aFirstCallThatWouldOutlastItsLeaseIsNotMade() {
      service.payments().pay("p1", 100);
      service.clock.advance(LEASE.minus(Duration.ofSeconds(15)));
      service.letOthersWork();
      assertThat(service.party.calls()).isEmpty();

      service.clock.advance(Duration.ofSeconds(15));
      service.pass();
      assertThat(service.party.calls()).hasSize(1);
    }

    @Test
    void aSenderThatDiesIsFollowedByAnotherWhenItsLeaseEnds() {
      service.payments().pay("p1", 100);
      // Its other threads never run.
      try (NotifyingService other =
          new NotifyingService(
              database, service.clock, target(TWO_MORE, Acknowledgement.STATUS, 4))) {
        service.clock.advance(LEASE.minusMillis(1));
        other.pass();
        assertThat(other.party.calls()).isEmpty();
        service.clock.advance(Duration.ofMillis(1));
        other.pass();
        assertThat(other.party.calls()).hasSize(1);
      }
      service.letOthersWork();
      assertThat(service.party.calls()).as("the first one is too late to call").isEmpty();
    }

    @Test
    void twoSendersShareWhatIsDue() {
      start(target(TWO_MORE, Acknowledgement.STATUS, 3));
      service.party.usually(away());
      List<String> told = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        pay("p" + i);
      }
      service.clock.advance(Duration.ofSeconds(10));
      try (NotifyingService other =
          new NotifyingService(
              database, service.clock, target(TWO_MORE, Acknowledgement.STATUS, 3))) {
        assertThat(service.system.sender().start().taken()).isEqualTo(3);
        assertThat(other.pass().taken()).isEqualTo(2);
        other.party.calls().forEach(call -> told.add(call.subject()));
      }
      int before = service.party.calls().size();
      service.letOthersWork();
      service.party.calls().stream().skip(before).forEach(call -> told.add(call.subject()));
      assertThat(told)
          .containsExactlyInAnyOrder(
              "payment/p0", "payment/p1", "payment/p2", "payment/p3", "payment/p4");
    }

    @Test
    void aPassTakesAsManyAsCallsAreFreeAndIsFull() {
      start(target(TWO_MORE, Acknowledgement.STATUS, 2));
      service.party.usually(away());
      for (int i = 0; i < 3; i++) {
        pay("p" + i);
      }
      service.clock.advance(Duration.ofSeconds(9));
      assertThat(service.pass().taken()).as("not due yet").isZero();
      service.clock.advance(SECOND);
      Sender.Pass first = service.pass();
      assertThat(first.taken()).isEqualTo(2);
      assertThat(first.full()).isTrue();
      assertThat(first.ended()).isDone();
      Sender.Pass second = service.pass();
      assertThat(second.taken()).isEqualTo(1);
      assertThat(second.full()).isFalse();
    }

    @Test
    void whereAllCallsAreBusyFirstCallsWaitForOneToEnd() {
      start(target(TWO_MORE, Acknowledgement.STATUS, 1));
      service.payments().pay("p1", 100);
      service.payments().pay("p2", 100);
      service.payments().pay("p3", 100);
      assertThat(service.tasks()).as("one call at a time").isEqualTo(1);
      service.letOthersWork();
      assertThat(service.party.calls())
          .extracting(Party.Call::subject)
          .containsExactly("payment/p1", "payment/p2", "payment/p3");
    }

    @Test
    void moreThanMayWaitAreLeftToTheNextPass() {
      start(target(TWO_MORE, Acknowledgement.STATUS, 1));
      int all = 1 + LIMITS.waiting() + 2;
      for (int i = 0; i < all; i++) {
        service.payments().pay("p" + i, 100);
      }
      service.letOthersWork();
      assertThat(service.party.calls()).hasSize(1 + LIMITS.waiting());
      while (service.pass().taken() > 0) {
        assertThat(service.party.calls().size()).isLessThanOrEqualTo(all);
      }
      assertThat(service.party.calls()).as("without waiting for a lease").hasSize(all);
    }

    @Test
    void aClosedSenderBeginsNothingMore() {
      service.payments().pay("p1", 100);
      service.system.close();
      service.payments().pay("p2", 100);
      service.letOthersWork();
      assertThat(service.party.calls()).as("what was begun comes to its end").hasSize(1);
      service.clock.advance(LEASE);
      assertThat(service.pass().taken()).isZero();
    }

    @Test
    void aCarrierThatThrowsIsAFailure() {
      service.party.next(
          () -> {
            throw new IllegalStateException("no such cipher");
          });
      pay("p1");
      assertThat(service.attempts("p1").get(0).error()).contains("no such cipher");
      assertThat(state("p1")).isEqualTo(NotificationState.PENDING);
    }

    @Test
    void aMethodThatReturnsNullTellsNothing() {
      service.payments().payNothing();
      assertThat(service.rows()).isZero();
    }

    @Test
    void aPassThatDeletesABatchIsFull() {
      for (int i = 0; i <= LIMITS.batch(); i++) {
        pay("p" + i);
      }
      service.clock.advance(LIMITS.retention().plusMinutes(1));
      Sender.Pass first = service.system.sender().start();
      assertThat(first.purged()).isEqualTo(LIMITS.batch());
      assertThat(first.full()).isTrue();
      Sender.Pass second = service.system.sender().start();
      assertThat(second.purged()).isEqualTo(1);
      assertThat(second.full()).isFalse();
    }

    @Test
    void whatIsFinishedIsDeletedAfterTheRetentionAndTheRestNever() {
      pay("done");
      service.party.next(status(410), status(500));
      pay("givenUp");
      pay("pending");
      service.clock.advance(LIMITS.retention().minus(SECOND));
      service.party.usually(away());
      service.system.sender().start();
      assertThat(service.rows()).isEqualTo(3);
      service.clock.advance(Duration.ofMinutes(1));
      assertThat(service.system.sender().start().purged()).isEqualTo(2);
      assertThat(service.rows()).isEqualTo(1);
      assertThat(state("pending")).isEqualTo(NotificationState.PENDING);
      assertThat(
              service.sql.queryForList(
                  "select distinct notification_id from tcc_notification_attempt", String.class))
          .containsExactly(service.notification("pending").id());
    }

    @Test
    void aRowThatCannotBeReadIsSetAsideAndTheOthersGoOn() {
      service.party.usually(status(500));
      pay("p1");
      pay("p2");
      service.sql.update(
          "update tcc_notification set business_type = ' ' where business_number = 'p1'");
      service.clock.advance(Duration.ofSeconds(10));
      assertThat(service.pass().taken()).isEqualTo(1);
      assertThat(
              service.sql.queryForObject(
                  "select state from tcc_notification where business_number = 'p1'", String.class))
          .isEqualTo("GIVEN_UP");
    }

    @Test
    void aLeaseIsTwiceAsLongAsTheLongestCall() {
      Target slow =
          new Target(
              PARTNER,
              target(TWO_MORE, Acknowledgement.STATUS, 1).url(),
              List.of("s"),
              TWO_MORE,
              Acknowledgement.STATUS,
              LEASE.dividedBy(2).plus(SECOND),
              1,
              false);
      assertThatThrownBy(() -> NotifyingService.on(database, slow))
          .hasMessageContaining("at least twice the timeout of target partner");
    }
  }

  private static void giveUpElsewhere(Database database, NotifyingService service) {
    try (NotifyingService other =
        new NotifyingService(
            database, service.clock, target(TWO_MORE, Acknowledgement.STATUS, 4))) {
      other.party.usually(away());
      for (int i = 0; i < 3; i++) {
        other.pass();
        service.clock.advance(Duration.ofMinutes(5));
      }
      assertThat(other.notification("p1").state()).isEqualTo(NotificationState.GIVEN_UP);
    }
  }
}
