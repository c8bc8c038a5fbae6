package io.tcc.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.qpid.server.SystemLauncher;

/**
 * A real broker that speaks AMQP 0-9-1, Apache Qpid Broker-J, in this JVM until its end. Stopped
 * and started again it is on the same port, and has forgotten everything.
 */
public final class AmqpServer {

  /** User and password. */
  public static final String USER = "guest";

  private static final String CONFIGURATION =
      """
      {
        "name": "test", "modelVersion": "9.1",
        "authenticationproviders": [{
          "name": "plain", "type": "Plain", "secureOnlyMechanisms": [],
          "users": [{"name": "guest", "password": "guest", "type": "managed"}]
        }],
        "ports": [{
          "name": "AMQP", "port": "%d", "bindingAddress": "127.0.0.1",
          "authenticationProvider": "plain", "protocols": ["AMQP_0_9_1"],
          "virtualhostaliases": [
            {"name": "default", "type": "defaultAlias"}, {"name": "name", "type": "nameAlias"}]
        }],
        "virtualhostnodes": [{
          "name": "default", "type": "Memory", "defaultVirtualHostNode": "true",
          "virtualHostInitialConfiguration": "{\\"type\\": \\"Memory\\"}"
        }]
      }
      """;

  private final int port = Ports.free();
  private final Path configuration;
  private SystemLauncher server;

  private AmqpServer(Path folder) throws Exception {
    configuration = folder.resolve("broker.json");
    Files.writeString(configuration, CONFIGURATION.formatted(port));
    start();
  }

  /** The broker of this JVM; the first call starts it. */
  public static AmqpServer ofThisJvm() {
    return OfThisJvm.SERVER;
  }

  private static final class OfThisJvm {
    static final AmqpServer SERVER = start();

    private static AmqpServer start() {
      try {
        Path folder = Files.createDirectories(Path.of("target", "amqp").toAbsolutePath());
        return new AmqpServer(Files.createTempDirectory(folder, "jvm"));
      } catch (Exception e) {
        throw new IllegalStateException("The AMQP broker does not start: " + e, e);
      }
    }
  }

  /** On 127.0.0.1. */
  public int port() {
    return port;
  }

  /** Starts it, again. */
  public void start() {
    server = new SystemLauncher();
    try {
      server.startup(
          Map.of(
              "type",
              "Memory",
              "initialConfigurationLocation",
              configuration.toUri().toString(),
              "qpid.work_dir",
              configuration.getParent().toString(),
              "startupLoggedToSystemOut",
              "false"));
    } catch (Exception e) {
      throw new IllegalStateException("The AMQP broker does not start: " + e, e);
    }
  }

  /** Stops it. */
  public void stop() {
    server.shutdown();
  }
}
