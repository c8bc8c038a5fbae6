package io.tcc.door;

import java.time.Duration;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * What annotated methods rely on.
 *
 * @param timeout of the work phase where {@link io.tcc.annotation.GlobalTx#timeout()} is not given
 * @param manager the transaction manager of the DataSource that holds the log
 */
public record DoorSettings(Duration timeout, PlatformTransactionManager manager) {}
