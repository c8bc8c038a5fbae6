package io.tcc.transport.http;

import io.tcc.protocol.notification.Answer;
import io.tcc.protocol.notification.Carrier;
import io.tcc.protocol.notification.Target;
import io.tcc.transaction.Notification;
import io.tcc.transaction.NotificationAttempt.Result;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.DefaultSchemePortResolver;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.impl.routing.DefaultRoutePlanner;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * Calls third parties over HTTP, past every convenience that could lead a call elsewhere: no
 * redirects, no proxy, no cookies, no repetition, no connection that is used twice, and names are
 * looked up by the {@link AddressGuard}. An attempt ends when the target's timeout is over, however
 * slowly an answer drips.
 */
public final class HttpCarrier implements Carrier, AutoCloseable {

  /** Longest part of an answer that is read, in bytes. */
  public static final int LONGEST_ANSWER = 64 * 1024;

  private static final int LONGEST_HEADER = 8 * 1024;
  private static final int MOST_HEADERS = 100;
  private static final String ID_PREFIX = "msg_";

  private final AddressGuard guard;
  private final Map<String, WebhookSignatures> signatures;
  private final CloseableHttpClient client;

  /**
   * @param targets that are called
   * @param tls trust in the targets' certificates; their host names are verified in any case
   * @throws IllegalArgumentException if one of the targets has a secret that is none
   */
  public HttpCarrier(Collection<Target> targets, AddressGuard guard, SSLContext tls) {
    this.guard = guard;
    this.signatures =
        targets.stream()
            .collect(
                Collectors.toUnmodifiableMap(
                    Target::name, target -> new WebhookSignatures(target.secrets())));
    int most = Math.max(1, targets.stream().mapToInt(Target::concurrency).sum());
    Duration longest =
        targets.stream()
            .map(Target::timeout)
            .max(Duration::compareTo)
            .orElse(Duration.ofSeconds(1));
    this.client = client(guard, tls, most, longest);
  }

  private static CloseableHttpClient client(
      AddressGuard guard, SSLContext tls, int most, Duration longest) {
    return HttpClients.custom()
        .setConnectionManager(
            PoolingHttpClientConnectionManagerBuilder.create()
                .setDnsResolver(new GuardedNames(guard))
                .setTlsSocketStrategy(new DefaultClientTlsStrategy(tls))
                .setConnectionFactory(
                    ManagedHttpClientConnectionFactory.builder()
                        .http1Config(
                            Http1Config.custom()
                                .setMaxLineLength(LONGEST_HEADER)
                                .setMaxHeaderCount(MOST_HEADERS)
                                .build())
                        .build())
                .setDefaultConnectionConfig(
                    ConnectionConfig.custom().setConnectTimeout(Timeout.of(longest)).build())
                .setMaxConnTotal(most)
                .setMaxConnPerRoute(most)
                .build())
        .setRoutePlanner(new DefaultRoutePlanner(DefaultSchemePortResolver.INSTANCE))
        .setConnectionReuseStrategy((request, response, context) -> false)
        .disableRedirectHandling()
        .disableAutomaticRetries()
        .disableCookieManagement()
        .disableAuthCaching()
        .disableContentCompression()
        .setUserAgent("tcc")
        .build();
  }

  @Override
  public Answer call(Target target, Notification notification, Instant at) {
    Optional<String> objection = guard.objectionTo(target);
    if (objection.isPresent()) {
      return new Answer.Failure(
          Result.BLOCKED, "The url of target " + target.name() + ": " + objection.get());
    }
    HttpPost request = request(target, notification, at);
    CompletableFuture<@Nullable Void> timeIsOver = new CompletableFuture<>();
    timeIsOver.completeOnTimeout(null, target.timeout().toMillis(), TimeUnit.MILLISECONDS);
    var unused = timeIsOver.thenRun(request::abort);
    try {
      return read(client.executeOpen(null, request, HttpClientContext.create()), at);
    } catch (IOException | RuntimeException e) {
      return failure(target, e, timeIsOver.isDone());
    } finally {
      timeIsOver.cancel(false);
      // Ends the connection. To close the response would read on to its end, wherever that is.
      request.abort();
    }
  }

  private HttpPost request(Target target, Notification notification, Instant at) {
    String id = ID_PREFIX + notification.id();
    byte[] body = notification.body().getBytes(StandardCharsets.UTF_8);
    WebhookSignatures signing = signatures.get(target.name());
    if (signing == null) {
      throw new IllegalArgumentException("Target " + target.name() + " came later");
    }
    HttpPost request = new HttpPost(target.url());
    request.setHeader(WebhookSignatures.ID, id);
    request.setHeader(WebhookSignatures.TIMESTAMP, Long.toString(at.getEpochSecond()));
    request.setHeader(WebhookSignatures.SIGNATURE, signing.sign(id, at, body));
    request.setEntity(new ByteArrayEntity(body, ContentType.APPLICATION_JSON));
    request.setConfig(
        RequestConfig.custom()
            .setConnectionRequestTimeout(Timeout.of(target.timeout()))
            .setResponseTimeout(Timeout.of(target.timeout()))
            .build());
    return request;
  }

  private static Answer.Response read(ClassicHttpResponse response, Instant at) throws IOException {
    HttpEntity entity = response.getEntity();
    return new Answer.Response(
        response.getCode(),
        entity == null ? "" : beginning(entity),
        retryAfter(response.getFirstHeader("Retry-After"), at));
  }

  private static String beginning(HttpEntity entity) throws IOException {
    InputStream content = entity.getContent();
    return new String(content.readNBytes(LONGEST_ANSWER), StandardCharsets.UTF_8);
  }

  /** Seconds or a date; whatever else is there says nothing. */
  private static @Nullable Duration retryAfter(@Nullable Header header, Instant at) {
    String text = header == null ? "" : header.getValue().trim();
    if (text.matches("[0-9]{1,9}")) {
      return Duration.ofSeconds(Long.parseLong(text));
    }
    try {
      ZonedDateTime date = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME);
      return Duration.between(at, date.toInstant());
    } catch (DateTimeException e) {
      return null;
    }
  }

  private static Answer.Failure failure(Target target, Exception e, boolean timeIsOver) {
    Throwable cause = e;
    while (!(cause instanceof BlockedAddressException) && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof BlockedAddressException) {
      return new Answer.Failure(Result.BLOCKED, String.valueOf(cause.getMessage()));
    }
    return timeIsOver || e instanceof SocketTimeoutException
        ? new Answer.Failure(Result.TIMED_OUT, "no answer within " + target.timeout())
        : new Answer.Failure(Result.UNREACHABLE, e.toString());
  }

  @Override
  public void close() throws IOException {
    client.close();
  }

  /** Names are looked up by the guard, and what it has checked is connected to. */
  private record GuardedNames(AddressGuard guard) implements DnsResolver {

    @Override
    public InetAddress[] resolve(String host) throws UnknownHostException {
      return guard.resolve(host);
    }

    @Override
    public String resolveCanonicalHostname(String host) {
      return host;
    }
  }
}
