package io.tcc.cluster;

import io.tcc.log.LocalSettings;
import io.tcc.participant.MethodParticipant;
import io.tcc.participant.MethodParticipant.Argument;
import io.tcc.participant.MethodParticipant.Completion;
import io.tcc.participant.MethodParticipant.Parameter;
import io.tcc.participant.MethodParticipant.Step;
import io.tcc.protocol.threephase.ThreePhase;
import io.tcc.transaction.BranchId;
import io.tcc.transaction.Vote;
import java.util.List;
import java.util.Map;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * A 3PC participant on the tables of {@link Accounts}: a unit is available, reserved or spent, and
 * each step after the vote leaves a line in the journal.
 */
public class Seats {

  private final JdbcTemplate sql;
  private final ThreePhase threePhase;
  private final Node node;
  private final MethodParticipant participant;

  public Seats(JdbcTemplate sql, ThreePhase threePhase, Node node) {
    this.sql = sql;
    this.threePhase = threePhase;
    this.node = node;
    this.participant =
        new MethodParticipant(
            "seat",
            false,
            List.of(new Argument("account", String.class)),
            null,
            Map.of(
                Step.PRE_COMMIT, step((a, b) -> execute(a, b)),
                Step.COMMIT, step((a, b) -> spend(a, b)),
                Step.ABORT, step((a, b) -> release(a, b))));
    threePhase.register(participant);
  }

  private interface OnSeat {
    void call(String account, BranchId branch);
  }

  private static Completion step(OnSeat method) {
    return new Completion(
        List.of(new Parameter.Stored("account", String.class), new Parameter.Key()),
        arguments -> method.call((String) arguments[0], (BranchId) arguments[1]));
  }

  public String reserve(String account) {
    return threePhase.<String, RuntimeException>perform(
        participant,
        node.context().current().orElseThrow(),
        new Object[] {account},
        LocalSettings.DEFAULT_ISOLATION,
        () -> {
          int changed =
              sql.update(
                  """
                  update account set available = available - 1, reserved = reserved + 1
                  where id = ? and available >= 1""",
                  account);
          if (changed == 0) {
            throw new Accounts.InsufficientException(account);
          }
          return "reserved";
        });
  }

  /** Reserves, and votes. */
  public Vote reserveAndVote(String account, Vote vote) {
    return threePhase.<Vote, RuntimeException>perform(
        participant,
        node.context().current().orElseThrow(),
        new Object[] {account},
        LocalSettings.DEFAULT_ISOLATION,
        () -> {
          sql.update("update account set reserved = reserved + 1 where id = ?", account);
          return vote;
        });
  }

  private void execute(String account, BranchId branch) {
    journal(branch, "PRE_COMMIT");
  }

  private void spend(String account, BranchId branch) {
    sql.update(
        "update account set reserved = reserved - 1, spent = spent + 1 where id = ?", account);
    journal(branch, "COMMIT");
  }

  private void release(String account, BranchId branch) {
    sql.update(
        "update account set reserved = reserved - 1, available = available + 1 where id = ?",
        account);
    journal(branch, "ABORT");
  }

  private void journal(BranchId branch, String what) {
    sql.update(
        "insert into journal (xid, branch, what) values (?, ?, ?)",
        branch.xid().value(),
        branch + " " + what,
        what);
  }
}
