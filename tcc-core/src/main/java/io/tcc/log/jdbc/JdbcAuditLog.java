package io.tcc.log.jdbc;

import static io.tcc.log.jdbc.Times.column;

import io.tcc.log.AuditLog;
import io.tcc.transaction.AuditEntry;
import io.tcc.transaction.Xid;
import java.sql.Types;
import java.util.List;
import javax.sql.DataSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.SqlParameterValue;

/** The audit log in SQL. */
public final class JdbcAuditLog implements AuditLog {

  private static final String INSERT =
      """
      insert into tcc_audit (id, xid, action, actor, reason, created_at)
      values (?, ?, ?, ?, ?, ?)""";

  private static final String OF =
      """
      select id, xid, action, actor, reason, created_at from tcc_audit where xid = ?
      order by created_at, id""";

  private final JdbcTemplate jdbc;
  private final Tables tables;

  public JdbcAuditLog(DataSource dataSource, Tables tables) {
    this.jdbc = new JdbcTemplate(dataSource);
    this.tables = tables;
  }

  @Override
  public void append(AuditEntry entry) {
    jdbc.update(
        tables.in(INSERT),
        entry.id(),
        new SqlParameterValue(Types.CHAR, entry.xid() == null ? null : entry.xid().value()),
        entry.action(),
        entry.actor(),
        entry.reason(),
        column(entry.at()));
  }

  @Override
  public List<AuditEntry> of(Xid xid) {
    return jdbc.query(
        tables.in(OF),
        (row, number) ->
            new AuditEntry(
                row.getString("id"),
                new Xid(row.getString("xid")),
                row.getString("action"),
                row.getString("actor"),
                row.getString("reason"),
                Times.instant(row, "created_at")),
        xid.value());
  }
}
