package io.tcc.protocol.notification;

import io.tcc.transaction.NotificationAttempt;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What came of calling a third party. */
public sealed interface Answer {

  /**
   * It answered.
   *
   * @param status of the response
   * @param body its beginning
   * @param retryAfter how long it wants to be left alone; null if it does not say
   */
  record Response(int status, String body, @Nullable Duration retryAfter) implements Answer {

    /** The status of a resource that is gone for good. */
    static final int GONE = 410;

    boolean isSuccessful() {
      return status >= 200 && status < 300;
    }
  }

  /** It did not answer, or was not called at all. */
  record Failure(NotificationAttempt.Result result, String reason) implements Answer {}
}
