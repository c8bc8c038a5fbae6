package io.tcc.testing;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.tools.StorageTool;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;

/**
 * A real broker of Kafka, controller included, in this JVM until its end. It makes topics when they
 * are first used, with two partitions. Stopped, it can be started again on the same data and port.
 */
public final class KafkaServer {

  private final Map<String, String> settings;
  private final int port;
  private KafkaRaftServer server;

  private KafkaServer(Path folder, int port, int controllerPort) throws IOException {
    this.port = port;
    String listeners =
        "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort;
    this.settings = new HashMap<>();
    settings.put("process.roles", "broker,controller");
    settings.put("node.id", "1");
    settings.put("controller.quorum.voters", "1@127.0.0.1:" + controllerPort);
    settings.put("controller.listener.names", "CONTROLLER");
    settings.put("inter.broker.listener.name", "PLAINTEXT");
    settings.put("listeners", listeners);
    settings.put("advertised.listeners", "PLAINTEXT://127.0.0.1:" + port);
    settings.put("log.dirs", folder.resolve("log").toString());
    settings.put("num.partitions", "2");
    settings.put("offsets.topic.num.partitions", "1");
    settings.put("offsets.topic.replication.factor", "1");
    settings.put("group.initial.rebalance.delay.ms", "0");
    settings.put("log.cleaner.enable", "false");
    Path file = folder.resolve("server.properties");
    Files.writeString(
        file,
        settings.entrySet().stream()
            .map(entry -> entry.getKey() + "=" + entry.getValue())
            .collect(Collectors.joining("\n")));
    int formatted =
        StorageTool.execute(
            new String[] {"format", "-t", Uuid.randomUuid().toString(), "-c", file.toString()},
            new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
    if (formatted != 0) {
      throw new IOException("the storage cannot be formatted");
    }
    start();
  }

  /** The broker of this JVM; the first call starts it. */
  public static KafkaServer ofThisJvm() {
    return OfThisJvm.SERVER;
  }

  private static final class OfThisJvm {
    static final KafkaServer SERVER = start();

    private static KafkaServer start() {
      try {
        Path folder = Files.createDirectories(Path.of("target", "kafka").toAbsolutePath());
        return new KafkaServer(
            Files.createTempDirectory(folder, "jvm"), Ports.free(), Ports.free());
      } catch (IOException | RuntimeException e) {
        throw new IllegalStateException("Kafka does not start: " + e, e);
      }
    }
  }

  /** {@code host:port}. */
  public String servers() {
    return "127.0.0.1:" + port;
  }

  /** Starts it, again. */
  public void start() {
    Properties properties = new Properties();
    properties.putAll(settings);
    server = new KafkaRaftServer(KafkaConfig.fromProps(properties), Time.SYSTEM);
    server.startup();
  }

  /** Stops it. */
  public void stop() {
    server.shutdown();
    server.awaitShutdown();
  }
}
