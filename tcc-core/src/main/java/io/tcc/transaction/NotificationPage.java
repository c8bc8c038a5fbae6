package io.tcc.transaction;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which notifications are to be listed, in the order in which they were stored.
 *
 * @param target who is told; null for all
 * @param state only those; null for all
 * @param since stored at that time or later
 * @param after with {@code since}, the time and id of the last one of the page before; null for the
 *     first page
 * @param limit most items
 */
public record NotificationPage(
    @Nullable String target,
    @Nullable NotificationState state,
    Instant since,
    @Nullable String after,
    int limit) {}
