package io.tcc.boot;

import io.tcc.engine.Limits;
import io.tcc.log.jdbc.Tables;
import io.tcc.protocol.message.MessageLimits;
import io.tcc.protocol.threephase.ThreePhaseSettings;
import io.tcc.transaction.Backoff;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.jdbc.EmbeddedDatabaseConnection;
import org.springframework.boot.sql.init.DatabaseInitializationMode;
import org.springframework.util.unit.DataSize;

/**
 * Settings of global transactions. Durations have a unit in their text, such as {@code 30s} or
 * {@code PT30S}; a number alone means milliseconds.
 *
 * @param enabled Whether global transactions are on. Off, the annotations do nothing and no bean is
 *     defined.
 * @param serviceId Name under which other services know this one, the same for all its instances.
 *     Default: spring.application.name, or "application".
 * @param datasource Name of the DataSource bean whose database holds the transaction log: the one
 *     with the business rows that participants change. Default: the only or primary one.
 * @param transactionManager Name of the transaction manager bean of that DataSource. Default: the
 *     one that manages it, the primary one if there are several.
 * @param timeout Time for the work phase of a global transaction that names none of its own. Past
 *     it, nothing can commit any more.
 * @param callTimeout Longest wait for one coordination call to another service, and for one
 *     statement or lock while branches are completed.
 * @param completionTimeout Longest time that a caller waits for its participants after the
 *     decision. Those that have not answered by then are told again by recovery.
 * @param maxPayload Longest JSON text of the arguments of one branch, a byte per character. Longer
 *     ones are refused before Try runs.
 * @param threads Most threads for driving and recovery where the JVM has no virtual threads (before
 *     Java 21).
 * @param propagateToTasks Whether work that is handed to Spring Boot's task executor, as by @Async,
 *     belongs to the global transaction of whoever hands it over. It then has to end before the
 *     method with @GlobalTx does.
 * @param services Other services that take part in global transactions, by service id: "url", the
 *     base address (default: resolved by service discovery, if there is one), and "participates",
 *     whether calls to it carry the transaction (default: true).
 * @param threePhase Times of 3PC.
 */
@ConfigurationProperties("tcc")
public record TccProperties(
    @DefaultValue("true") boolean enabled,
    @DefaultValue("") String serviceId,
    @DefaultValue("") String datasource,
    @DefaultValue("") String transactionManager,
    @DefaultValue("30s") Duration timeout,
    @DefaultValue("5s") Duration callTimeout,
    @DefaultValue("10s") Duration completionTimeout,
    @DefaultValue("64KB") DataSize maxPayload,
    @DefaultValue("16") int threads,
    @DefaultValue("true") boolean propagateToTasks,
    @DefaultValue Jdbc jdbc,
    @DefaultValue Map<String, Service> services,
    @DefaultValue Http http,
    @DefaultValue Security security,
    @DefaultValue Recovery recovery,
    @DefaultValue TwoPhase twoPhase,
    @DefaultValue ThreePhase threePhase,
    @DefaultValue RocketMq rocketmq) {

  private static final Pattern SERVICE_ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  private static final Pattern PATH = Pattern.compile("(/[A-Za-z0-9._~-]+)+");
  private static final String SERVICE_ID_FORM =
      "A service id has 1 to 64 letters, digits, dots, hyphens or underscores and starts with a"
          + " letter or digit.";

  public TccProperties {
    requirePositive("tcc.timeout", timeout);
    requirePositive("tcc.call-timeout", callTimeout);
    requirePositive("tcc.completion-timeout", completionTimeout);
    require(
        maxPayload.toBytes() > 0 && maxPayload.toBytes() <= Integer.MAX_VALUE,
        "tcc.max-payload",
        maxPayload,
        "It has to be between 1B and 2GB.");
    require(threads > 0, "tcc.threads", threads, "At least 1 thread is needed.");
    require(
        recovery.lease().compareTo(callTimeout.multipliedBy(2)) >= 0,
        "tcc.recovery.lease",
        recovery.lease(),
        "It has to be at least twice tcc.call-timeout ("
            + callTimeout
            + "): an instance that still waits for an answer must not be taken for dead.");
    require(
        recovery.retention().compareTo(timeout) > 0,
        "tcc.recovery.retention",
        recovery.retention(),
        "It has to be longer than tcc.timeout (" + timeout + ").");
    services = Map.copyOf(services);
    services.forEach(
        (id, service) -> {
          require(
              SERVICE_ID.matcher(id).matches(), "tcc.services." + id, "a name", SERVICE_ID_FORM);
          service.check("tcc.services." + id);
        });
  }

  /** The service id, by default the application's name. */
  String serviceIdOr(@Nullable String applicationName) {
    boolean explicit = !serviceId.isEmpty();
    String id = explicit ? serviceId : applicationName == null ? "" : applicationName;
    String chosen = id.isEmpty() ? "application" : id;
    require(
        SERVICE_ID.matcher(chosen).matches(),
        explicit ? "tcc.service-id" : "spring.application.name",
        chosen,
        SERVICE_ID_FORM + (explicit ? "" : " Set tcc.service-id to one."));
    return chosen;
  }

  Limits limits() {
    return new Limits(
        callTimeout,
        completionTimeout,
        recovery.lease(),
        backoff(),
        recovery.batch(),
        recovery.retention());
  }

  private Backoff backoff() {
    Recovery.Delays delays = recovery.backoff();
    return new Backoff(delays.first(), delays.factor(), delays.longest(), delays.attempts());
  }

  MessageLimits messageLimits() {
    require(
        recovery.retention().compareTo(rocketmq.timeout()) > 0,
        "tcc.recovery.retention",
        recovery.retention(),
        "It has to be longer than tcc.rocketmq.timeout (" + rocketmq.timeout() + ").");
    return new MessageLimits(
        rocketmq.timeout(),
        callTimeout,
        rocketmq.grace(),
        recovery.lease(),
        backoff(),
        recovery.batch(),
        recovery.retention());
  }

  /**
   * Settings of branches that databases prepare (@TwoPhase).
   *
   * @param enabled Whether methods with @TwoPhase take effect. The DataSources that take part get a
   *     proxy then, so code that injects HikariDataSource has to inject DataSource.
   * @param datasources Names of the DataSource beans that take part. Default: all pools.
   * @param grace Time past its deadline before a prepared branch asks its initiator for the
   *     outcome.
   */
  public record TwoPhase(
      @DefaultValue("false") boolean enabled,
      @DefaultValue Set<String> datasources,
      @DefaultValue("5s") Duration grace) {

    public TwoPhase {
      datasources = Set.copyOf(datasources);
      requirePositive("tcc.two-phase.grace", grace);
    }
  }

  /**
   * Times of 3PC. A participant that gives up has to have told so before anybody commits alone: the
   * ready timeout plus the margin is shorter than the pre-commit timeout.
   *
   * @param readyTimeout Time after which a participant that has voted yes, and heard nothing since
   *     it was told who takes part, asks; if nobody answers, it aborts alone.
   * @param preCommitTimeout Time after which a participant that has pre-committed, and heard
   *     nothing, asks; if nobody answers, it commits alone.
   * @param margin Time for asking, at least twice tcc.call-timeout.
   * @param readyBlocks Whether a participant that has voted yes, and that nobody answers, goes on
   *     asking instead of aborting alone.
   */
  public record ThreePhase(
      @DefaultValue("30s") Duration readyTimeout,
      @DefaultValue("60s") Duration preCommitTimeout,
      @DefaultValue("15s") Duration margin,
      @DefaultValue("false") boolean readyBlocks) {

    public ThreePhase {
      requirePositive("tcc.three-phase.ready-timeout", readyTimeout);
      requirePositive("tcc.three-phase.margin", margin);
      require(
          readyTimeout.plus(margin).compareTo(preCommitTimeout) < 0,
          "tcc.three-phase.pre-commit-timeout",
          preCommitTimeout,
          "It has to be longer than tcc.three-phase.ready-timeout ("
              + readyTimeout
              + ") plus tcc.three-phase.margin ("
              + margin
              + "): who gives up has to have told so before anybody commits alone.");
    }

    ThreePhaseSettings settings(Duration callTimeout) {
      require(
          margin.compareTo(callTimeout.multipliedBy(2)) >= 0,
          "tcc.three-phase.margin",
          margin,
          "It has to be at least twice tcc.call-timeout (" + callTimeout + "): the time to ask.");
      return new ThreePhaseSettings(readyTimeout, preCommitTimeout, margin, readyBlocks);
    }
  }

  /**
   * Settings of the tables.
   *
   * @param initializeSchema When to create the tables at start-up: in embedded databases in memory
   *     only, always, or never. An H2 file is not embedded.
   * @param tablePrefix First part of the tables' names: 1 to 20 letters, digits and underscores.
   */
  public record Jdbc(
      @DefaultValue("embedded") DatabaseInitializationMode initializeSchema,
      @DefaultValue("tcc_") String tablePrefix) {

    public Jdbc {
      tables(tablePrefix);
    }

    Tables tables() {
      return tables(tablePrefix);
    }

    boolean createsTablesIn(DataSource database) {
      return initializeSchema == DatabaseInitializationMode.ALWAYS
          || (initializeSchema == DatabaseInitializationMode.EMBEDDED
              && EmbeddedDatabaseConnection.isEmbedded(database));
    }

    private static Tables tables(String prefix) {
      try {
        return new Tables(prefix);
      } catch (IllegalArgumentException e) {
        throw new InvalidPropertyException(
            "tcc.jdbc.table-prefix",
            prefix,
            "It has to have 1 to 20 letters, digits and underscores and to start with a letter.");
      }
    }
  }

  /**
   * Another service.
   *
   * @param url Base address, such as https://inventory.example:8443/shop. Default: resolved by
   *     service discovery, if there is one.
   * @param participates Whether calls to it carry the global transaction.
   */
  public record Service(@DefaultValue("") String url, @DefaultValue("true") boolean participates) {

    void check(String property) {
      require(
          url.isEmpty() || isBaseAddress(url),
          property + ".url",
          url,
          "It has to be a base address like http://inventory:8080, without query and fragment.");
    }

    private static boolean isBaseAddress(String text) {
      try {
        URI uri = URI.create(text);
        return ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
            && uri.getHost() != null
            && uri.getQuery() == null
            && uri.getFragment() == null
            && uri.getUserInfo() == null;
      } catch (IllegalArgumentException e) {
        return false;
      }
    }
  }

  /**
   * Settings of HTTP.
   *
   * @param path Path of the coordination endpoints, below the servlet context path. It has to be
   *     the same in all services.
   * @param problemDetails Whether exceptions of global transactions that leave a controller become
   *     problem details (RFC 9457) with a fitting status.
   */
  public record Http(
      @DefaultValue("/tcc") String path, @DefaultValue("true") boolean problemDetails) {

    public Http {
      require(
          PATH.matcher(path).matches(),
          "tcc.http.path",
          path,
          "It has to start with a slash, to have no slash at the end, and to consist of letters,"
              + " digits, dots, hyphens, underscores and tildes.");
    }
  }

  /**
   * Settings of security.
   *
   * @param secret Secret that all services share and sign their coordination calls with, at least
   *     32 characters. Without one, only callers on the same machine are answered.
   * @param previousSecrets Secrets that are still accepted while the secret is being exchanged.
   * @param maxClockSkew How far the clocks of two services may be apart. A message is refused if it
   *     comes from further in the future, or is older than that and two minutes more.
   */
  public record Security(
      @DefaultValue("") String secret,
      @DefaultValue List<String> previousSecrets,
      @DefaultValue("30s") Duration maxClockSkew) {

    private static final int SHORTEST_SECRET = 32;
    private static final String SECRET_FORM =
        "It has to have at least "
            + SHORTEST_SECRET
            + " characters; make one with \"openssl rand -hex 32\".";

    public Security {
      previousSecrets = List.copyOf(previousSecrets);
      requirePositive("tcc.security.max-clock-skew", maxClockSkew);
      require(
          secret.isEmpty() || secret.length() >= SHORTEST_SECRET,
          "tcc.security.secret",
          "(" + secret.length() + " characters)",
          SECRET_FORM);
      for (String previous : previousSecrets) {
        require(
            previous.length() >= SHORTEST_SECRET,
            "tcc.security.previous-secrets",
            "(" + previous.length() + " characters)",
            SECRET_FORM);
      }
      require(
          !secret.isEmpty() || previousSecrets.isEmpty(),
          "tcc.security.previous-secrets",
          "(" + previousSecrets.size() + " secrets)",
          "It needs tcc.security.secret to be set.");
    }

    /** Keeps the secrets out of logs. */
    @Override
    public String toString() {
      return "Security[secret="
          + (secret.isEmpty() ? "none" : "***")
          + ", previousSecrets="
          + previousSecrets.size()
          + ", maxClockSkew="
          + maxClockSkew
          + "]";
    }
  }

  /**
   * Settings of recovery.
   *
   * @param enabled Whether this instance completes what crashes and silent services left open. At
   *     least one instance of each service has to.
   * @param interval Pause between two passes. A pass that was full is followed by the next at once.
   * @param lease Time after which a transaction whose driver went silent is driven by another
   *     instance. At least twice tcc.call-timeout.
   * @param batch Most transactions, and most branches, that one pass takes.
   * @param retention How long a finished transaction is remembered. A participant that asks later
   *     is told that it is forgotten, and waits for an operator.
   */
  public record Recovery(
      @DefaultValue("true") boolean enabled,
      @DefaultValue("1s") Duration interval,
      @DefaultValue("30s") Duration lease,
      @DefaultValue("100") int batch,
      @DefaultValue("7d") Duration retention,
      @DefaultValue Delays backoff) {

    private static final int LARGEST_BATCH = 10_000;

    public Recovery {
      requirePositive("tcc.recovery.interval", interval);
      requirePositive("tcc.recovery.lease", lease);
      requirePositive("tcc.recovery.retention", retention);
      require(
          batch > 0 && batch <= LARGEST_BATCH,
          "tcc.recovery.batch",
          batch,
          "It has to be between 1 and " + LARGEST_BATCH + ".");
    }

    /**
     * Settings of the delays between attempts to complete a transaction or branch.
     *
     * @param first Delay after the first failed attempt.
     * @param factor Factor by which each delay is longer than the one before.
     * @param longest Longest delay between two attempts.
     * @param attempts Failed attempts after which a transaction or branch is parked and waits for
     *     an operator; with the other defaults, 1440 take about a day.
     */
    public record Delays(
        @DefaultValue("1s") Duration first,
        @DefaultValue("2") double factor,
        @DefaultValue("1m") Duration longest,
        @DefaultValue("1440") int attempts) {

      public Delays {
        requirePositive("tcc.recovery.backoff.first", first);
        require(
            longest.compareTo(first) >= 0,
            "tcc.recovery.backoff.longest",
            longest,
            "It has to be at least tcc.recovery.backoff.first (" + first + ").");
        require(factor >= 1, "tcc.recovery.backoff.factor", factor, "It has to be at least 1.");
        require(
            attempts >= 1, "tcc.recovery.backoff.attempts", attempts, "It has to be at least 1.");
      }
    }
  }

  /**
   * Settings of transactional messages.
   *
   * @param nameServer Addresses of RocketMQ's name servers, host:port separated by semicolons.
   *     Without any, there are no transactional messages.
   * @param producerGroup Producer group, the same for all instances of this service and for no
   *     other service: the broker asks any of them. Default: tcc- and the service id, with hyphens
   *     for dots.
   * @param timeout Time for a business change that a message tells of. When it has passed, a half
   *     message without a row is rolled back.
   * @param sendTimeout Longest wait for one answer of the broker. A half message is sent while the
   *     local transaction is open.
   * @param grace Time after which a committed message whose delivery is not acknowledged is looked
   *     after.
   */
  public record RocketMq(
      @DefaultValue("") String nameServer,
      @DefaultValue("") String producerGroup,
      @DefaultValue("60s") Duration timeout,
      @DefaultValue("3s") Duration sendTimeout,
      @DefaultValue("30s") Duration grace) {

    private static final Pattern GROUP = Pattern.compile("[A-Za-z0-9_-]{1,120}");

    public RocketMq {
      requirePositive("tcc.rocketmq.timeout", timeout);
      requirePositive("tcc.rocketmq.send-timeout", sendTimeout);
      requirePositive("tcc.rocketmq.grace", grace);
      require(
          producerGroup.isEmpty() || GROUP.matcher(producerGroup).matches(),
          "tcc.rocketmq.producer-group",
          producerGroup,
          "It has to have 1 to 120 letters, digits, hyphens and underscores.");
    }

    String groupOf(String service) {
      return producerGroup.isEmpty() ? "tcc-" + service.replace('.', '-') : producerGroup;
    }
  }

  private static void requirePositive(String property, Duration value) {
    require(
        !value.isNegative() && !value.isZero(),
        property,
        value,
        "It has to be a duration longer than zero, such as 30s.");
  }

  private static void require(boolean met, String property, Object value, String requirement) {
    if (!met) {
      throw new InvalidPropertyException(property, value, requirement);
    }
  }
}
