package io.tcc.sample.inventory.demo;

import io.tcc.engine.InDoubtBranches;
import java.util.List;
import java.util.Map;
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
  private final InDoubtBranches inDoubt;

  LogController(JdbcClient jdbc, InDoubtBranches inDoubt) {
    this.jdbc = jdbc;
    this.inDoubt = inDoubt;
  }

  /** What a database has prepared and waits for somebody's decision. */
  record Prepared(String xid, String branch, String database, String waitsFor) {}

  /** Of branches that the database has prepared. */
  @GetMapping("/demo/votes")
  List<Map<String, Object>> votes() {
    return jdbc.sql("select xid, path, resource, state from tcc_vote order by created_at, path")
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
}
