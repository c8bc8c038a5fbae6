package io.tcc.wiring;

import io.tcc.transaction.Outcome;
import io.tcc.transaction.TransactionEvent;
import io.tcc.transaction.TransactionListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A log line for each event: what needs a person is an error, what repeats itself a warning. */
public final class TransactionLogger implements TransactionListener {

  private static final Logger log = LoggerFactory.getLogger(TransactionLogger.class);

  @Override
  public void onEvent(TransactionEvent event) {
    if (event instanceof TransactionEvent.Decided decided) {
      if (decided.outcome() == Outcome.COMMIT) {
        log.debug("Global transaction {} ({}): COMMIT", decided.xid(), decided.name());
      } else {
        log.info(
            "Global transaction {} ({}): ABORT, because {}",
            decided.xid(),
            decided.name(),
            String.join("; ", decided.reasons()));
      }
    } else if (event instanceof TransactionEvent.Completed completed) {
      log.debug(
          "Global transaction {} ({}): {} is complete",
          completed.xid(),
          completed.name(),
          completed.outcome());
    } else if (event instanceof TransactionEvent.DriveFailed failed) {
      log.warn(
          "Global transaction {} ({}) is not complete after {} attempts, the next one follows: {}",
          failed.xid(),
          failed.name(),
          failed.attempts(),
          failed.reason());
    } else if (event instanceof TransactionEvent.Parked parked) {
      log.error(
          "Global transaction {} ({}), decided {}, is parked and waits for an operator: {}",
          parked.xid(),
          parked.name(),
          parked.outcome(),
          parked.reason());
    } else if (event instanceof TransactionEvent.BranchParked parked) {
      log.error(
          "Branch {} of {} is parked and waits for an operator: {}",
          parked.branch(),
          parked.participant(),
          parked.reason());
    } else if (event instanceof TransactionEvent.Diverged diverged) {
      log.error(
          "Global transaction {} has diverged and waits for an operator to resolve it: decided is {},"
              + " but {}",
          diverged.xid(),
          diverged.decided(),
          diverged.reason());
    } else if (event instanceof TransactionEvent.Conflict conflict) {
      log.error(
          "Global transaction {}: ordered to {}, which contradicts what is durable here: {}",
          conflict.xid(),
          conflict.ordered(),
          conflict.reason());
    } else if (event instanceof TransactionEvent.HalfMessageEnded ended) {
      log.debug(
          "Transactional message {} to {}: {}{}",
          ended.xid(),
          ended.topic(),
          ended.outcome(),
          ended.late() ? ", late" : "");
    } else if (event instanceof TransactionEvent.HalfMessageParked parked) {
      log.error(
          "Transactional message {} to {} is not delivered, although its business change is made, and"
              + " waits for an operator: {}",
          parked.xid(),
          parked.topic(),
          parked.reason());
    } else if (event instanceof TransactionEvent.MessageDead dead) {
      log.error(
          "Message {} of topic {} to {} is dead and waits for an operator: {}",
          dead.message(),
          dead.topic(),
          dead.destination(),
          dead.reason());
    }
  }
}
