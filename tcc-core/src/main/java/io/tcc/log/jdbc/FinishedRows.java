package io.tcc.log.jdbc;

import static io.tcc.log.jdbc.JdbcDecisionLog.counted;
import static io.tcc.log.jdbc.Times.column;

import java.time.Instant;
import java.util.List;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Purges rows that are finished for long. State by state, so that each query reads just the
 * beginning of an index over state and time; and only if the state is still the one that was seen.
 *
 * @param select the ids of rows in a state since before a time, a limited number
 * @param delete the row of an id, in a state
 */
record FinishedRows<S extends Enum<S>>(
    JdbcTemplate jdbc, String select, String delete, List<S> states) {

  /** Deletes at most {@code limit} rows and returns how many. */
  int purge(Instant changedBefore, int limit) {
    int deleted = 0;
    for (S state : states) {
      List<Object[]> old =
          jdbc
              .queryForList(
                  select, String.class, state.name(), column(changedBefore), limit - deleted)
              .stream()
              .map(id -> new Object[] {id, state.name()})
              .toList();
      deleted += counted(jdbc.batchUpdate(delete, old));
    }
    return deleted;
  }
}
