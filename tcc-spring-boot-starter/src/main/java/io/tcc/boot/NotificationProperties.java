package io.tcc.boot;

import io.tcc.protocol.notification.Acknowledgement;
import io.tcc.protocol.notification.NotificationLimits;
import io.tcc.protocol.notification.Schedule;
import io.tcc.protocol.notification.Target;
import io.tcc.transport.http.WebhookSignatures;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.convert.DurationStyle;

/**
 * Settings of best-effort notification. Durations have a unit in their text, such as {@code 30s} or
 * {@code PT30S}; a number alone means milliseconds.
 *
 * @param targets Third parties that are told, by name: "url", "secret" (whsec_ and 24 to 64 bytes
 *     in base64) and, if the defaults do not fit, "previous-secrets", "schedule",
 *     "acknowledgement", "timeout", "concurrency", "allow-http".
 * @param sources Third parties whose notifications are taken, by name: "secret" and
 *     "previous-secrets".
 * @param allowedHosts Hosts that targets may be on, by exactly these names.
 * @param allowedNetworks Blocks of addresses that may be called although they are not of the public
 *     internet, such as 10.1.0.0/16.
 * @param enabled Whether this instance makes the second and all further attempts, and follows
 *     instances that died. At least one instance of each service has to.
 * @param interval Pause between two passes. A pass that was full is followed by the next at once.
 * @param lease Time after which a notification whose sender went silent is taken by another
 *     instance. At least twice the longest timeout of a target.
 * @param batch Most notifications of a target that one pass takes.
 * @param waiting Most notifications of a target that wait in memory for their first attempt. More
 *     are left to the next pass.
 * @param longestRetryAfter Longest delay that a third party can ask for with Retry-After.
 * @param retention How long a delivered or given up notification can be asked for.
 */
@ConfigurationProperties("tcc.notification")
public record NotificationProperties(
    @DefaultValue Map<String, TargetSettings> targets,
    @DefaultValue Map<String, SourceSettings> sources,
    @DefaultValue List<String> allowedHosts,
    @DefaultValue List<String> allowedNetworks,
    @DefaultValue("true") boolean enabled,
    @DefaultValue("1s") Duration interval,
    @DefaultValue("1m") Duration lease,
    @DefaultValue("100") int batch,
    @DefaultValue("1000") int waiting,
    @DefaultValue("24h") Duration longestRetryAfter,
    @DefaultValue("30d") Duration retention) {

  private static final String PREFIX = "tcc.notification.";
  private static final int LARGEST_BATCH = 10_000;
  private static final String NAME_FORM =
      "A name has 1 to 64 letters, digits, dots, hyphens or underscores and starts with a letter or"
          + " digit.";

  public NotificationProperties {
    targets = Map.copyOf(targets);
    sources = Map.copyOf(sources);
    allowedHosts = List.copyOf(allowedHosts);
    allowedNetworks = List.copyOf(allowedNetworks);
    requirePositive("interval", interval);
    requirePositive("lease", lease);
    requirePositive("retention", retention);
    require(
        !longestRetryAfter.isNegative(),
        "longest-retry-after",
        longestRetryAfter,
        "It must not be negative.");
    require(
        batch > 0 && batch <= LARGEST_BATCH,
        "batch",
        batch,
        "It has to be between 1 and " + LARGEST_BATCH + ".");
    require(
        waiting > 0 && waiting <= 100 * LARGEST_BATCH,
        "waiting",
        waiting,
        "It has to be between 1 and " + 100 * LARGEST_BATCH + ".");
    for (Map.Entry<String, TargetSettings> each : targets.entrySet()) {
      each.getValue().check("targets." + each.getKey(), each.getKey(), lease);
    }
    sources.forEach((name, source) -> source.check("sources." + name, name));
  }

  List<Target> toTargets() {
    return targets.entrySet().stream().map(each -> each.getValue().named(each.getKey())).toList();
  }

  NotificationLimits limits(Duration statement) {
    return new NotificationLimits(statement, lease, batch, waiting, longestRetryAfter, retention);
  }

  /** What verifies the questions of each target. */
  Map<String, WebhookSignatures> signaturesOfTargets() {
    return targets.entrySet().stream()
        .collect(
            Collectors.toUnmodifiableMap(
                Map.Entry::getKey, each -> new WebhookSignatures(each.getValue().secrets())));
  }

  /** What verifies the notifications of each source. */
  Map<String, WebhookSignatures> signaturesOfSources() {
    return sources.entrySet().stream()
        .collect(
            Collectors.toUnmodifiableMap(
                Map.Entry::getKey, each -> new WebhookSignatures(each.getValue().secrets())));
  }

  /**
   * A third party that is told.
   *
   * @param url Where it takes notifications: https, on one of the allowed hosts.
   * @param secret What signs: whsec_ followed by 24 to 64 bytes in base64.
   * @param previousSecrets Secrets that sign too while the secret is being exchanged.
   * @param schedule When it is called again: alipay, wechat-pay, svix, standard-webhooks, or the
   *     delays themselves, such as "10s, 1m, 1h".
   * @param acknowledgement By what it acknowledges: a status from 200 to 299 ("status"), or besides
   *     the body "success" ("body").
   * @param timeout Longest time of one attempt.
   * @param concurrency Most attempts at the same time, of one instance.
   * @param allowHttp Whether its url may be http.
   */
  public record TargetSettings(
      @DefaultValue("") String url,
      @DefaultValue("") String secret,
      @DefaultValue List<String> previousSecrets,
      @DefaultValue("standard-webhooks") String schedule,
      @DefaultValue("status") Acknowledgement acknowledgement,
      @DefaultValue("15s") Duration timeout,
      @DefaultValue("4") int concurrency,
      @DefaultValue("false") boolean allowHttp) {

    private static final int MOST_CALLS = 1000;

    public TargetSettings {
      previousSecrets = List.copyOf(previousSecrets);
    }

    List<String> secrets() {
      return all(secret, previousSecrets);
    }

    void check(String property, String name, Duration lease) {
      require(name.matches(Target.NAME), property, "a name", NAME_FORM);
      checkSecrets(property, secret, previousSecrets);
      require(
          isUrl(url),
          property + ".url",
          url,
          "It has to be an address like https://partner.example/hook.");
      requirePositive(property + ".timeout", timeout);
      require(
          timeout.compareTo(lease.dividedBy(2)) <= 0,
          property + ".timeout",
          timeout,
          "It has to be at most half of tcc.notification.lease ("
              + lease
              + "): an instance that still waits for an answer must not be taken for dead.");
      require(
          concurrency > 0 && concurrency <= MOST_CALLS,
          property + ".concurrency",
          concurrency,
          "It has to be between 1 and " + MOST_CALLS + ".");
      try {
        var unused = toSchedule();
      } catch (IllegalArgumentException e) {
        require(
            false,
            property + ".schedule",
            schedule,
            "It has to be one of "
                + Schedule.NAMED.stream().map(Schedule::name).collect(Collectors.joining(", "))
                + ", or at most 100 delays of at most 30 days each, such as \"10s, 1m, 1h\".");
      }
    }

    private static boolean isUrl(String text) {
      try {
        return URI.create(text).getHost() != null;
      } catch (IllegalArgumentException e) {
        return false;
      }
    }

    private Schedule toSchedule() {
      return Schedule.NAMED.stream()
          .filter(each -> each.name().equals(schedule))
          .findFirst()
          .orElseGet(
              () ->
                  new Schedule(
                      "of its own",
                      Arrays.stream(schedule.split(",", -1))
                          .map(each -> DurationStyle.detectAndParse(each.strip()))
                          .toList(),
                      0));
    }

    Target named(String name) {
      return new Target(
          name,
          URI.create(url),
          secrets(),
          toSchedule(),
          acknowledgement,
          timeout,
          concurrency,
          allowHttp);
    }

    /** Keeps the secrets out of logs. */
    @Override
    public String toString() {
      return "Target[url=" + url + "]";
    }
  }

  /**
   * A third party whose notifications are taken.
   *
   * @param secret What its signatures are verified with: whsec_ followed by 24 to 64 bytes in
   *     base64.
   * @param previousSecrets Secrets that are accepted too while the secret is being exchanged.
   */
  public record SourceSettings(
      @DefaultValue("") String secret, @DefaultValue List<String> previousSecrets) {

    public SourceSettings {
      previousSecrets = List.copyOf(previousSecrets);
    }

    List<String> secrets() {
      return all(secret, previousSecrets);
    }

    void check(String property, String name) {
      require(name.matches(Target.NAME), property, "a name", NAME_FORM);
      checkSecrets(property, secret, previousSecrets);
    }

    /** Keeps the secrets out of logs. */
    @Override
    public String toString() {
      return "Source[]";
    }
  }

  private static List<String> all(String secret, List<String> previous) {
    List<String> secrets = new ArrayList<>(List.of(secret));
    secrets.addAll(previous);
    return secrets;
  }

  private static void checkSecrets(String property, String secret, List<String> previous) {
    for (String each : all(secret, previous)) {
      try {
        var unused = new WebhookSignatures(List.of(each));
      } catch (IllegalArgumentException e) {
        require(
            false,
            property + (each.equals(secret) ? ".secret" : ".previous-secrets"),
            "(" + each.length() + " characters)",
            "It has to be whsec_ followed by 24 to 64 bytes in base64; make one with \"echo"
                + " whsec_$(openssl rand -base64 32)\".");
      }
    }
  }

  private static void requirePositive(String property, Duration value) {
    require(
        !value.isNegative() && !value.isZero(),
        property,
        value,
        "It has to be a duration longer than zero, such as 30s.");
  }

  static void require(boolean met, String property, Object value, String requirement) {
    if (!met) {
      throw new InvalidPropertyException(PREFIX + property, value, requirement);
    }
  }
}
