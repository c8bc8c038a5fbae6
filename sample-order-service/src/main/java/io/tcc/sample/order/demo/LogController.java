package io.tcc.sample.order.demo;

import io.tcc.engine.InDoubtBranches;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Profile;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Shows the rows that the library wrote. */
@RestController
@Profile("demo")
class LogController {

  private static final int MANY = 1000;

  private final JdbcClient jdbc;
  private final JdbcClient ledger;
  private final InDoubtBranches inDoubt;

  LogController(
      JdbcClient jdbc, @Qualifier("ledgerDataSource") DataSource ledger, InDoubtBranches inDoubt) {
    this.jdbc = jdbc;
    this.ledger = JdbcClient.create(ledger);
    this.inDoubt = inDoubt;
  }

  /** What a database has prepared and waits for somebody's decision. */
  record Prepared(String xid, String branch, String database, String waitsFor) {}

  /** Of the database that holds the ledger. */
  @GetMapping("/demo/votes")
  List<Map<String, Object>> votes() {
    return ledger
        .sql("select xid, path, resource, state from tcc_vote order by created_at, path")
        .query()
        .listOfRows();
  }

  @GetMapping("/demo/in-doubt")
  List<Prepared> inDoubt() {
    return inDoubt.all(MANY).stream()
        .map(
            each ->
                new Prepared(
                    each.transaction().xid().value(),
                    each.path().value(),
                    each.resource(),
                    each.transaction().initiator().service()))
        .toList();
  }

  @GetMapping("/demo/log")
  List<Map<String, Object>> branches() {
    return jdbc.sql(
            """
            select xid, path, participant, state, arguments from tcc_branch
            where ordinal > 0 order by created_at, path, ordinal""")
        .query()
        .listOfRows();
  }

  @GetMapping("/demo/messages")
  List<Map<String, Object>> messages() {
    return jdbc.sql(
            """
            select id, topic, message_key, state, reason, last_error from tcc_message
            order by sequence""")
        .query()
        .listOfRows();
  }

  @GetMapping("/demo/decisions")
  List<Map<String, Object>> decisions() {
    return jdbc.sql(
            """
            select xid, name, outcome, state, last_error from tcc_decision order by created_at""")
        .query()
        .listOfRows();
  }

  @GetMapping("/demo/notifications")
  List<Map<String, Object>> notifications() {
    return jdbc.sql(
            """
            select target, business_type, business_number, state, failures, last_error
            from tcc_notification order by created_at, id""")
        .query()
        .listOfRows();
  }
}
