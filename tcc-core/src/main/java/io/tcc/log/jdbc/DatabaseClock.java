package io.tcc.log.jdbc;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Objects;
import javax.sql.DataSource;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * The time of the database that holds the log, so that all instances on it agree when a lease ends:
 * this machine's clock plus the difference found at the last {@link #synchronize()}.
 */
public final class DatabaseClock extends Clock {

  private static final int QUERY_TIMEOUT_SECONDS = 10;

  private final JdbcTemplate jdbc;
  private final String nowQuery;
  private final Clock machine;
  private volatile Duration ahead = Duration.ZERO;

  public DatabaseClock(DataSource dataSource, Clock machine) {
    this.jdbc = new JdbcTemplate(dataSource);
    jdbc.setQueryTimeout(QUERY_TIMEOUT_SECONDS);
    this.nowQuery = Dialect.of(dataSource).nowQuery();
    this.machine = machine;
  }

  /** Measures the difference to the database's clock; one query. */
  public void synchronize() {
    Instant before = machine.instant();
    LocalDateTime database =
        Objects.requireNonNull(jdbc.queryForObject(nowQuery, LocalDateTime.class));
    Duration roundTrip = Duration.between(before, machine.instant());
    ahead =
        Duration.between(before.plus(roundTrip.dividedBy(2)), database.toInstant(ZoneOffset.UTC));
  }

  @Override
  public Instant instant() {
    return machine.instant().plus(ahead);
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    throw new UnsupportedOperationException("The database clock tells UTC");
  }
}
