package io.tcc.protocol.notification;

import io.tcc.context.TransactionContext;
import io.tcc.log.InboxLog;
import io.tcc.log.LocalSettings;
import io.tcc.log.LocalTransactions;
import io.tcc.log.PayloadCodec;
import io.tcc.log.PayloadException;
import io.tcc.transaction.Identifiers;
import io.tcc.transaction.MessageState;
import io.tcc.transaction.Notification.Subject;
import io.tcc.transaction.Site;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes notifications of other parties, each once:
 *
 * <ol>
 *   <li>Open a local transaction, and insert a row with the notification's id. If it is there, the
 *       notification was taken before: acknowledge, and do nothing.
 *   <li>Run the listener.
 *   <li>Check that the row is still that of this execution, or else the database has rolled part of
 *       it back.
 *   <li>Commit, and only then acknowledge. Whatever fails rolls back all of it; the sender comes
 *       again.
 * </ol>
 */
public final class NotificationReceiver {

  private static final Logger log = LoggerFactory.getLogger(NotificationReceiver.class);

  /** For the types that have no listener of their own. */
  private static final String ANY_TYPE = "";

  private final TransactionContext context;
  private final LocalTransactions local;
  private final InboxLog inbox;
  private final PayloadCodec codec;
  private final Identifiers identifiers;
  private final Set<String> sources;
  private final Duration limit;
  private final Map<Key, Listener> listeners = new ConcurrentHashMap<>();

  /**
   * @param sources whose notifications are taken, by name
   * @param limit bound of each statement and lock wait
   */
  public NotificationReceiver(
      TransactionContext context,
      LocalTransactions local,
      InboxLog inbox,
      PayloadCodec codec,
      Identifiers identifiers,
      Set<String> sources,
      Duration limit) {
    this.context = context;
    this.local = local;
    this.inbox = inbox;
    this.codec = codec;
    this.identifiers = identifiers;
    this.sources = Set.copyOf(sources);
    this.limit = limit;
  }

  /** Whether a source is configured. */
  public boolean knows(String source) {
    return sources.contains(source);
  }

  private record Key(String source, String type) {}

  /**
   * Who takes notifications.
   *
   * @param source of whom
   * @param type of which business type; empty for all that have no listener of their own
   * @param data the declared type of the data
   * @param isolation of the local transaction, see {@link LocalSettings#isolation()}
   * @param invocation what is done
   */
  public record Listener(
      String source, String type, Type data, int isolation, Invocation invocation) {}

  /** Takes one notification. */
  @FunctionalInterface
  public interface Invocation {
    void accept(Subject subject, @Nullable Object data) throws Exception;
  }

  /** What became of a notification. */
  public enum Reception {
    /** It is taken, now or before. */
    TAKEN,
    /** Nobody here listens to it. */
    UNKNOWN,
    /** It is not of the form that the listener takes. */
    MALFORMED,
    /** Nothing of it remains; it may come again. */
    FAILED
  }

  /**
   * Makes a listener known.
   *
   * @throws IllegalStateException if there is one of that source and type
   */
  public void register(Listener listener) {
    if (listeners.putIfAbsent(new Key(listener.source(), listener.type()), listener) != null) {
      throw new IllegalStateException(
          "Two listeners take type \"" + listener.type() + "\" of " + listener.source());
    }
  }

  /**
   * Takes a notification whose signature was verified.
   *
   * @param source who sent it
   * @param id the sender's, the same in all attempts
   */
  public Reception receive(String source, String id, String body) {
    Subject subject;
    try {
      subject = Told.subject(body, codec);
    } catch (PayloadException | IllegalArgumentException e) {
      return Reception.MALFORMED;
    }
    Listener listener = listeners.get(new Key(source, subject.type()));
    if (listener == null) {
      listener = listeners.get(new Key(source, ANY_TYPE));
    }
    return listener == null ? Reception.UNKNOWN : receive(listener, id, subject, body);
  }

  private Reception receive(Listener listener, String id, Subject subject, String body) {
    Object data;
    try {
      data = Told.data(body, listener.data(), codec);
    } catch (PayloadException e) {
      log.warn("A notification of {} is not as its listener expects", listener.source(), e);
      return Reception.MALFORMED;
    }
    try {
      // What a third party tells is never part of a global transaction.
      context.<Boolean, Exception>callIn(null, () -> takeOnce(listener, id, subject, data));
      return Reception.TAKEN;
    } catch (Exception | Error e) {
      log.warn(
          "The listener of {} failed on {}; it will come again", listener.source(), subject, e);
      return Reception.FAILED;
    }
  }

  private boolean takeOnce(Listener listener, String id, Subject subject, @Nullable Object data)
      throws Exception {
    return local.<Boolean, Exception>around(
        new LocalSettings(listener.isolation(), limit),
        () -> {
          String message = digest(listener.source(), id);
          String consumer = "notification:" + listener.source();
          String token = identifiers.next();
          Site sender = Site.ofUnknownLog(listener.source());
          if (!inbox.insert(message, consumer, sender, subject.type(), token)) {
            return false;
          }
          listener.invocation().accept(subject, data);
          if (!inbox.finish(message, consumer, token, MessageState.CONSUMED, null)) {
            throw new IllegalStateException(
                "The database rolled part of the work back, and the error was swallowed");
          }
          return true;
        });
  }

  /** Senders choose their ids; the row has place for 128 bits. */
  private static String digest(String source, String id) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest((source + "\n" + id).getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }
}
