package io.tcc.sample.order;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/** A sample service as a process of its own, which can be killed and started again. */
final class ServiceProcess {

  private static final HttpClient HTTP =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();

  private final String name;
  private final Path jar;
  private final Path log;
  private final Map<String, String> properties;
  private final int port;
  private final String question;
  private volatile Process process;

  /**
   * @param jar the executable jar
   * @param folder for its output
   * @param question a path that it answers once it is up
   * @param properties of Spring Boot
   */
  ServiceProcess(
      String name,
      Path jar,
      Path folder,
      int port,
      String question,
      Map<String, String> properties) {
    this.name = name;
    this.jar = jar;
    this.log = folder.resolve(name + "-" + port + ".log");
    this.port = port;
    this.question = question;
    this.properties = Map.copyOf(properties);
  }

  /** Below the ports that the system takes for outgoing connections: it must be free later, too. */
  static int freePort() {
    for (int attempt = 0; attempt < 1_000; attempt++) {
      int candidate = ThreadLocalRandom.current().nextInt(20_000, 32_000);
      try (ServerSocket socket = new ServerSocket(candidate, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (IOException taken) {
        continue;
      }
    }
    throw new IllegalStateException("no free port between 20000 and 32000");
  }

  String url() {
    return "http://localhost:" + port;
  }

  void start() {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "-jar",
                jar.toString(),
                "--server.port=" + port,
                "--server.address=127.0.0.1"));
    properties.forEach((key, value) -> command.add("--" + key + "=" + value));
    try {
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until it is up. */
  void awaitAnswer() throws InterruptedException {
    for (int i = 0; i < 1800; i++) {
      if (!process.isAlive()) {
        throw new IllegalStateException(name + " did not start, see " + log);
      }
      if (get(question) == 200) {
        return;
      }
      Thread.sleep(100);
    }
    throw new IllegalStateException(name + " does not answer, see " + log);
  }

  /** SIGKILL, and up again. */
  void killAndStart() throws InterruptedException {
    killAndStart(0);
  }

  /** SIGKILL, and up again after so many milliseconds. */
  void killAndStart(long away) throws InterruptedException {
    process.destroyForcibly();
    process.onExit().join();
    Thread.sleep(away);
    start();
    awaitAnswer();
  }

  /** SIGTERM, and wait for its end. */
  void stop() {
    process.destroy();
    process.onExit().join();
  }

  /** The body of the answer; empty if there was none. */
  String text(String path) {
    return body(HttpRequest.newBuilder(URI.create(url() + path)).GET());
  }

  /** As {@link #text}, of a request with a body. */
  String answer(String path, String json) {
    return body(
        HttpRequest.newBuilder(URI.create(url() + path))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(json)));
  }

  private static String body(HttpRequest.Builder request) {
    try {
      return HTTP.send(
              request.timeout(Duration.ofSeconds(30)).build(), HttpResponse.BodyHandlers.ofString())
          .body();
    } catch (IOException e) {
      return "";
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private int get(String path) {
    return send(HttpRequest.newBuilder(URI.create(url() + path)).GET());
  }

  /** The status of the answer; 0 if there was none. */
  int post(String path, String json) {
    return send("POST", path, json);
  }

  /** The status of the answer; 0 if there was none. */
  int put(String path, String json) {
    return send("PUT", path, json);
  }

  private int send(String method, String path, String json) {
    return send(
        HttpRequest.newBuilder(URI.create(url() + path))
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(json)));
  }

  private static int send(HttpRequest.Builder request) {
    try {
      return HTTP.send(
              request.timeout(Duration.ofSeconds(30)).build(),
              HttpResponse.BodyHandlers.discarding())
          .statusCode();
    } catch (IOException e) {
      return 0;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
