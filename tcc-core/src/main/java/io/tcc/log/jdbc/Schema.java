package io.tcc.log.jdbc;

import static io.tcc.log.jdbc.Times.column;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.jdbc.BadSqlGrammarException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;

/** The log's tables: creates them, and checks what is there. */
public final class Schema {

  private static final Logger log = LoggerFactory.getLogger(Schema.class);

  /** Version of the tables that this library reads and writes. */
  static final int VERSION = 1;

  private final DataSource dataSource;
  private final Tables tables;
  private final Dialect dialect;

  public Schema(DataSource dataSource, Tables tables) {
    this.dataSource = dataSource;
    this.tables = tables;
    this.dialect = Dialect.of(dataSource);
  }

  /** Creates the tables that are missing. */
  public void create() {
    ResourceDatabasePopulator script = new ResourceDatabasePopulator();
    script.addScript(new ByteArrayResource(ddl().getBytes(StandardCharsets.UTF_8), location()));
    script.setSqlScriptEncoding(StandardCharsets.UTF_8.name());
    script.execute(dataSource);
  }

  /** Where the DDL for this database is, on the class path. */
  public String location() {
    return "classpath:io/tcc/log/jdbc/" + dialect.file() + ".sql";
  }

  /**
   * The identity of the log that is in force; made at the first start. Warns where the database
   * loses commits that it has acknowledged.
   *
   * @param newId gives 32 random hexadecimal digits
   * @throws MissingTablesException if the tables are not there
   * @throws SchemaVersionException if they are of another version
   */
  public String logId(Supplier<String> newId, Clock clock) {
    JdbcTemplate jdbc = new JdbcTemplate(dataSource);
    String select = tables.in("select id, schema_version from tcc_log where in_force = 1");
    record Row(String id, int version) {}
    Supplier<List<Row>> rows =
        () -> jdbc.query(select, (row, n) -> new Row(row.getString(1), row.getInt(2)));
    List<Row> found;
    try {
      found = rows.get();
    } catch (BadSqlGrammarException e) {
      throw new MissingTablesException(tables.in("tcc_log"), location(), e);
    }
    if (found.isEmpty()) {
      // Of instances that start at once one is first; the others take what that one has made.
      new InsertThatMayLose(jdbc, tables.in(JdbcIdentityLog.INSERT + dialect.orNothing()))
          .wins(newId.get(), VERSION, column(clock.instant()));
      found = rows.get();
    }
    Durability.weakness(dialect, jdbc)
        .ifPresent(
            weakness ->
                log.warn(
                    "The database of the transaction log can lose commits that it has acknowledged,"
                        + " and none of the guarantees holds then: {}",
                    weakness));
    Row first = found.get(0);
    if (first.version() != VERSION) {
      throw new SchemaVersionException(tables.in("tcc_log"), first.version(), VERSION, location());
    }
    return first.id();
  }

  /** The identities that the log had before, to be read after {@link #logId}. */
  public Set<String> retiredLogs() {
    return Set.copyOf(
        new JdbcTemplate(dataSource)
            .queryForList(
                tables.in("select id from tcc_log where in_force is null"), String.class));
  }

  private String ddl() {
    String path = location().substring("classpath:".length());
    try (InputStream in =
        Objects.requireNonNull(Schema.class.getClassLoader().getResourceAsStream(path), path)) {
      return tables.in(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
