package io.tcc.log.jdbc;

import static io.tcc.log.jdbc.JdbcDecisionLog.counted;
import static io.tcc.log.jdbc.JdbcDecisionLog.error;
import static io.tcc.log.jdbc.RowReader.oneOf;
import static io.tcc.log.jdbc.Times.column;

import io.tcc.log.InboxLog;
import io.tcc.transaction.MessageState;
import io.tcc.transaction.Site;
import java.time.Clock;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;

/** The inbox in SQL. */
public final class JdbcInboxLog implements InboxLog {

  private static final String INSERT =
      """
      insert into tcc_inbox (message_id, consumer, sender, topic, token, received_at)
      values (?, ?, ?, ?, ?, ?)""";

  private static final String FINISH =
      """
      update tcc_inbox set result = ?, reason = ?
      where message_id = ? and consumer = ? and token = ?""";

  private static final String FIND =
      "select * from tcc_inbox where message_id = ? and consumer = ?";

  private static final String OLD =
      "select message_id, consumer from tcc_inbox where received_at < ? limit ?";

  private static final String DELETE =
      "delete from tcc_inbox where message_id = ? and consumer = ?";

  private final JdbcTemplate jdbc;
  private final Tables tables;
  private final Clock clock;
  private final RowReader<Entry> rows;
  private final InsertThatMayLose insert;
  private final String selectOld;

  public JdbcInboxLog(DataSource dataSource, Tables tables, Clock clock) {
    this.jdbc = new JdbcTemplate(dataSource);
    this.tables = tables;
    this.clock = clock;
    this.rows =
        new RowReader<>(
            jdbc,
            tables.in("tcc_inbox"),
            List.of("message_id", "consumer"),
            (row, number) ->
                new Entry(
                    oneOf(EnumSet.of(MessageState.CONSUMED, MessageState.REJECTED), row, "result"),
                    row.getString("reason")));
    Dialect dialect = Dialect.of(dataSource);
    this.insert = new InsertThatMayLose(jdbc, tables.in(INSERT + dialect.orNothing()));
    this.selectOld = tables.in(OLD + dialect.skipLocked());
  }

  @Override
  public boolean insert(String message, String consumer, Site sender, String topic, String token) {
    return insert.wins(message, consumer, sender.toString(), topic, token, column(clock.instant()));
  }

  @Override
  public boolean finish(
      String message, String consumer, String token, MessageState result, @Nullable String reason) {
    return jdbc.update(tables.in(FINISH), result.name(), error(reason), message, consumer, token)
        == 1;
  }

  @Override
  public Optional<Entry> find(String message, String consumer) {
    return rows.all(tables.in(FIND), message, consumer).stream().findFirst();
  }

  @Override
  public int purge(Instant receivedBefore, int limit) {
    List<Object[]> keys =
        jdbc.query(
            selectOld,
            (row, number) -> new Object[] {row.getString(1), row.getString(2)},
            column(receivedBefore),
            limit);
    return keys.isEmpty() ? 0 : counted(jdbc.batchUpdate(tables.in(DELETE), keys));
  }
}
