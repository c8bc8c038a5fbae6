package io.tcc.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.testing.Commit;
import io.tcc.testing.OnDatabase;
import io.tcc.testing.TestDatabase;
import java.util.List;
import org.junit.jupiter.api.Test;

@OnDatabase(TestDatabase.POSTGRESQL)
class TwoPhaseDatabasesPostgresTest extends TwoPhaseDatabasesContract {

  private List<Commit> commits(String database) {
    return all.node("order").pool(database).counting().durableCommits();
  }

  /** The statement that made the n-th change of a database durable, counted from here. */
  private String durableBy(String database, int n) {
    List<String> statements = commits(database).get(n).statements();
    return statements.get(statements.size() - 1);
  }

  @Test
  void theInitiatorPreparesWithItsVoteAndCommitsWithTheDecisionInOneRoundTripEach() {
    int inBank = commits("bank").size();
    int inLog = commits(Node.LOG).size();

    all.orders().buy(all.orders()::logAndBank);

    assertThat(durableBy("bank", inBank))
        .matches("set local .*; insert into tcc_vote .*; PREPARE TRANSACTION .*");
    assertThat(durableBy(Node.LOG, inLog))
        .matches("set local .*; insert into tcc_decision .*; commit");
  }

  @Test
  void aCalledServiceLooksForATombstoneBeforeItPrepares() {
    int before = all.node("inventory").pool("stock").counting().durableCommits().size();

    all.orders().buy(all.orders()::call);

    assertThat(
            all.node("inventory")
                .pool("stock")
                .counting()
                .durableCommits()
                .get(before)
                .statements())
        .hasSize(3)
        .anyMatch(each -> each.contains("where not exists (select 1 from tcc_vote a"));
  }
}
